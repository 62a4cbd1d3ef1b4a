import type { FileRow } from '../../../shared/files/file.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { Item } from '../expressions.ts';
import type { World } from '../world.ts';

const isRefusal = ({ lastError }: Item) => String(lastError).startsWith('PortalUnauthorizedError');

/** An API key that the portal refuses says nothing about a message or a file: none of their attempts is used up by it. */
export function violationOfRefusal(world: World, table: string, after: Item, before: Item): string | undefined {
  if (!isRefusal(after)) return undefined;
  return table === 'messages' ? violationOfHold(world, after, before) : violationOfCount(after, before);
}

/** Whoever holds a message without being at work on it only repeats what was wrong last. */
function violationOfHold(world: World, { messageId, state }: Item, before: Partial<MessageRecord>): string | undefined {
  const isAtWork = !world.isSkewed && (before.leaseUntil ?? 0) > world.scheduler.now;
  if (state !== 'held' || before.state === 'held' || !isAtWork) return undefined;
  return `${messageId} is held because the API key was refused`;
}

function violationOfCount({ fileId, state, failures }: Partial<FileRow>, before: Partial<FileRow>): string | undefined {
  const isOver = before.state === 'copying' && state === 'pending';
  if (!isOver || (failures ?? 0) <= Math.max(0, (before.failures ?? 1) - 1)) return undefined;
  return `${fileId} lost an attempt because the API key was refused`;
}
