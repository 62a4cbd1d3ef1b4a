import { createHash } from 'node:crypto';
import type { MessageContent } from '../../shared/portal/messages.ts';
import type { Random } from './random.ts';

/** What a file holds. */
export const fileContent = (fileId: string): Buffer => Buffer.from(`content of ${fileId}`);

/** What a portal has delivered so far, so that it mostly returns and deletes what there is. */
export class FilesSent {
  readonly #random: Random;
  readonly #fitting: boolean;
  /** File ids by project. */
  readonly #files = new Map<string, Set<string>>();
  readonly #projects = new Set<string>();
  #count = 0;

  /** @param fitting whether nothing comes that does not fit: that would be held */
  constructor(random: Random, fitting: boolean) {
    this.#random = random;
    this.#fitting = fitting;
  }

  contentOf(kind: 'deliver' | 'return' | 'deleteFile', projectNo: string): MessageContent {
    const known = [...(this.#files.get(projectNo) ?? [])];
    if (kind === 'deliver' && (this.#projects.has(projectNo) || !this.#fitting)) {
      // More than fit into one transaction, now and then.
      const length = this.#random.chance(0.05) ? 23 : this.#random.integer(1, 3);
      const files = Array.from({ length }, () => this.#newFile(projectNo));
      return { type: 'DataDeliveryReady', data: { projectNo, files } };
    }
    if (known.length === 0 && this.#fitting) return { type: 'CreateProject', data: { projectNo } };
    const fileId = known.length > 0 ? this.#random.pick(known) : `file-${projectNo}-never`;
    return { type: kind === 'deleteFile' ? 'DeleteDataFile' : 'ReturnDataFile', data: { fileId } };
  }

  #newFile(projectNo: string) {
    const fileId = `file-${projectNo}-${++this.#count}`;
    const bytes = fileContent(fileId);
    return { fileId, fileSize: bytes.length, fileChecksum: createHash('md5').update(bytes).digest('hex') };
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
    for (const { fileId } of data.files) files.add(fileId);
    this.#files.set(data.projectNo, files);
  }
}
