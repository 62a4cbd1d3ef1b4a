import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { account, nameOf, region, type ServedResource } from '../resources.ts';
import { appendLine } from './append-line.ts';
import { type Actions, ServiceError } from './json-server.ts';

/** An event as rules and their targets see it. */
export interface PublishedEvent {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
}

const maxBytes = 256 * 1024;

const entrySchema = z.object({
  EventBusName: z.string(),
  Source: z.string(),
  DetailType: z.string(),
  Detail: z.string(),
  Time: z.number().optional(),
});
const requestSchema = z.object({ Entries: z.array(entrySchema).min(1).max(10) });
const detailSchema = z.record(z.string(), z.json());

/**
 * EventBridge's PutEvents alone, without rules. Published events are written to a file, which shows what a consumer would
 * receive.
 *
 * @param file gets a line of JSON for each event
 */
export function eventBusActions(
  buses: ServedResource[],
  file: string,
  onEvent: (event: PublishedEvent) => void,
): Actions {
  const names = new Set(buses.map(({ id }) => id));
  const put = (entry: z.infer<typeof entrySchema>) => {
    const detail = parseDetail(entry.Detail);
    if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    const event = eventOf(entry, detail);
    appendLine(file, event);
    onEvent(event);
    return { EventId: event.id };
  };
  return {
    'AWSEvents.PutEvents': (input) => {
      const { Entries: entries } = requestSchema.parse(input);
      for (const { EventBusName } of entries) {
        if (names.has(nameOf(EventBusName))) continue;
        throw new ServiceError('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
      }
      if (Buffer.byteLength(JSON.stringify(entries)) > maxBytes) {
        throw new ServiceError('ValidationException', 'Total size of the entries in the request is over the limit.');
      }
      const Entries = entries.map(put);
      return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
    },
  };
}

function parseDetail(text: string): Record<string, unknown> | undefined {
  try {
    return detailSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function eventOf({ Source, DetailType, Time }: z.infer<typeof entrySchema>, detail: PublishedEvent['detail']) {
  const time = new Date(Time === undefined ? Date.now() : Time * 1000).toISOString().replace(/\.\d+/, '');
  const common = { version: '0', id: randomUUID(), account, region, resources: [] as string[] } as const;
  return { ...common, 'detail-type': DetailType, source: Source, time, detail };
}
