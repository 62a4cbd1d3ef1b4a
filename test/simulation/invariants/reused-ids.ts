import type { Incident } from '../../../shared/operations/incidents.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

/** Invariant 10: a known id with other content is an incident, never done already. */
export function* reusedIds(world: World) {
  const incidents = rows<Incident>(world, 'incidents').filter(({ kind }) => kind === 'message-id-reused');
  for (const id of world.reused) {
    if (!incidents.some(({ messageId }) => messageId === id))
      yield `${id} came again with other content, and nobody was told`;
    const isMarked = world.portal.messages.some(
      ({ messageId, markedAt }) => messageId === id && markedAt !== undefined,
    );
    if (isMarked) yield `${id} came again with other content, and was marked`;
  }
}
