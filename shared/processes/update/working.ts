import type { Write } from '../../platform/transaction.ts';
import { refusals } from '../errors.ts';
import type { ProcessHistoryEntry } from '../history-entry.ts';
import { isBeforeRequest } from '../machine/status.ts';
import type { ProcessChange } from '../plan.ts';
import type { ProcessFileRow, ProcessProjectRow, ProcessRow } from '../rows.ts';
import type { NewWork } from '../work.ts';

/** A process while a request's changes are applied to it, one after the other. */
export class Working {
  row: ProcessRow;
  readonly project: ProcessProjectRow;
  readonly #before: ProcessRow;
  readonly #entries: ProcessHistoryEntry[] = [];
  readonly #writes: ((sequence: number) => readonly Write[])[] = [];
  readonly #files: ((files: readonly ProcessFileRow[]) => readonly ProcessFileRow[])[] = [];
  readonly #work: NewWork[] = [];
  #edited = false;

  constructor(project: ProcessProjectRow, before: ProcessRow) {
    this.project = project;
    this.#before = before;
    this.row = before;
  }

  /** Sets fields, and records it. */
  set(fields: Partial<ProcessRow>, entry: ProcessHistoryEntry): void {
    this.row = { ...this.row, ...fields };
    this.#entries.push(entry);
  }

  /** The same for what makes another order of it. @throws Refusal with 409 when it was sent already */
  edit(fields: Partial<ProcessRow>, entry: ProcessHistoryEntry): void {
    this.requireUnsent();
    this.set(fields, entry);
    this.#edited = true;
  }

  /** Records an entry with writes of its own. @param writes called with the entry's sequence */
  append(entry: ProcessHistoryEntry, writes: (sequence: number) => readonly Write[]): void {
    const place = this.#entries.length;
    this.#entries.push(entry);
    this.#writes.push((first) => writes(first + place));
  }

  /** Adds work to be done later. @param work called with the sequence of the next entry */
  remind(work: (sequence: number) => readonly NewWork[]): void {
    this.#work.push(...work(this.#before.version + this.#entries.length + 1));
  }

  /** Adds writes to the transaction. */
  attach(writes: () => readonly Write[]): void {
    this.#writes.push(writes);
  }

  /** Says how the files will be, where the service looks at them. */
  changeFiles(change: (files: readonly ProcessFileRow[]) => readonly ProcessFileRow[], work?: NewWork): void {
    this.#files.push(change);
    if (work) this.#work.push(work);
    if (isBeforeRequest(this.row.status)) this.#edited = true;
  }

  requireUnsent(): void {
    if (isBeforeRequest(this.row.status)) return;
    const message = `The process is ${this.row.status}, and an order that was sent is not changed any more`;
    throw refusals.conflict([{ key: 'Process-Status', message, processID: this.row.processID }]);
  }

  /** @returns nothing when nothing changes */
  finish(): ProcessChange | undefined {
    if (this.#entries.length === 0) return undefined;
    const set = Object.entries(this.row).filter(([field, value]) => Reflect.get(this.#before, field) !== value);
    return {
      set: Object.fromEntries(set),
      edited: this.#edited,
      entries: this.#entries,
      files: (files) => this.#files.reduce((all, change) => change(all), files),
      writes: (sequence) => this.#writes.flatMap((writes) => writes(sequence)),
      work: this.#work,
    };
  }
}
