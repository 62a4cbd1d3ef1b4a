/** How many milliseconds back a rate looks. */
const window = 5_000;

/** How fast something grows, over the last seconds. */
export class Throughput {
  readonly #seen: { at: number; bytes: number }[];

  /**
   * @param now milliseconds since 1970
   * @param bytes what was there when it began
   */
  constructor(now: number, bytes: number) {
    this.#seen = [{ at: now, bytes }];
  }

  /** Notes how much is there now. @returns bytes per second */
  at(now: number, bytes: number): number {
    this.#seen.push({ at: now, bytes });
    while (this.#seen.length > 2 && now - (this.#seen[1]?.at ?? now) >= window) this.#seen.shift();
    const [first] = this.#seen;
    if (!first || now <= first.at) return 0;
    return Math.max(0, Math.round(((bytes - first.bytes) * 1_000) / (now - first.at)));
  }
}
