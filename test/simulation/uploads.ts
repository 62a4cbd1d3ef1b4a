import { Readable } from 'node:stream';
import type { HttpAnswer, HttpRequest } from '../../shared/platform/http.ts';
import type { Process } from './calls.ts';
import type { SimulatedFaults } from './faults.ts';
import { networkError } from './file-calls.ts';
import { isUnlike, pageAnswer, pageStatus } from './pages.ts';
import type { Random } from './random.ts';
import type { ReceivedFile } from './receive-file.ts';
import type { Scheduler } from './time.ts';

/** Faults of an upload to the portal. */
export const uploadFaults = ['upload broken', 'upload slow'] as const;
const furtherFaults = ['upload redirected', 'upload forbidden', 'upload a page', 'upload answered early'] as const;

/** A request's file, or the answer that it gets in place of the portal's. */
export type Taken = ReceivedFile | HttpAnswer;

/** How the portal takes what is sent to it. */
export class Uploads {
  readonly #scheduler: Scheduler;
  readonly #faults: SimulatedFaults;
  readonly #random: Random;

  constructor(scheduler: Scheduler, faults: SimulatedFaults, random: Random) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
  }

  /** Takes a request's body, piece by piece. @throws what Node does when the connection breaks, or the sender gives up */
  read(receive: (body: Buffer) => ReceivedFile, { body, signal }: HttpRequest, process: Process): Promise<Taken> {
    const { promise, resolve, reject } = Promise.withResolvers<Taken>();
    const stopListening = process.listen(signal, () => reject(networkError('ABORT_ERR')));
    this.#take(receive, body as Readable).then(resolve, reject);
    return promise.finally(stopListening);
  }

  async #take(receive: (body: Buffer) => ReceivedFile, body: Readable): Promise<Taken> {
    const fault = this.#faults.draw('upload', [...uploadFaults, ...furtherFaults]);
    // Nobody reads what is sent.
    if (fault === 'upload answered early')
      return { statusCode: 200, headers: {}, toWholeRequest: false, body: Readable.from([]) };
    const pieces = await this.#pieces(body, fault);
    return isUnlike(fault) ? pageAnswer(pageStatus(fault)) : receive(Buffer.concat(pieces));
  }

  async #pieces(body: Readable, fault: string | undefined): Promise<Buffer[]> {
    const pieces: Buffer[] = [];
    for await (const piece of body) {
      if (fault === 'upload broken') throw networkError('ECONNRESET');
      await this.#scheduler.sleep(fault === 'upload slow' ? this.#random.next() * 130_000 : 1);
      pieces.push(piece);
    }
    return pieces;
  }
}
