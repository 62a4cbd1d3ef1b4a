import { createHash } from 'node:crypto';
import { settledAtOnce } from '../../shared/files/copy/complete-delivery.ts';
import { filesAtOnce } from '../../shared/files/effects/data-delivery-ready.ts';
import { maxBatch } from '../../shared/files/transfer/plan.ts';
import type { DeliveredFile, MessageContent } from '../../shared/portal/message-schema.ts';
import { canonicalId, uuidOf } from './ids.ts';
import type { Random } from './random.ts';

/** Bytes of a chunk, and of a part, instead of 8 MiB: files of some kilobytes make several. */
export const simulatedChunk = 4096;

/** How many bytes files have beside the many small ones: less and more than some parts, and just so many. */
const largeSizes = [
  simulatedChunk - 1,
  simulatedChunk,
  simulatedChunk + 1,
  2 * simulatedChunk,
  3 * simulatedChunk + 700,
  6 * simulatedChunk,
  9 * simulatedChunk + 1,
];

const letters = Buffer.from(
  Array.from({ length: Math.max(...largeSizes) }, (_, index) => 97 + ((7 * index + 5 * Math.floor(index / 26)) % 26)),
);

/** Content of a file: letters, no two chunks alike. The id of a large file names its size. */
export function fileContent(spelledId: string): Buffer {
  const fileId = canonicalId(spelledId);
  const size = /-of-(\d+)$/.exec(fileId)?.[1] ?? sizeOfUuid(fileId);
  if (size === undefined) return Buffer.from(`content of ${fileId}`);
  const bytes = Buffer.from(letters.subarray(0, Number(size)));
  bytes.write(fileId);
  return bytes;
}

/** The end of a UUID whose file is a large one, and the place of its size among the large sizes. */
const largeUuid = /-[\da-f]{6}ffff(\d\d)$/;

const sizeOfUuid = (fileId: string) => largeSizes[Number(largeUuid.exec(fileId)?.[1] ?? Number.NaN)];

/** The id with the form of a UUID that stands for a file's name. */
function fileUuid(name: string): string {
  const size = Number(/-of-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
  const index = largeSizes.indexOf(size);
  return index < 0 ? uuidOf(name) : `${uuidOf(name).slice(0, -6)}ffff${String(index).padStart(2, '0')}`;
}

/** Files that a portal has delivered so far, which most returns and deletions name. */
export class FilesSent {
  readonly #random: Random;
  readonly #fitting: boolean;
  readonly #inUuids: boolean;
  /** File ids by project. */
  readonly #files = new Map<string, Set<string>>();
  readonly #projects = new Set<string>();
  #count = 0;

  /**
   * @param fitting whether nothing comes that does not fit: that would be held
   * @param inUuids whether ids have the form of UUIDs
   */
  constructor(random: Random, fitting: boolean, inUuids: boolean) {
    this.#random = random;
    this.#fitting = fitting;
    this.#inUuids = inUuids;
  }

  /** Ids of the files that a project has by now. */
  of(projectNo: string): string[] {
    return [...(this.#files.get(projectNo) ?? [])];
  }

  /** A delivery of given files, or of one new file. */
  delivery(projectNo: string, fileIds?: readonly string[]): MessageContent {
    const files = fileIds ? fileIds.map((fileId) => this.#delivered(fileId)) : [this.#newFile(projectNo)];
    return { type: 'DataDeliveryReady', data: { projectNo, files } };
  }

  contentOf(kind: 'deliver' | 'return' | 'deleteFile', projectNo: string): MessageContent {
    const known = this.of(projectNo);
    if (kind === 'deliver' && (this.#projects.has(projectNo) || !this.#fitting)) {
      const files = Array.from({ length: this.#drawLength() }, () => this.#newFile(projectNo));
      // One that is there already, or on its way: that does not fit.
      if (!this.#fitting && known.length > 0 && this.#random.fork('again').chance(0.2))
        files.push(this.#delivered(this.#random.fork('again').pick(known)));
      return { type: 'DataDeliveryReady', data: { projectNo, files } };
    }
    if (known.length === 0 && this.#fitting) return { type: 'CreateProject', data: { projectNo } };
    const fileId = known.length > 0 ? this.#random.pick(known) : `file-${projectNo}-never`;
    return { type: kind === 'deleteFile' ? 'DeleteDataFile' : 'ReturnDataFile', data: { fileId } };
  }

  /** A few files, and now and then more than are registered, recorded as stored, moved or deleted together. */
  #drawLength(): number {
    const chance = this.#random.next();
    if (chance < 0.004) return maxBatch + 1;
    if (chance < 0.02) return settledAtOnce + 1;
    if (chance < 0.05) return filesAtOnce + 1;
    return this.#random.integer(1, 3);
  }

  #newFile(projectNo: string): DeliveredFile {
    const chance = this.#random.fork('sizes');
    const size = chance.chance(0.02) ? 0 : chance.pick(largeSizes);
    const name = `file-${projectNo}-${++this.#count}${chance.chance(0.25) ? `-of-${size}` : ''}`;
    return this.#delivered(this.#inUuids ? fileUuid(name) : name);
  }

  #delivered(fileId: string): DeliveredFile {
    const chance = this.#random.fork('sizes');
    const bytes = fileContent(fileId);
    const md5 = createHash('md5').update(bytes).digest('hex');
    const fileChecksum = chance.chance(0.1) ? ` ${md5.toUpperCase()} ` : md5;
    if (chance.chance(0.7)) return { fileId, fileSize: bytes.length, fileChecksum };
    // Announced sizes may be wrong, or wrapped at 2³²: the MD5 decides.
    const fileSize = chance.pick([undefined, -1, bytes.length + 1, 2 ** 30]);
    return { fileId, ...(fileSize !== undefined && { fileSize }), fileChecksum };
  }

  /** Learns from what is sent. */
  note({ type, data }: MessageContent): void {
    if (type === 'CreateProject') this.#projects.add(data.projectNo);
    if (type === 'DeleteProject') {
      this.#projects.delete(data.projectNo);
      this.#files.delete(data.projectNo);
    }
    if (type === 'DeleteDataFile') for (const files of this.#files.values()) files.delete(data.fileId);
    if (type !== 'DataDeliveryReady') return;
    const files = this.#files.get(data.projectNo) ?? new Set();
    for (const { fileId } of data.files) if (!this.#isElsewhere(fileId, data.projectNo)) files.add(fileId);
    this.#files.set(data.projectNo, files);
  }

  #isElsewhere(fileId: string, projectNo: string): boolean {
    return [...this.#files].some(([other, files]) => other !== projectNo && files.has(fileId));
  }
}
