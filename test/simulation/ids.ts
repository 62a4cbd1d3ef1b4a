import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** An id with the form of a UUID, always the same for a name. */
export function uuidOf(name: string): string {
  const hex = createHash('md5').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** An id in the one spelling that the simulation compares: UUIDs in small letters, whatever else it is as it stands. */
export const canonicalId = (id: string): string => (uuid.test(id) ? id.toLowerCase() : id);

/** All spellings in which the simulated portal sends an id. */
const spellingsOf = (id: string): string[] =>
  uuid.test(id) ? [...new Set([id, id.toLowerCase(), id.toUpperCase()])] : [id];

/** An id in one of its spellings. */
export const respelled = (random: Random, id: string): string => random.pick(spellingsOf(id));
