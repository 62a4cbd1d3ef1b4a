import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { HttpAnswer, HttpRequest } from '../../shared/platform/http.ts';
import { present } from '../../shared/portal/json.ts';
import type { Faults } from './faults.ts';
import { networkError } from './file-calls.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './time.ts';

/** What may go wrong with a download. */
export const downloadFaults = [
  'download broken',
  'download short',
  'download stalls',
  'download slow',
  'download wrong',
  'content changed',
  'range ignored',
] as const;
type DownloadFault = (typeof downloadFaults)[number];

/** What a portal tells, and does, beside sending a file. */
interface Manners {
  honoursRanges: boolean;
  tellsLength: boolean;
  /** In the Content-Range of a part. */
  tellsTotal: boolean;
  etags: 'strong' | 'weak' | 'none';
}

/** The portal's files, and how it hands them out. */
export class Downloads {
  /** Contents by file id. */
  readonly contents = new Map<string, Buffer>();
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #manners: Manners;
  /** Until when a file is another one, in milliseconds since 1970. */
  readonly #changedUntil = new Map<string, number>();

  constructor(scheduler: Scheduler, faults: Faults, random: Random) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
    this.#manners = {
      honoursRanges: random.chance(0.7),
      tellsLength: random.chance(0.8),
      tellsTotal: random.chance(0.9),
      etags: random.pick(['strong', 'strong', 'weak', 'none']),
    };
  }

  /** @param headers of the request */
  answer(fileId: string, headers: HttpRequest['headers']): HttpAnswer {
    const right = this.contents.get(fileId);
    if (!right) return this.#answer(404, {}, Buffer.alloc(0));
    const fault = this.#faults.draw('download', downloadFaults);
    const bytes = this.#contentNow(fileId, right, fault);
    const { honoursRanges, tellsLength, tellsTotal, etags } = this.#manners;
    const strong = `"${createHash('md5').update(bytes).digest('hex')}"`;
    const etag = { none: undefined, weak: `W/${strong}`, strong }[etags];
    const [isPart, start, end] = honoursRanges && fault !== 'range ignored' ? rangeOf(headers) : [false, 0, undefined];
    if (!isPart || (headers['if-range'] !== undefined && headers['if-range'] !== strong)) {
      const length = tellsLength ? `${bytes.length}` : undefined;
      const ranges = honoursRanges ? 'bytes' : undefined;
      return this.#answer(200, { etag, 'content-length': length, 'accept-ranges': ranges }, bytes, fault);
    }
    const last = Math.min(end ?? bytes.length, bytes.length - 1);
    if (start > last) return this.#answer(416, {}, Buffer.alloc(0));
    const part = bytes.subarray(start, last + 1);
    const range = `bytes ${start}-${last}/${tellsTotal ? bytes.length : '*'}`;
    return this.#answer(206, { etag, 'content-length': `${part.length}`, 'content-range': range }, part, fault);
  }

  #answer(
    statusCode: number,
    headers: Record<string, string | undefined>,
    bytes: Buffer,
    fault?: DownloadFault,
  ): HttpAnswer {
    return { statusCode, headers: present(headers), toWholeRequest: true, body: this.#bodyOf(bytes, fault) };
  }

  #contentNow(fileId: string, right: Buffer, fault: DownloadFault | undefined): Buffer {
    const { now } = this.#scheduler;
    if (fault === 'content changed') this.#changedUntil.set(fileId, now + this.#random.next() * 60_000);
    const isAnother = fault === 'download wrong' || (this.#changedUntil.get(fileId) ?? 0) > now;
    if (!isAnother || this.#faults.isOver) return right;
    const another = `${right}`.toUpperCase();
    return Buffer.from(fault === 'download wrong' || right.length % 2 === 0 ? another : `${another}!`);
  }

  /** Some pieces, one after the other, and perhaps not all. */
  #bodyOf(bytes: Buffer, fault: DownloadFault | undefined): Readable {
    const scheduler = this.#scheduler;
    const cut = Math.floor(this.#random.next() * bytes.length);
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0);
    const pause = { 'download slow': this.#random.next() ** 2 * 60_000, 'download stalls': 600_000 };
    let read = 0;
    return new Readable({
      read() {
        const piece = pieces[read];
        const isCut = read === pieces.length - 1;
        read += 1;
        const wait = isCut && (fault === 'download slow' || fault === 'download stalls') ? pause[fault] : 1;
        scheduler.after(wait, () => {
          if (this.destroyed) return;
          if (isCut && fault === 'download broken') this.destroy(networkError('ECONNRESET'));
          else this.push(piece === undefined || (isCut && fault === 'download short') ? null : piece);
        });
      },
    });
  }
}

/** What a request asks for: whether it is a part, from which byte, and up to which one if it says so. */
function rangeOf({ range }: HttpRequest['headers']): [isPart: boolean, start: number, end: number | undefined] {
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(String(range)) ?? [];
  return [start !== undefined, Number(start ?? 0), end ? Number(end) : undefined];
}
