import { compareKeys, firstIndex } from './keys.ts';

export interface ListingRequest {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly maximum: number;
  /** Where to go on: after this key or, when it was rolled up, after all keys that begin with it. */
  readonly after: { readonly text: string; readonly rolledUp: boolean } | undefined;
}

export interface ObjectListing {
  readonly keys: string[];
  readonly commonPrefixes: string[];
  /** Where the next page begins; undefined on the last page. */
  readonly next: { text: string; rolledUp: boolean } | undefined;
}

/** A page of a listing over keys in UTF-8 order. Keys that share a part up to the delimiter count as one. */
export function listPage(keys: readonly string[], request: ListingRequest): ObjectListing {
  const { prefix, delimiter, maximum, after } = request;
  const listing = { keys: [] as string[], commonPrefixes: [] as string[] };
  let last = after;
  let index = Math.max(
    firstIndex(keys, (key) => compareKeys(key, prefix) < 0),
    after ? firstIndex(keys, (key) => isPast(key, after)) : 0,
  );
  for (let count = 0; ; count++) {
    const key = keys[index];
    if (key === undefined || !key.startsWith(prefix) || maximum === 0) return { ...listing, next: undefined };
    if (count === maximum) return { ...listing, next: last };
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    if (end < 0) {
      listing.keys.push(key);
      last = { text: key, rolledUp: false };
      index += 1;
    } else {
      const shared = { text: key.slice(0, end + (delimiter?.length ?? 0)), rolledUp: true };
      listing.commonPrefixes.push(shared.text);
      last = shared;
      index = firstIndex(keys, (other) => isPast(other, shared));
    }
  }
}

/** Whether a key comes before the place where a listing goes on. */
function isPast(key: string, after: { text: string; rolledUp: boolean }): boolean {
  return compareKeys(key, after.text) <= 0 || (after.rolledUp && key.startsWith(after.text));
}
