/** Spreads the bits of a 32-bit number (the finalizer of MurmurHash3). */
function spread(number: number): number {
  let bits = number | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * Chance that a seed determines. Every name and every place has numbers of its own, so that one more draw here changes none
 * there: without that, a history with one fault less would be another history.
 */
export class Random {
  readonly #seed: number;
  readonly #forks = new Map<string, Random>();
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = spread(seed);
  }

  /** The same each time for a name. */
  fork(name: string): Random {
    let fork = this.#forks.get(name);
    if (!fork) {
      let seed = this.#seed;
      for (let index = 0; index < name.length; index++) seed = spread(Math.imul(seed, 31) + name.charCodeAt(index));
      fork = new Random(seed);
      this.#forks.set(name, fork);
    }
    return fork;
  }

  /** The number at a place: from 0 up to, but not including, 1. */
  at(index: number): number {
    return spread(this.#seed + Math.imul(index, 0x9e3779b9)) / 2 ** 32;
  }

  next(): number {
    return this.at(this.#drawn++);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** From one number to another, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.next() * items.length)] as Item;
  }
}
