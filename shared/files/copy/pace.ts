import { TransientError } from '../../platform/errors.ts';

/** A copy without a byte for so long after the time that the first may take, in milliseconds, is given up. */
const stallTime = 30_000;

/** What a copy is ended for. */
export interface Patience {
  /** Milliseconds until the first byte. */
  firstByteTime: number;
  /** The least, in bytes per second, that has to come now. */
  floor(): number;
}

/** How fast a copy's bytes come. */
export class Pace {
  readonly #patience: Patience;
  #lastReceived: number;
  #received = 0;
  /** What had come when the rate was looked at last. */
  #lastLook: { at: number; received: number };

  /** @param now milliseconds since 1970 */
  constructor(patience: Patience, now: number) {
    this.#patience = patience;
    this.#lastReceived = now;
    this.#lastLook = { at: now, received: 0 };
  }

  /** @param now milliseconds since 1970 */
  received(bytes: number, now: number): void {
    this.#received += bytes;
    this.#lastReceived = now;
  }

  /**
   * Looks whether the copy is to go on.
   *
   * @param now milliseconds since 1970
   * @throws TransientError when nothing comes, or too little
   */
  check(now: number): void {
    const { firstByteTime, floor } = this.#patience;
    // The first byte may come late: only a window that has time for others too tells how fast they come.
    const window = firstByteTime + stallTime;
    if (now - this.#lastReceived > window) throw new TransientError('The copy stalled');
    const seconds = (now - this.#lastLook.at) / 1_000;
    if (seconds * 1_000 < window) return;
    const least = floor();
    const came = (this.#received - this.#lastLook.received) / seconds;
    if (came < least) {
      throw new TransientError(
        `The copy is too slow: ${Math.round(came)} bytes a second, at least ${least} are asked for`,
      );
    }
    this.#lastLook = { at: now, received: this.#received };
  }
}
