import { TransientError } from '../../platform/errors.ts';

/** Time without a byte, in milliseconds and in addition to the time limit for the first byte, after which a copy is given up. */
const stallTime = 30_000;

/** Limits beyond which a copy is ended. */
export interface PaceLimits {
  /** Time limit for the first byte, in milliseconds. */
  firstByteTime: number;
  /** The current minimum rate, in bytes per second. */
  floor(): number;
}

/** Watches the rate at which a copy receives bytes. */
export class Pace {
  readonly #limits: PaceLimits;
  #lastReceived: number;
  #received = 0;
  /** Bytes received when the rate was last checked. */
  #lastLook: { at: number; received: number };

  /** @param now milliseconds since 1970 */
  constructor(limits: PaceLimits, now: number) {
    this.#limits = limits;
    this.#lastReceived = now;
    this.#lastLook = { at: now, received: 0 };
  }

  /** @param now milliseconds since 1970 */
  received(bytes: number, now: number): void {
    this.#received += bytes;
    this.#lastReceived = now;
  }

  /**
   * Checks whether the copy may continue.
   *
   * @param now milliseconds since 1970
   * @throws TransientError if no bytes arrive, or too few
   */
  check(now: number): void {
    const { firstByteTime, floor } = this.#limits;
    // The first byte may be late: only a window longer than that time limit shows the rate.
    const window = firstByteTime + stallTime;
    if (now - this.#lastReceived > window) throw new TransientError('The copy stalled');
    const seconds = (now - this.#lastLook.at) / 1_000;
    if (seconds * 1_000 < window) return;
    const least = floor();
    const came = (this.#received - this.#lastLook.received) / seconds;
    if (came < least) {
      throw new TransientError(`The copy is too slow: ${Math.round(came)} bytes a second, the minimum is ${least}`);
    }
    this.#lastLook = { at: now, received: this.#received };
  }
}
