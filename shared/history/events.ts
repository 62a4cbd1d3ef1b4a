import * as z from 'zod';
import { omitUndefined } from '../portal/json.ts';
import { eventNames } from './event-names.ts';
import type { HistoryRow } from './history.ts';

const details = z
  .object({
    loginName: z.string().optional().describe('Name of the Unix account of an access'),
    size: z.number().optional().describe('Size of a file, in bytes'),
    announcedSize: z
      .number()
      .optional()
      .describe('Size of a file that the portal announced, if it was wrong, in bytes'),
    etag: z.string().optional().describe('ETag of the object of a result'),
  })
  .describe('Details of the change. A version may get further ones');

/** The published part of a change. Only the fields listed here are published, so secrets never are. */
export const eventSchema = z
  .object({
    version: z.literal(1).describe('Version of this schema, increased by changes that break existing readers'),
    subject: z
      .string()
      .describe(
        'Changed item: project#…, access#… or file#…, then the id, with UUIDs in lower case; process#… or process-project#… ' +
          'of an order and the project it is in. Decisions of operators may also ' +
          'have message#…, incident#… or gateway',
      ),
    sequence: z
      .int()
      .positive()
      .describe('Order of the events of a subject, without gaps; a repeated event has the same sequence'),
    event: z.enum(eventNames).describe('Change of the subject'),
    at: z.iso.datetime().describe('Time of the change, in UTC'),
    projectNo: z.string().optional().describe('Project to which the subject belongs'),
    messageId: z.string().optional().describe("Portal's message that caused the change; missing for changes by people"),
    details: details.optional(),
  })
  .meta({
    title: 'DST Gateway: a change of a project, an access or a file',
    description: 'Detail of each event on the bus. Delivered at least once, not always in order.',
  });

export type DomainEvent = z.infer<typeof eventSchema>;

/** @throws ZodError if the history has values that the schema does not know */
export function eventOf({ subject, sequence, event, at, projectNo, messageId, details }: HistoryRow): DomainEvent {
  const optional = omitUndefined({ projectNo, messageId, details });
  return eventSchema.parse({ version: 1, subject, sequence, event, at: new Date(at).toISOString(), ...optional });
}
