import { z } from 'zod';
import { incidentKinds } from '../../../shared/operations/incidents.ts';

/** The fields of a function's log line that the view shows. */
const logSchema = z.object({
  message: z.string(),
  timestamp: z.coerce.date(),
  messageId: z.string().optional(),
  /** Kind of an incident; its subject stands beside it. */
  kind: z.enum(incidentKinds).optional().catch(undefined),
  subject: z.string().optional(),
  messageType: z.string().optional(),
  line: z.string().optional(),
  fileId: z.string().optional(),
  attempt: z.number().optional(),
  attempts: z.number().optional(),
  expected: z.string().optional(),
  found: z.string().optional(),
  held: z.boolean().optional(),
  error: z.string().optional(),
  outcome: z.string().optional(),
  listed: z.number().optional(),
});
export type LogEvent = z.infer<typeof logSchema>;

/** Reads a line of the gateway's log: a function's name and the JSON that it wrote. @returns nothing for any other */
export function readLogLine(line: string): LogEvent | undefined {
  const json = line.slice(line.indexOf(' ') + 1);
  if (!json.startsWith('{')) return undefined;
  try {
    return logSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined; // A line that begins like JSON need not be JSON: a function may write anything.
  }
}

/** Texts of the view for the steps of a message; none for steps that add nothing to the next one. */
export function outcomeOf(event: LogEvent): string | undefined {
  switch (event.message) {
    case 'received':
    case 'done':
    case 'marked':
      return event.message;
    case 'working':
      return 'working: files under way';
    case 'incident':
      return `incident${event.held ? ', held' : ''}: expected ${event.expected}, found ${event.found}`;
    case 'work failed':
      return `attempt ${event.attempts} failed: ${event.error}`;
    case 'marking failed':
      return `not marked yet: ${event.error}`;
    case 'the portal refused to mark':
      return `the portal refused to mark it: ${event.outcome}`;
    default:
      return undefined;
  }
}
