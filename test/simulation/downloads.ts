import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Download, DownloadOptions } from '../../shared/portal/client.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { Faults } from './faults.ts';
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

const call = 'GET /data/{fileId}';

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

  /** @throws PortalError when there is no such file, or nothing of it in the range */
  open(fileId: string, { start = 0, end, ifRange }: DownloadOptions): Download {
    const right = this.contents.get(fileId);
    if (!right) throw new PortalError({ call, problem: 'answered 404', retryable: false, status: 404 });
    const fault = this.#faults.draw('download', downloadFaults);
    const bytes = this.#contentNow(fileId, right, fault);
    const { honoursRanges, tellsLength, tellsTotal, etags } = this.#manners;
    const strong = `"${createHash('md5').update(bytes).digest('hex')}"`;
    const etag = etags === 'none' ? {} : { etag: etags === 'weak' ? `W/${strong}` : strong };
    const isPart = honoursRanges && fault !== 'range ignored' && (start > 0 || end !== undefined);
    if (!isPart || (ifRange !== undefined && ifRange !== strong)) {
      const length = tellsLength ? { contentLength: bytes.length } : {};
      return { body: this.#bodyOf(bytes, fault), ...length, ...etag, acceptsRanges: honoursRanges };
    }
    const last = Math.min(end ?? bytes.length, bytes.length - 1);
    if (start > last) throw new PortalError({ call, problem: 'answered 416', retryable: false, status: 416 });
    const part = bytes.subarray(start, last + 1);
    const range = { start, end: last, ...(tellsTotal && { total: bytes.length }) };
    return { body: this.#bodyOf(part, fault), contentLength: part.length, ...etag, range, acceptsRanges: true };
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
          if (isCut && fault === 'download broken') this.destroy(failure('the connection broke'));
          else this.push(piece === undefined || (isCut && fault === 'download short') ? null : piece);
        });
      },
    });
  }
}

const failure = (problem: string) => new PortalError({ call, problem, retryable: true });
