import type { Received } from '../../../../shared/live/client/push-sequence.ts';
import type { FollowingClient } from '../following-client.ts';
import { eventIn } from '../notes.ts';
import type { LiveWorld } from '../world.ts';

/** Holes that a client was not told of, doubles, pushes under the offset of others, and gaps where nothing was lost. */
export function* brokenSequences(world: LiveWorld) {
  for (const client of world.clients) {
    let reached = client.start?.offset ?? 0;
    for (const received of client.received) {
      const { from, to } = spanOf(received);
      if (from < reached) yield `${client.name} gets ${from + 1} after ${reached}`;
      for (let offset = reached + 1; offset <= from; offset++) {
        if (!client.passedOver.has(offset))
          yield `${client.name} is not told of ${offset}, and goes on with ${from + 1}`;
      }
      yield* wrongContents(world, client, received);
      reached = to;
    }
  }
}

/** The offsets behind which something received begins, and up to which it goes. */
function spanOf(received: Received): { from: number; to: number } {
  if (received.type === 'gap') return { from: received.before.offset, to: received.after.offset };
  const offset = received.place?.offset ?? 0;
  return { from: offset - 1, to: offset };
}

function* wrongContents({ notes }: LiveWorld, { name, account }: FollowingClient, received: Received) {
  const log = notes.logs.get(account);
  const { from, to } = spanOf(received);
  if (received.type === 'gap') {
    const lost = Array.from({ length: to - from }, (_, index) => log?.get(from + index + 1));
    if (!lost.some((push) => push?.isExpired))
      yield `${name} is told of a gap from ${from} to ${to}, where nothing is lost`;
    return;
  }
  const { subject, sequence } = eventIn(JSON.stringify(received.message)) ?? {};
  const eventId = subject === undefined ? undefined : `${subject}#${sequence}`;
  if (log?.get(to)?.eventId !== eventId) yield `${name} gets ${eventId} as ${to}, which is ${log?.get(to)?.eventId}`;
}

/** Clients that have not got all that their logs have, although nothing has gone wrong for long. */
export function* clientsBehind({ clients, notes }: LiveWorld) {
  for (const { name, account, place, isOpen } of clients) {
    const newest = notes.newest.get(account) ?? 0;
    if (isOpen && place?.offset !== newest) yield `${name} has ${place?.offset} of ${newest} pushes in the end`;
  }
}
