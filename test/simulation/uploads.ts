import type { Readable } from 'node:stream';
import type { HttpRequest } from '../../shared/platform/http.ts';
import type { Process } from './calls.ts';
import type { Faults } from './faults.ts';
import { networkError } from './file-calls.ts';
import type { Random } from './random.ts';
import type { ReceivedFile } from './receive-file.ts';
import type { Scheduler } from './time.ts';

/** What may go wrong with what is sent to the portal. */
export const uploadFaults = ['upload broken', 'upload slow'] as const;

/** How the portal takes what is sent to it. */
export class Uploads {
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #random: Random;

  constructor(scheduler: Scheduler, faults: Faults, random: Random) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
  }

  /** Takes a request's body, piece by piece. @throws what Node does when the connection breaks, or the sender gives up */
  read(
    receive: (body: Buffer) => ReceivedFile,
    { body, signal }: HttpRequest,
    process: Process,
  ): Promise<ReceivedFile> {
    const { promise, resolve, reject } = Promise.withResolvers<ReceivedFile>();
    const stopListening = process.listen(signal, () => reject(networkError('ABORT_ERR')));
    this.#pieces(body as Readable).then((pieces) => resolve(receive(Buffer.concat(pieces))), reject);
    return promise.finally(stopListening);
  }

  async #pieces(body: Readable): Promise<Buffer[]> {
    const fault = this.#faults.draw('upload', uploadFaults);
    const pieces: Buffer[] = [];
    for await (const piece of body) {
      if (fault === 'upload broken') throw networkError('ECONNRESET');
      await this.#scheduler.sleep(fault === 'upload slow' ? this.#random.next() * 130_000 : 1);
      pieces.push(piece);
    }
    return pieces;
  }
}
