import type { ResultRow } from '../../../shared/files/result.ts';
import { type Transfer, transferSchema } from '../../../shared/files/transfer.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { isChanged } from '../changed-objects.ts';
import type { StartedTask } from '../tasks.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

/** Milliseconds for which a task that begins late has its work kept for it, but for what was on its way. */
const keptTime = 270_000;

/** No other transfer may begin with what a task is to send before that has begun. */
export function violationOfTaskStart(world: World, { input, delay, isAlone }: StartedTask): string | undefined {
  const transfer = transferSchema.parse(input);
  if (world.isSkewed || !isAlone || delay > keptTime || transfer.kind === 'delivery') return undefined;
  const { fileId, attempt } = transfer;
  // A transfer that continues after its file was fetched again has its former attempts once more.
  if (isChanged(world, fileId)) return undefined;
  if (world.gateway.executions.unanswered.some((each) => isAttempt(each, transfer))) return undefined;
  const kept = transfer.kind === 'return' ? messageOf(world, transfer.messageId) : resultOf(world, fileId);
  if (!kept || kept.attempt < attempt) return undefined;
  const isFree = kept.attempt > attempt || (kept.leaseUntil ?? 0) <= world.scheduler.now;
  return isFree ? `${fileId} was not kept for the task that sends it` : undefined;
}

function isAttempt(input: string, { fileId, attempt }: Exclude<Transfer, { kind: 'delivery' }>): boolean {
  const other = transferSchema.parse(JSON.parse(input));
  return other.kind !== 'delivery' && other.fileId === fileId && other.attempt === attempt;
}

function messageOf(world: World, messageId: string) {
  const record = rows<MessageRecord>(world, 'messages').find((each) => each.messageId === messageId);
  return record?.state === 'working' ? { attempt: record.transfers ?? 0, leaseUntil: record.leaseUntil } : undefined;
}

function resultOf(world: World, fileId: string) {
  const row = rows<ResultRow>(world, 'files').find((each) => each.fileId === fileId);
  return row?.state === 'sending' ? row : undefined;
}
