/** Window of the rate, in milliseconds. */
const window = 5_000;

/** Rate of progress over the last seconds. */
export class Throughput {
  readonly #seen: { at: number; bytes: number }[];

  /**
   * @param now milliseconds since 1970
   * @param bytes bytes done at the beginning
   */
  constructor(now: number, bytes: number) {
    this.#seen = [{ at: now, bytes }];
  }

  /** Records the bytes done now. @returns bytes per second */
  at(now: number, bytes: number): number {
    this.#seen.push({ at: now, bytes });
    while (this.#seen.length > 2 && now - (this.#seen[1]?.at ?? now) >= window) this.#seen.shift();
    const [first] = this.#seen;
    if (!first || now <= first.at) return 0;
    return Math.max(0, Math.round(((bytes - first.bytes) * 1_000) / (now - first.at)));
  }
}
