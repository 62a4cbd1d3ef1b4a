import { describeError } from '../../platform/errors.ts';
import type { Log } from '../../platform/logger.ts';
import type { PassRow } from '../rows.ts';
import { NotAdmittedError } from './admit.ts';

export interface ExchangesOptions {
  /** Milliseconds between two looks at the owner of open exchanges. */
  every: number;
  /** @throws NotAdmittedError when the visit has ended */
  ask(pass: PassRow): Promise<unknown>;
  log: Pick<Log, 'info' | 'warn'>;
}

/** Exchanges that a visit may have open at once. */
const mostOpen = 256;

/** Looks without an answer after which a visit's exchanges are closed. */
const mostFailures = 10;

interface Watched {
  closers: Set<() => void>;
  timer: NodeJS.Timeout;
}

/**
 * Requests and WebSockets that are open. The owner of each visit with any is asked again and again: when the job or the right to
 * it ends, they are closed.
 */
export class OpenExchanges {
  readonly #visits = new Map<string, Watched>();
  readonly #options: ExchangesOptions;

  constructor(options: ExchangesOptions) {
    this.#options = options;
  }

  /**
   * Adds an exchange.
   *
   * @param close ends it
   * @returns to be called when it has ended
   * @throws NotAdmittedError when too many are open
   */
  open(pass: PassRow, close: () => void): () => void {
    const id = pass.item;
    const visit = this.#visits.get(id) ?? { closers: new Set(), timer: this.#watch(pass, 0) };
    if (visit.closers.size >= mostOpen) throw new NotAdmittedError(429, 'Too many connections are open.');
    this.#visits.set(id, visit);
    visit.closers.add(close);
    return () => {
      visit.closers.delete(close);
      if (visit.closers.size > 0 || this.#visits.get(id) !== visit) return;
      this.#visits.delete(id);
      clearTimeout(visit.timer);
    };
  }

  /** Closes all exchanges. */
  closeAll(): void {
    for (const id of this.#visits.keys()) this.#close(id);
  }

  #watch(pass: PassRow, failures: number): NodeJS.Timeout {
    return setTimeout(() => void this.#look(pass, failures), this.#options.every).unref();
  }

  async #look(pass: PassRow, failures: number): Promise<void> {
    const { ask, log } = this.#options;
    const visit = this.#visits.get(pass.item);
    let failed = 0;
    try {
      await ask(pass);
    } catch (error) {
      if (error instanceof NotAdmittedError) {
        log.info('a visit to a job has ended', { jobId: pass.jobId, reason: error.message });
        this.#close(pass.item);
        return;
      }
      failed = failures + 1;
      log.warn('the owner of a job could not be asked', { jobId: pass.jobId, error: describeError(error) });
      if (failed >= mostFailures) this.#close(pass.item);
    }
    // Another exchange that was opened meanwhile has looks of its own.
    if (visit && this.#visits.get(pass.item) === visit) visit.timer = this.#watch(pass, failed);
  }

  #close(id: string): void {
    const visit = this.#visits.get(id);
    this.#visits.delete(id);
    clearTimeout(visit?.timer);
    for (const close of visit?.closers ?? []) close();
  }
}
