import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { HttpAnswer, HttpRequest } from '../../shared/platform/http.ts';
import { omitUndefined } from '../../shared/portal/json.ts';
import type { Process } from './calls.ts';
import type { SimulatedFaults } from './faults.ts';
import { networkError } from './file-calls.ts';
import type { FileManner } from './file-kinds.ts';
import { isUnlike, pageAnswer, pageStatus } from './pages.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './time.ts';

/** Faults of a download. */
export const downloadFaults = [
  'download broken',
  'download short',
  'download stalls',
  'download slow',
  'download wrong',
  'content changed',
  'range ignored',
] as const;
const furtherFaults = ['download drips', 'download redirected', 'download forbidden', 'download a page'] as const;
type DownloadFault = (typeof downloadFaults)[number] | (typeof furtherFaults)[number];

/** Behaviour of a portal in downloads. */
interface Manners {
  honoursRanges: boolean;
  tellsLength: boolean;
  /** In the Content-Range of a part. */
  tellsTotal: boolean;
  etags: 'strong' | 'weak' | 'none';
}

interface Asked {
  fileId: string;
  process: Process;
}

/** The portal's files, and how it hands them out. */
export class Downloads {
  /** Contents by file id. */
  readonly contents = new Map<string, Buffer>();
  /** Size that each delivery of a file announced. */
  readonly announced = new Map<string, (number | undefined)[]>();
  /** How many bytes of each file were handed out. */
  readonly bytesSent = new Map<string, number>();
  /** How often each file was handed out as another one, or as a whole that was none. */
  readonly othersSent = new Map<string, number>();
  /** Slow downloads: the receiver, and the start in milliseconds since 1970. */
  readonly dripping = new Set<{ fileId: string; since: number; process: Process }>();
  /** Beside what is drawn here. */
  kinds: ReadonlySet<FileManner> = new Set();
  readonly #scheduler: Scheduler;
  readonly #faults: SimulatedFaults;
  readonly #random: Random;
  readonly #manners: Manners;
  readonly #bytesBeforeCalm = new Map<string, number>();
  /** Until when a file is another one, in milliseconds since 1970. */
  readonly #changedUntil = new Map<string, number>();

  constructor(scheduler: Scheduler, faults: SimulatedFaults, random: Random) {
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

  /** Milliseconds until the headers of an answer. */
  timeToFirstByte(): number {
    return this.kinds.has('slow first byte') ? 20_000 + this.#random.fork('first bytes').next() * 25_000 : 0;
  }

  /** From now on nothing goes wrong any more. */
  noteCalm(): void {
    for (const [fileId, bytes] of this.bytesSent) this.#bytesBeforeCalm.set(fileId, bytes);
  }

  /** How many bytes of each file were handed out since then. */
  bytesSinceCalm(): Map<string, number> {
    return new Map([...this.bytesSent].map(([id, bytes]) => [id, bytes - (this.#bytesBeforeCalm.get(id) ?? 0)]));
  }

  /** @param process that asks @param headers of the request */
  answer(fileId: string, process: Process, headers: HttpRequest['headers']): HttpAnswer {
    const right = this.contents.get(fileId);
    if (!right) return answerOf(404, {}, Readable.from([]));
    const fault = this.#faults.draw('download', [...downloadFaults, ...furtherFaults]);
    if (isUnlike(fault)) return pageAnswer(pageStatus(fault));
    const bytes = this.#contentNow(fileId, right, fault);
    const { honoursRanges, tellsLength, tellsTotal } = this.#manners;
    const etag = this.#etagOf(bytes);
    const [isPart, start, end] = honoursRanges && fault !== 'range ignored' ? rangeOf(headers) : [false, 0, undefined];
    const isShort = fault === 'download short';
    if (!isPart || (headers['if-range'] !== undefined && headers['if-range'] !== etag)) {
      const length = tellsLength ? `${bytes.length}` : undefined;
      const ranges = honoursRanges ? 'bytes' : undefined;
      if (bytes !== right || (isShort && !tellsLength && !this.#tellsShort(fileId, bytes)))
        count(this.othersSent, fileId, 1);
      const body = this.#bodyOf({ fileId, process }, bytes, fault);
      return answerOf(200, { etag, 'content-length': length, 'accept-ranges': ranges }, body);
    }
    if (bytes !== right) count(this.othersSent, fileId, 1);
    const last = Math.min(this.#lastOf(end, bytes.length), bytes.length - 1);
    if (start > last) return answerOf(416, {}, Readable.from([]));
    const part = bytes.subarray(start, last + 1);
    const range = `bytes ${start}-${last}/${tellsTotal ? bytes.length : '*'}`;
    const body = this.#bodyOf({ fileId, process }, part, fault);
    return answerOf(206, { etag, 'content-length': `${part.length}`, 'content-range': range }, body);
  }

  /** Whether a body that ends early is seen to do so by what was announced, whichever delivery brings the file. */
  #tellsShort(fileId: string, { length }: Buffer): boolean {
    return (this.announced.get(fileId) ?? []).every((size = 0) => size >= length);
  }

  /** Some servers make an ETag of their own place, or time, too. */
  #etagOf(bytes: Buffer): string | undefined {
    const random = this.#random.fork('etags');
    const servers = this.kinds.has('etags of servers') ? random.pick(['-1', '-2']) : '';
    const answers = this.kinds.has('etags of answers') ? `-${random.next()}` : '';
    const strong = `"${createHash('md5').update(bytes).digest('hex')}${servers}${answers}"`;
    return { none: undefined, weak: `W/${strong}`, strong }[this.#manners.etags];
  }

  /** Some servers send more than was asked for. */
  #lastOf(end: number | undefined, length: number): number {
    if (end === undefined || !this.kinds.has('ranges longer than asked')) return end ?? length;
    return this.#random.fork('ranges').pick([end, end + 1, end + 700, length]);
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
  #bodyOf({ fileId, process }: Asked, bytes: Buffer, fault: DownloadFault | undefined): Readable {
    const scheduler = this.#scheduler;
    const pieces = this.#piecesOf(bytes, fault);
    const pauses = this.#random;
    const pause = { 'download slow': this.#random.next() ** 2 * 60_000, 'download stalls': 600_000 };
    const usual = this.kinds.has('files come slowly') ? 8_000 : 1;
    const sent = (length: number) => count(this.bytesSent, fileId, length);
    let read = 0;
    const beginDrip = () => {
      const drip = { fileId, since: scheduler.now, process };
      this.dripping.add(drip);
      body.once('close', () => this.dripping.delete(drip));
    };
    const body = new Readable({
      read() {
        // An answer that never arrives drips for nobody.
        if (read === 0 && fault === 'download drips') beginDrip();
        const piece = pieces[read];
        const isCut = read === pieces.length - 1;
        read += 1;
        let wait = isCut && (fault === 'download slow' || fault === 'download stalls') ? pause[fault] : 1;
        if (wait === 1 && usual > 1 && piece) wait = pauses.fork('pauses').next() * usual;
        if (fault === 'download drips') wait = 5_000;
        scheduler.after(wait, () => {
          if (this.destroyed) return;
          if (isCut && fault === 'download broken') return this.destroy(networkError('ECONNRESET'));
          const isOver = piece === undefined || (isCut && fault === 'download short');
          if (!isOver) sent(piece.length);
          this.push(isOver ? null : piece);
        });
      },
    });
    return body;
  }

  #piecesOf(bytes: Buffer, fault: DownloadFault | undefined): Buffer[] {
    if (fault === 'download drips') return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    const cut = Math.floor(this.#random.next() * bytes.length);
    return [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0);
  }
}

const answerOf = (statusCode: number, headers: Record<string, string | undefined>, body: Readable): HttpAnswer => ({
  statusCode,
  headers: omitUndefined(headers),
  toWholeRequest: true,
  body,
});

const count = (counts: Map<string, number>, name: string, more: number) =>
  void counts.set(name, (counts.get(name) ?? 0) + more);

/** The requested range: whether there is one, its first byte, and its last byte if given. */
function rangeOf({ range }: HttpRequest['headers']): [isPart: boolean, start: number, end: number | undefined] {
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(String(range)) ?? [];
  return [start !== undefined, Number(start ?? 0), end ? Number(end) : undefined];
}
