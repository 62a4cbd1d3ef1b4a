import * as z from 'zod';
import { omitUndefined } from '../portal/json.ts';
import { eventNames, type HistoryRow } from './history.ts';

const details = z
  .object({
    loginName: z.string().optional().describe('Of an access: the name of its Unix account'),
    size: z.number().optional().describe('Of a file: its bytes'),
    announcedSize: z
      .number()
      .optional()
      .describe('Of a file: the size that the portal had announced, where it was wrong'),
    etag: z.string().optional().describe('Of a result: the ETag of its object'),
  })
  .describe('What else is to be told. More may be added within a version');

/** The published part of a change. Only the fields listed here are published, so secrets never are. */
export const eventSchema = z
  .object({
    version: z.literal(1).describe('Of this schema: a change that existing readers would not stand gets another one'),
    subject: z
      .string()
      .describe(
        'What changed: project#…, access#… or file#…, then the id; UUIDs are in small letters. What operators decide may also ' +
          'be about message#…, incident#… or the gateway',
      ),
    sequence: z
      .int()
      .positive()
      .describe('Orders the events of a subject, without gaps; an event comes again with the same one'),
    event: z.enum(eventNames).describe('What happened to the subject'),
    at: z.iso.datetime().describe('When, in UTC'),
    projectNo: z.string().optional().describe('The project that the subject belongs to, or is'),
    messageId: z.string().optional().describe("The portal's message that caused it; none when people did"),
    details: details.optional(),
  })
  .meta({
    title: 'DST Gateway: a change of a project, an access or a file',
    description: 'The detail of each event on the bus. Delivered at least once, and not always in order.',
  });

export type DomainEvent = z.infer<typeof eventSchema>;

/** @throws ZodError if the history has values that the schema does not know */
export function eventOf({ subject, sequence, event, at, projectNo, messageId, details }: HistoryRow): DomainEvent {
  const optional = omitUndefined({ projectNo, messageId, details });
  return eventSchema.parse({ version: 1, subject, sequence, event, at: new Date(at).toISOString(), ...optional });
}
