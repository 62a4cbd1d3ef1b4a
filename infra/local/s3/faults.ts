import { setTimeout } from 'node:timers/promises';
import { S3Error } from './errors.ts';
import type { OperationName } from './operations.ts';

/** A fault to inject. */
export type S3Fault =
  /**
   * Answers with this error without executing the request. A status of 200 is allowed, like S3's late errors of
   * CompleteMultipartUpload.
   */
  | { readonly status: number; readonly code: string }
  /** Cuts the connection before the request is executed, or afterwards, before the answer or the rest of its content. */
  | { readonly cut: 'before' | 'after' }
  | { readonly cut: 'within'; readonly afterBytes: number }
  /** Delays the request, in milliseconds. */
  | { readonly delay: number };

export type Cut = Extract<S3Fault, { readonly cut: string }>;

/** Faults that tests inject. Each waits for the next requests of its operation. */
export class ServerFaults {
  #waiting: { operation: OperationName | '*'; fault: S3Fault; times: number }[] = [];

  /**
   * Makes the next `times` requests of an operation fail; `*` is any operation. If several faults apply to a request, the
   * oldest is used.
   *
   * @example server.faults.inject('UploadPart', { status: 503, code: 'SlowDown' }, 2);
   */
  inject(operation: OperationName | '*', fault: S3Fault, times = 1): void {
    this.#waiting.push({ operation, fault, times });
  }

  /** Removes all faults that have not occurred yet. */
  clear(): void {
    this.#waiting = [];
  }

  /**
   * Applies the fault for a request of this operation, if there is one.
   * @returns where to cut the connection, if at all
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
