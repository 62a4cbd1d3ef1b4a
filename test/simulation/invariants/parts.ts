import type { FileRow } from '../../../shared/files/file.ts';
import type { Process } from '../calls.ts';
import type { Item } from '../expressions.ts';
import type { World } from '../world.ts';

/** Milliseconds in which it is recorded that a part is stored, when the tables answer. */
const recordingTime = 1_000;

/** Parts of an upload that one process knows to be stored: the time by the number of the part. */
type Known = Map<number, number>;

/** Stored parts of a file are recorded, and are not sent again after a break. */
export class PartsSent {
  readonly #world: World;
  /** How many parts the tables told of, and since when, by upload. */
  readonly #recorded = new Map<string, { at: number; parts: number }[]>();
  readonly #known = new Map<Process, Map<string, Known>>();

  constructor(world: World) {
    this.#world = world;
  }

  noteRow(row: Item | undefined): void {
    const { fileId, resume } = (row ?? {}) as Partial<FileRow>;
    if (!resume) return;
    const stored = this.#world.s3.multipart.uploads.get(resume.uploadId)?.parts;
    if (stored && withoutGap(stored, 0) < resume.parts)
      this.#tell(`${fileId} counts ${resume.parts} parts of ${resume.uploadId} as stored, and one of them is not`);
    const recorded = this.#recorded.get(resume.uploadId) ?? [];
    recorded.push({ at: this.#world.scheduler.now, parts: resume.parts });
    this.#recorded.set(resume.uploadId, recorded);
  }

  /** @param answer settles when the process learns what became of it */
  noteSend(process: Process, uploadId: string, part: number, answer: Promise<unknown>): void {
    const known = this.#knownTo(process, uploadId);
    const before = this.#recordedBefore(process, uploadId);
    if (part <= before) this.#tell(`${process.name} sends part ${part} of ${uploadId}, which was recorded as stored`);
    else if (part <= withoutGap(known, before))
      this.#tell(`${process.name} sends part ${part} of ${uploadId} a second time`);
    // Parts after a failed part are sent again with it.
    for (const later of known.keys()) if (later > part) known.delete(later);
    const isStored = () => void known.set(part, this.#world.scheduler.now);
    answer.then(isStored, () => {}); // The process sees why.
  }

  /** How many parts were recorded when the process began. */
  #recordedBefore(process: Process, uploadId: string): number {
    return this.#recorded.get(uploadId)?.findLast(({ at }) => at <= process.startedAt)?.parts ?? 0;
  }

  #knownTo(process: Process, uploadId: string): Known {
    let uploads = this.#known.get(process);
    if (!uploads) {
      uploads = new Map();
      this.#known.set(process, uploads);
      process.atEnd.add(() => this.#checkEnd(process));
    }
    let known = uploads.get(uploadId);
    if (!known) {
      known = new Map();
      uploads.set(uploadId, known);
    }
    return known;
  }

  /** Somebody else may go on with what a process has stored, however it ended. */
  #checkEnd(process: Process): void {
    const { scheduler, s3, isSkewed, dynamodb } = this.#world;
    const hadTables = !process.faults.some((fault) => fault.startsWith('dynamodb'));
    if (isSkewed || !hadTables) return;
    for (const [uploadId, known] of this.#known.get(process) ?? []) {
      const place = s3.multipart.uploads.get(uploadId)?.place;
      const rows = dynamodb.items('files') as (FileRow & Item)[];
      const row = rows.find(({ objectKey }) => place?.endsWith(`/${objectKey}`));
      const early = new Map([...known].filter(([, at]) => at < scheduler.now - recordingTime));
      const before = this.#recordedBefore(process, uploadId);
      const parts = withoutGap(early, before);
      // Worthless parts are forgotten.
      const isForgotten = row?.resume === undefined && this.#recorded.has(uploadId);
      if (row?.state !== 'copying' || isForgotten) continue;
      if (row.resume?.uploadId === uploadId && row.resume.parts >= parts) continue;
      if (parts > before) this.#tell(`${process.name} stored ${parts} parts of ${uploadId}, and did not record them`);
    }
  }

  #tell(violation: string): void {
    this.#world.violations.push(violation);
  }
}

/** How many parts are there without one missing, by what was recorded before and what is known. */
function withoutGap(known: ReadonlyMap<number, unknown>, recorded: number): number {
  let last = recorded;
  while (known.has(last + 1)) last += 1;
  return last;
}
