import type { OperatorContext } from '../../decisions/context.ts';
import { readMessage } from '../../messages/read.ts';
import type { LineEntry } from '../../messages/record.ts';
import { transfersLine } from '../../messages/subject.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import { getItem, projection, scanPages } from '../../platform/dynamodb.ts';
import { Counts } from './counts.ts';
import type { Health, OldMessage } from './health.ts';

type Reading = Pick<OperatorContext, 'db' | 'tables'>;

/** Attributes that counting needs. Ten thousand whole places take three times as long to arrive and to be read. */
const attributes = ['line', 'position', 'state', 'kind'];

/** Parts of the table that are read at the same time. The pages of one part come one after the other. */
const segments = 4;

type MessagePlace = Pick<LineEntry, 'line' | 'position' | 'state'>;
type TransferPlace = Pick<TransferEntry, 'line' | 'position' | 'kind'>;

/** Counts messages that are not marked yet, and files to be moved, by their places in the table of lines. */
export async function countUnmarked(
  gateway: Reading,
): Promise<Health['messages'] & Pick<Health['transfers'], 'waiting'>> {
  const { db, tables } = gateway;
  const lines = new Set<string>();
  const [states, waiting] = [new Counts(), new Counts()];
  let first: MessagePlace | undefined;
  let inQueue: MessagePlace | undefined;
  const pages = await Promise.all(
    Array.from({ length: segments }, (_, Segment) => {
      const selection = { ...projection(attributes), Segment, TotalSegments: segments };
      return Array.fromAsync(scanPages<MessagePlace | TransferPlace>(db, tables.lines, undefined, selection));
    }),
  );
  for (const entry of pages.flat(2)) {
    if (isTransfer(entry)) {
      waiting.add(entry.kind);
      continue;
    }
    lines.add(entry.line);
    states.add(entry.state);
    if (!first || entry.position < first.position) first = entry;
    if (isInQueue(entry) && (!inQueue || entry.position < inQueue.position)) inQueue = entry;
  }
  const [oldest, oldestInQueue] = await Promise.all([first, inQueue].map((place) => messageAt(gateway, place)));
  return { lines: lines.size, states: states.all(), oldest, oldestInQueue, waiting: waiting.all() };
}

const isTransfer = (entry: MessagePlace | TransferPlace): entry is TransferPlace => entry.line === transfersLine;

/** Whether a message waits neither for a person nor for files. */
const isInQueue = ({ state }: Pick<LineEntry, 'state'>): boolean => state !== 'held' && state !== 'working';

async function messageAt(gateway: Reading, place: MessagePlace | undefined): Promise<OldMessage | undefined> {
  if (!place) return undefined;
  const { line, position } = place;
  const entry = await getItem<LineEntry>(gateway.db, gateway.tables.lines, { line, position });
  const record = entry && (await readMessage(gateway, entry.messageId));
  return record && pick(record);
}

const pick = ({ messageId, type, state, receivedAt }: OldMessage) => ({ messageId, type, state, receivedAt });
