import type { Random } from './random.ts';

/** How probable each kind of fault is at each occasion, by its name. What is not named does not happen. */
export type Intensities = Readonly<Record<string, number>>;

/** Faults of a run. Each fault has a name of its own by which a later run can be told to have it, or not to. */
export class SimulatedFaults {
  /** Names of the faults that happened, in order. */
  readonly happened: string[] = [];
  readonly counts: Record<string, number> = {};
  /** From then on nothing goes wrong any more. */
  isOver = false;
  /** When one happened last at each place, by the clock that is given. */
  readonly lastAt = new Map<string, number>();
  /** Tells the time, in milliseconds since 1970. */
  now: () => number = () => 0;
  readonly #random: Random;
  readonly #intensities: Intensities;
  readonly #only: ReadonlySet<string> | undefined;
  readonly #occasions = new Map<string, number>();

  /** @param only the faults that may happen, of those that would */
  constructor(random: Random, intensities: Intensities, only?: ReadonlySet<string>) {
    this.#random = random;
    this.#intensities = intensities;
    this.#only = only;
  }

  /**
   * Decides which fault happens at an occasion, if any.
   *
   * @param place where such occasions come
   * @param kinds what may go wrong there
   */
  draw<Kind extends string>(place: string, kinds: readonly Kind[]): Kind | undefined {
    const occasion = this.#occasions.get(place) ?? 0;
    this.#occasions.set(place, occasion + 1);
    if (this.isOver) return undefined;
    let chance = this.#random.fork(place).at(occasion);
    for (const kind of kinds) {
      chance -= this.#intensities[kind] ?? 0;
      if (chance >= 0) continue;
      const name = `${place}#${occasion} ${kind}`;
      if (this.#only && !this.#only.has(name)) return undefined;
      this.happened.push(name);
      this.counts[kind] = (this.counts[kind] ?? 0) + 1;
      this.lastAt.set(place, this.now());
      return kind;
    }
    return undefined;
  }
}
