import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './time.ts';

/** One invocation of a function. Once it is dead nothing that it still tries gets out, and nobody answers it. */
export class Process {
  isAlive = true;
  readonly name: string;
  /** When Lambda ends it, in milliseconds since 1970. */
  readonly deadline: number;
  readonly #died = Promise.withResolvers<void>();
  /** Settles when it is over, by itself or not. */
  readonly died = this.#died.promise;

  constructor(name: string, deadline: number) {
    this.name = name;
    this.deadline = deadline;
  }

  end(): void {
    this.isAlive = false;
    this.#died.resolve();
  }
}

export interface Call<Result> {
  /** `dynamodb`, `portal` and the like. */
  service: string;
  /** For the trace. */
  what: () => string;
  /** Takes effect, in an instant. */
  perform(): Result;
  /** What the caller gets when there is no answer. */
  lost(): Error;
  /** What the caller gets when the service is too busy; a service without it never is. */
  throttled?: () => Error;
  /** How often a client sends it again when there is no answer. */
  resends?: number;
  /** Whether the service knows a request that it has seen before, and then does nothing. */
  isIdempotent?: boolean;
  signal?: AbortSignal | undefined;
}

type Settle = (settle: () => void) => void;

const kinds = [
  'crash before',
  'crash after',
  'request lost',
  'answer lost',
  'throttled',
  'slow request',
  'slow answer',
] as const;

/** Where every call to the outside passes: it takes time, and may fail, before it took effect or afterwards. */
export class Calls {
  count = 0;
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #trace: (text: string) => void;

  constructor(scheduler: Scheduler, faults: Faults, random: Random, trace: (text: string) => void) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
    this.#trace = trace;
  }

  make<Result>(process: Process, call: Call<Result>): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    if (!process.isAlive) return promise;
    const { signal } = call;
    if (signal?.aborted) return Promise.reject(call.lost());
    let isOpen = true;
    const settle: Settle = (answer) => {
      if (isOpen && process.isAlive) answer();
      isOpen = false;
    };
    signal?.addEventListener('abort', () => settle(() => reject(call.lost())), { once: true });
    this.#send(process, call, call.resends ?? 0, settle, resolve, reject);
    return promise;
  }

  #send<Result>(
    process: Process,
    call: Call<Result>,
    resends: number,
    settle: Settle,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
  ): void {
    this.count++;
    const fault = this.#faults.draw(call.service, kinds);
    const tell = (text: string) => this.#trace(`${process.name} ${call.service}: ${call.what()}${text}`);
    if (fault === 'crash before') {
      tell(' – crashes before');
      process.end();
      return;
    }
    const noAnswer = () => {
      if (resends === 0) settle(() => reject(call.lost()));
      else if (process.isAlive) this.#send(process, call, resends - 1, settle, resolve, reject);
    };
    this.#scheduler.after(this.#latency(fault === 'slow request'), () => {
      if (call.signal?.aborted) return;
      if (fault === 'request lost') {
        tell(' – request lost');
        this.#scheduler.after(100, noAnswer);
        return;
      }
      if (fault === 'throttled' && call.throttled) {
        tell(' – throttled');
        const error = call.throttled();
        this.#scheduler.after(this.#latency(false), () => settle(() => reject(error)));
        return;
      }
      const answer = outcomeOf(call.perform);
      const repeated = call.isIdempotent ? { ...call, perform: answer } : call;
      tell(`${describe(answer)}${fault ? ` – ${fault}` : ''}`);
      if (fault === 'crash after') process.end();
      this.#scheduler.after(this.#latency(fault === 'slow answer'), () => {
        if (fault !== 'answer lost') settle(() => settleBy(answer, resolve, reject));
        else if (resends === 0) settle(() => reject(call.lost()));
        else if (process.isAlive) this.#send(process, repeated, resends - 1, settle, resolve, reject);
      });
    });
  }

  /** Milliseconds of one way. */
  #latency(isSlow: boolean): number {
    const chance = this.#random.next();
    return isSlow ? 200 + chance * 40_000 : 1 + chance * chance * 30;
  }
}

/** What a call came to, to be looked at later, and more than once. */
function outcomeOf<Result>(perform: () => Result): () => Result {
  try {
    const result = perform();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
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

function describe(answer: () => unknown): string {
  try {
    answer();
    return '';
  } catch (error) {
    return ` → ${error instanceof Error ? error.name : error}`;
  }
}
