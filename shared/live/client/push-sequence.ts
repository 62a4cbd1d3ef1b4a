import { type LogPlace, type Message, offsetOf } from './message.ts';

/** A push, or a gap between pushes: all that a client receives beside answers. */
export type Received =
  /** `place` of a push that is in the log. Whoever has carried it out goes on from there after a restart. */
  | { type: 'push'; message: Message; place?: LogPlace }
  /** Pushes between two places are lost. Another epoch means that the log has begun anew, and that their number is unknown. */
  | { type: 'gap'; before: LogPlace; after: LogPlace };

/**
 * Brings pushes into the order of their offsets. They may come twice, in any order and over two connections at once; each is
 * delivered once, and what is missing is waited for until the server says that it is lost.
 */
export class PushSequence {
  #place: LogPlace | undefined;
  /** Highest offset that the log is known to have. */
  #newest = 0;
  readonly #early = new Map<number, Message>();
  readonly #deliver: (received: Received) => void;

  /** @param place from which the sequence goes on */
  constructor(deliver: (received: Received) => void, place?: LogPlace) {
    this.#deliver = deliver;
    this.#place = place;
  }

  /** The place of the newest push that was delivered; undefined before the first connection. */
  get place(): LogPlace | undefined {
    return this.#place;
  }

  /** Whether the log has pushes that have not come. */
  get isBehind(): boolean {
    return this.#place !== undefined && this.#newest > this.#place.offset;
  }

  /** Takes a push, with or without an offset. */
  take(message: Message): void {
    const offset = offsetOf(message);
    if (offset === undefined) {
      this.#deliver({ type: 'push', message });
    } else if (this.#place && offset > this.#place.offset) {
      this.#early.set(offset, message);
      this.#newest = Math.max(this.#newest, offset);
      this.#deliverNext();
    }
  }

  #deliverNext(): void {
    for (let next = this.#takeNext(); next; next = this.#takeNext()) {
      // The place of a push that is not for this client.
      if (next.message.action !== 'offset') this.#deliver({ type: 'push', ...next });
    }
  }

  /** Takes note of the newest place, which the server names in an answer. */
  reach(place: LogPlace): void {
    if (this.#place?.epoch === place.epoch) this.#newest = Math.max(this.#newest, place.offset);
    else this.#jump(place);
  }

  /**
   * Takes the answer to a request for all pushes after a place.
   *
   * @param from the place that was asked for; undefined for none
   * @param place the newest place
   * @param recovered whether all pushes between them follow
   */
  resume(from: LogPlace | undefined, place: LogPlace, recovered: boolean): void {
    const own = this.#place;
    if (recovered || !from || !own) {
      this.reach(place);
      return;
    }
    // Another connection may have brought what the log lacks: the pushes after that are asked for anew.
    const hasGoneOn = from.offset < own.offset || place.offset <= own.offset;
    // A log that is before the place that was asked for has gone back.
    if (own.epoch === place.epoch && from.offset <= place.offset && hasGoneOn) this.reach(place);
    else this.#jump(place);
  }

  /** The push that follows, if it has come. */
  #takeNext(): { message: Message; place: LogPlace } | undefined {
    if (!this.#place) return undefined;
    const place = { ...this.#place, offset: this.#place.offset + 1 };
    const message = this.#early.get(place.offset);
    if (!message) return undefined;
    this.#early.delete(place.offset);
    this.#place = place;
    return { message, place };
  }

  #jump(place: LogPlace): void {
    const before = this.#place;
    const isSameLog = before?.epoch === place.epoch;
    this.#place = place;
    this.#newest = isSameLog ? Math.max(this.#newest, place.offset) : place.offset;
    for (const offset of this.#early.keys()) if (!isSameLog || offset <= place.offset) this.#early.delete(offset);
    if (before) this.#deliver({ type: 'gap', before, after: place });
    this.#deliverNext();
  }
}
