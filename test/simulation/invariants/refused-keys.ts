import type { FileRow } from '../../../shared/files/file.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { Item } from '../expressions.ts';
import type { World } from '../world.ts';

const isRefusal = ({ lastError }: Item) => String(lastError).startsWith('PortalUnauthorizedError');

/** An API key that the portal refuses says nothing about a message or a file: none of their attempts is used up by it. */
export function violationOfRefusal(world: World, table: string, after: Item, before: Item): string | undefined {
  if (!isRefusal(after)) return undefined;
  return table === 'messages' ? violationOfHold(world, after, before) : violationOfCount(world, after, before);
}

/** Giving up without having worked only repeats the last error. */
const isAtWork = ({ isSkewed, scheduler }: World, { leaseUntil }: { leaseUntil?: number }) =>
  !isSkewed && (leaseUntil ?? 0) > scheduler.now;

function violationOfHold(world: World, { messageId, state }: Item, before: Partial<MessageRecord>): string | undefined {
  if (state !== 'held' || before.state === 'held' || !isAtWork(world, before)) return undefined;
  return `${messageId} is held because the API key was refused`;
}

function violationOfCount(
  world: World,
  { fileId, state, failures }: Partial<FileRow>,
  before: Partial<FileRow>,
): string | undefined {
  if (before.state !== 'copying') return undefined;
  if (state === 'failed' && isAtWork(world, before)) return `${fileId} is given up because the API key was refused`;
  if (state !== 'pending' || (failures ?? 0) <= Math.max(0, (before.failures ?? 1) - 1)) return undefined;
  return `${fileId} lost an attempt because the API key was refused`;
}
