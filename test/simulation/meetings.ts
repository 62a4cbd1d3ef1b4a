import type { MessageRecord } from '../../shared/messages/record.ts';
import type { Item } from './expressions.ts';
import type { Random } from './random.ts';
import type { Affected } from './researchers.ts';
import type { World } from './world.ts';

const revocations: ReadonlySet<string> = new Set(['DisableProjectAccess', 'DeleteProjectAccess', 'DeleteProject']);

/** The people from whom a message takes something, when this change is that of a function taking the message; else undefined. */
export function affectedBy(
  world: World,
  table: string,
  after: Item | undefined,
  before: Item | undefined,
): Affected | undefined {
  if (table !== 'messages' || after?.state !== 'open') return undefined;
  const { messageId, type, leaseUntil } = after as Item & MessageRecord;
  if (leaseUntil === undefined || before?.leaseUntil !== undefined || !revocations.has(type)) return undefined;
  const sent = world.sent.get(messageId);
  if (!sent?.content) return undefined;
  const { data } = sent.content;
  return 'accessIdentifier' in data ? { accessIdentifier: data.accessIdentifier } : { projectNo: sent.projectNo };
}

/** Milliseconds that calls of a revocation are on their way beside the usual: much may happen between one and the next. */
export const drawDistance = (random: Random, type: string): number =>
  revocations.has(type) ? random.pick([0, 0, 100, 200]) : 0;
