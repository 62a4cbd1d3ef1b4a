import { systemClock } from './time.ts';

interface Asked<Request, Answer> {
  request: Request;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface BatcherOptions {
  /** Most requests that travel together. */
  most: number;
  /** How many batches may be on their way at a time. */
  atOnce: number;
}

/** How long a request waits for company, in milliseconds: less than any of them takes. */
const gatheringTime = 1;

/** Lets requests travel together that are made at about the same time, or while others are on their way. */
export class Batcher<Request, Answer> {
  readonly #send: (requests: Request[]) => Promise<Answer[]>;
  readonly #options: BatcherOptions;
  #waiting: Asked<Request, Answer>[] = [];
  #onTheWay = 0;
  #planned = false;

  /** @param send answers requests, each at the place of its own; what it throws, all of them get */
  constructor(send: (requests: Request[]) => Promise<Answer[]>, options: BatcherOptions) {
    this.#send = send;
    this.#options = options;
  }

  submit(request: Request): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.push({ request, resolve, reject });
    this.#plan();
    return promise;
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    void systemClock.sleep(gatheringTime).then(() => {
      this.#planned = false;
      while (this.#waiting.length > 0 && this.#onTheWay < this.#options.atOnce) {
        void this.#dispatch(this.#waiting.splice(0, this.#options.most));
      }
    });
  }

  async #dispatch(batch: Asked<Request, Answer>[]): Promise<void> {
    this.#onTheWay += 1;
    try {
      const answers = await this.#send(batch.map(({ request }) => request));
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#onTheWay -= 1;
      this.#plan();
    }
  }
}

/** One of a kind for each owner, made when it is first asked for; gone with its owner. */
export function memoizePer<Owner extends object, Kept>(make: (owner: Owner) => Kept): (owner: Owner) => Kept {
  const kept = new WeakMap<Owner, Kept>();
  return (owner) => {
    let found = kept.get(owner);
    if (!found) {
      found = make(owner);
      kept.set(owner, found);
    }
    return found;
  };
}
