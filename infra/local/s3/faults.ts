import { setTimeout } from 'node:timers/promises';
import { S3Error } from './errors.ts';
import type { OperationName } from './operations.ts';

/** What is to go wrong. */
export type Fault =
  /** Answer with this error, and do nothing. A status of 200 is allowed, as S3 can answer CompleteMultipartUpload. */
  | { readonly status: number; readonly code: string }
  /** Cut the connection: before anything is done; when all is done and only the answer is missing, or the rest of its content. */
  | { readonly cut: 'before' | 'after' }
  | { readonly cut: 'within'; readonly afterBytes: number }
  /** Do it, but so many milliseconds later. */
  | { readonly delay: number };

export type Cut = Extract<Fault, { readonly cut: string }>;

/** Faults that tests inject. Each waits for the next requests of its operation. */
export class Faults {
  #waiting: { operation: OperationName | '*'; fault: Fault; times: number }[] = [];

  /**
   * Lets the next `times` requests of an operation fail; `*` is any operation. Of several faults for one request the oldest comes first.
   *
   * @example server.faults.inject('UploadPart', { status: 503, code: 'SlowDown' }, 2);
   */
  inject(operation: OperationName | '*', fault: Fault, times = 1): void {
    this.#waiting.push({ operation, fault, times });
  }

  /** Forgets all that did not happen yet. */
  clear(): void {
    this.#waiting = [];
  }

  /**
   * Lets the fault for a request of this operation happen, if there is one.
   * @returns the cut that is to be made, if any
   * @throws S3Error the injected one
   */
  async apply(operation: string): Promise<Cut | undefined> {
    const next = this.#waiting.find((one) => one.operation === '*' || one.operation === operation);
    if (next === undefined) return undefined;
    next.times -= 1;
    if (next.times <= 0) this.#waiting = this.#waiting.filter((one) => one !== next);
    const { fault } = next;
    if ('cut' in fault) return fault;
    if ('code' in fault) throw new S3Error(fault.status, fault.code, `${fault.code}: injected by a test.`);
    await setTimeout(fault.delay);
    return undefined;
  }
}
