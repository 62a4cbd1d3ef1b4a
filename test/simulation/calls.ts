import type { SimulatedFaults } from './faults.ts';
import type { Random } from './random.ts';
import type { Settings } from './simulated-gateway.ts';
import type { Scheduler } from './time.ts';

/** Told what happens, in words that are made only when somebody wants them. */
export type Trace = (text: () => string) => void;

/** One invocation of a function. Once it is dead nothing that it still tries gets out, and nobody answers it. */
export class Process<Version = Settings> {
  isAlive = true;
  /** How far its clock is ahead, in milliseconds. */
  skew = 0;
  /** Milliseconds that its calls are on their way beside the usual. */
  distance = 0;
  /** Milliseconds that S3 takes at most for an object that it puts, when nothing goes wrong. */
  longestPut = 0;
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** Faults of its calls: `service fault`. */
  readonly faults: string[] = [];
  /** When Lambda ends it, in milliseconds since 1970. */
  readonly deadline: number;
  readonly #died = Promise.withResolvers<void>();
  /** Settles when it is over, by itself or not. */
  readonly died = this.#died.promise;
  /** Called when it is over. */
  readonly atEnd = new Set<() => void>();

  /** Version that was deployed when it began. */
  readonly settings: Version;

  constructor(name: string, startedAt: number, deadline: number, settings: Version) {
    this.name = name;
    this.settings = settings;
    this.startedAt = startedAt;
    this.deadline = deadline;
  }

  end(): void {
    this.isAlive = false;
    this.#died.resolve();
    for (const stop of this.atEnd) stop();
    this.atEnd.clear();
  }

  /**
   * Hears of a signal's end while it lives: Node keeps a signal of several, and with it everything that listens, until
   * nobody listens any more.
   *
   * @returns stops to listen
   */
  listen(signal: AbortSignal | undefined, hear: () => void): () => void {
    if (!signal) return () => {};
    signal.addEventListener('abort', hear, { once: true });
    const stop = () => {
      signal.removeEventListener('abort', hear);
      this.atEnd.delete(stop);
    };
    this.atEnd.add(stop);
    return stop;
  }
}

export interface SimulatedCall<Result> {
  /** `dynamodb`, `portal` and the like. */
  service: string;
  /** For the trace. */
  what: () => string;
  /** Takes effect, in an instant. */
  perform(): Result;
  /** Error for the caller if there is no answer. */
  lost(): Error;
  /** Error for the caller if the service is overloaded. */
  busy(): Error;
  /** Whether the service knows a request that it carried out before. */
  isIdempotent?: boolean;
  /** Whether nothing comes of a request whose sender is gone. */
  needsSender?: boolean;
  /** Milliseconds that it is on its way beside the usual. */
  delay?: number;
  signal?: AbortSignal | undefined;
}

/** Faults of a call. */
export const callFaults = [
  'crash before',
  'crash after',
  'request lost',
  'answer lost',
  'sent twice',
  'busy',
  'slow request',
  'slow answer',
] as const;

/** Where every call to the outside passes: it takes time, and may fail, before it took effect or afterwards. */
export class Calls<Version = Settings> {
  count = 0;
  /** Process whose call takes effect at this moment. */
  performer: Process<Version> | undefined;
  readonly #scheduler: Scheduler;
  readonly #faults: SimulatedFaults;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #longestWay: number;

  /** @param longestWay milliseconds that a request or an answer is on its way at most, unless it is slow */
  constructor(scheduler: Scheduler, faults: SimulatedFaults, random: Random, trace: Trace, longestWay = 31) {
    this.#longestWay = longestWay;
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
    this.#trace = trace;
  }

  make<Result>(process: Process<Version>, call: SimulatedCall<Result>): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    if (!process.isAlive) return promise;
    const { signal } = call;
    if (signal?.aborted) return Promise.reject(call.lost());
    this.count++;
    const fault = this.#faults.draw(call.service, callFaults);
    if (fault) process.faults.push(`${call.service} ${fault}`);
    const tell = (text: () => string) => this.#trace(() => `${process.name} ${call.service} ${call.what()}${text()}`);
    if (fault === 'crash before') {
      tell(() => ' – crashes before');
      process.end();
      return promise;
    }
    const answer = (outcome: () => Result) => {
      stopListening();
      if (process.isAlive) settleBy(outcome, resolve, reject);
    };
    const stopListening = process.listen(signal, () => answer(failing(call.lost())));
    const delay = process.distance + (call.delay ?? 0) + this.#latency(fault === 'slow request');
    this.#scheduler.after(delay, () => {
      // A request given up while in flight still takes effect.
      if (call.needsSender && (signal?.aborted || !process.isAlive)) return;
      this.performer = process;
      let outcome: () => Result;
      if (fault === 'busy') outcome = failing(call.busy());
      else if (fault === 'request lost') outcome = failing(call.lost());
      else outcome = outcomeOf(call.perform);
      if (fault === 'sent twice' && !(call.isIdempotent && succeeded(outcome))) outcome = outcomeOf(call.perform);
      this.performer = undefined;
      tell(() => `${describe(outcome)}${fault ? ` – ${fault}` : ''}`);
      if (fault === 'crash after') process.end();
      if (fault === 'answer lost') outcome = failing(call.lost());
      this.#scheduler.after(this.#latency(fault === 'slow answer'), () => answer(outcome));
    });
    return promise;
  }

  /** Milliseconds of one way. */
  #latency(isSlow: boolean): number {
    const chance = this.#random.next();
    return isSlow ? 200 + chance * 12_000 : 1 + chance * chance * (this.#longestWay - 1);
  }
}

const failing = (error: unknown) => (): never => {
  throw error;
};

/** Result of a call, which can be read later and repeatedly. */
function outcomeOf<Result>(perform: () => Result): () => Result {
  try {
    const result = perform();
    return () => result;
  } catch (error) {
    return failing(error);
  }
}

function settleBy<Result>(
  answer: () => Result,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): void {
  try {
    resolve(answer());
  } catch (error) {
    reject(error);
  }
}

function succeeded(outcome: () => unknown): boolean {
  return describe(outcome) === '';
}

function describe(answer: () => unknown): string {
  try {
    answer();
    return '';
  } catch (error) {
    return ` → ${error instanceof Error ? error.name : error}`;
  }
}
