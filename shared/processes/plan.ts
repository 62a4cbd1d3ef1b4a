import { accountIdOf } from '../accounts/membership.ts';
import { updateExpression } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { ProcessContext } from './context.ts';
import { refusals } from './errors.ts';
import type { FoundProcess } from './find-visible.ts';
import { processEvents } from './history.ts';
import type { ProcessHistoryEntry } from './history-entry.ts';
import { contractorScope, listItem, processKey } from './keys.ts';
import { codeOf, type Status } from './machine/status.ts';
import { automaticStep, decideStep } from './machine/step.ts';
import type { Transition } from './machine/transitions.ts';
import { stepReminders } from './mail/reminders.ts';
import type { Missing } from './missing.ts';
import { factReader, readProcessFiles } from './read-facts.ts';
import type { ProcessFileRow, ProcessProjectRow, ProcessRow, ProcessWorkRow } from './rows.ts';
import { verificationTime } from './verification/limits.ts';
import type { Viewer } from './viewer.ts';
import { type NewWork, workPut, workRow } from './work.ts';

/** A change of one process. */
export interface ProcessChange {
  /** Fields to set; `undefined` removes one. */
  set?: Partial<ProcessRow>;
  /** Whether the order is another one now: its service, details, files, contractor or what it waits for. */
  edited?: boolean;
  /** The files after the change, where the change adds or removes some. */
  files?: (files: readonly ProcessFileRow[]) => readonly ProcessFileRow[];
  /** A step that a party asks for. */
  step?: { to: Status; send?: boolean };
  /** Entries for the history. Steps have theirs by themselves. */
  entries: readonly ProcessHistoryEntry[];
  /** Further writes of the transaction. @param sequence of the first entry in the history */
  writes?: (sequence: number) => readonly Write[];
  work?: readonly NewWork[];
}

/** A change, and all that comes with it. */
export interface ProcessPlan {
  before: ProcessRow;
  row: ProcessRow;
  events: ReturnType<typeof processEvents>;
  writes: Write[];
  work: ProcessWorkRow[];
  /** Whether its writes may be on the same items as those of another order. */
  hasServicePart: boolean;
}

/** Works out what a change comes to, with the steps that follow from it. */
export async function planChange(
  context: ProcessContext,
  viewer: Viewer,
  { project, process, parties }: FoundProcess,
  change: ProcessChange,
): Promise<ProcessPlan | { missing: readonly Missing[] }> {
  const draft = new Draft(context, project, process, change);
  const asked = { project, row: draft.row, to: change.step?.to, edited: change.edited === true, files: change.files };
  const readFacts = asked.edited || asked.to ? await factReader(context, asked) : undefined;
  if (change.step && readFacts) {
    const outcome = decideStep(readFacts(draft.row), change.step.to, parties);
    if (outcome.kind === 'not-allowed') throw refusals.notAllowed();
    if (outcome.kind === 'missing') {
      const { processID } = process;
      return { missing: outcome.missing.map((each) => ({ processID, ...each })) };
    }
    draft.step(outcome.transition, change.step.send === true);
    if (outcome.transition.to === 'CONFIRMED_BY_CLIENT') draft.confirm(viewer);
    const part = await draft.servicePart(outcome.transition.to);
    if (part && 'missing' in part) {
      const { processID } = process;
      return { missing: part.missing.map((each) => ({ processID, ...each })) };
    }
  }
  if (readFacts) {
    for (let next = automaticStep(readFacts(draft.row)); next; next = automaticStep(readFacts(draft.row))) {
      draft.step(next);
    }
  }
  return draft.finish(viewer);
}

/** A process while a change of it is worked out. */
class Draft {
  row: ProcessRow;
  readonly project: ProcessProjectRow;
  readonly #context: ProcessContext;
  readonly #before: ProcessRow;
  readonly #change: ProcessChange;
  readonly #entries: ProcessHistoryEntry[];
  readonly #work: NewWork[];
  readonly #writes: Write[] = [];

  constructor(context: ProcessContext, project: ProcessProjectRow, before: ProcessRow, change: ProcessChange) {
    this.#context = context;
    this.project = project;
    this.#before = before;
    this.#change = change;
    this.row = { ...before, ...change.set };
    this.#entries = [...change.entries];
    this.#work = [...(change.work ?? [])];
  }

  /** Makes a step, with what the step brings about. */
  step({ from, to, by, clears }: Transition, send = false): void {
    this.row = { ...this.row, status: to };
    const entry: ProcessHistoryEntry = {
      event: 'status changed',
      type: 'STATUS',
      key: 'processStatus',
      data: codeOf(to),
      old: codeOf(from),
    };
    this.#entries.push(by === 'automatic' ? { ...entry, details: { automatic: true } } : entry);
    if (clears === 'service') this.#clearService();
    if (clears === 'contractor') this.#clearContractor();
    if (to === 'VERIFYING') this.#beginVerification(send);
    if (from === 'VERIFYING' && this.row.verification?.state === 'running')
      this.#cancelVerification(this.row.verification.id);
    if (to === 'REQUESTED') this.#assignContractor();
    if (to === 'COMPLETED') this.#work.push({ kind: 'wake-dependents' });
    const { services } = this.#context;
    if (services.get(this.row.serviceType)?.followedSteps?.includes(to)) {
      this.#work.push({ kind: 'after-step', data: { to } });
    }
  }

  /** Keeps which client has accepted the offer. */
  confirm({ account }: Viewer): void {
    if (!account) return;
    this.row = { ...this.row, confirmedBy: { id: accountIdOf(account), account: account.account } };
  }

  /** Adds what the service does at a step. @returns what prevents the step */
  async servicePart(to: Status): Promise<{ missing: readonly Missing[] } | undefined> {
    const { services } = this.#context;
    const atStep = services.get(this.row.serviceType)?.atStep;
    if (!atStep) return undefined;
    const process = this.#before;
    const files = await readProcessFiles(this.#context, process);
    const order = { project: this.project, process, details: JSON.parse(process.serviceDetails), files };
    const part = await atStep(this.#context, order, to);
    if (!part || 'missing' in part) return part;
    this.row = { ...this.row, ...part.set };
    this.#entries.push(...part.entries);
    this.#writes.push(...part.writes);
    return undefined;
  }

  #clearService(): void {
    const { serviceType, serviceDetails } = this.row;
    this.row = { ...this.row, serviceType: 0, serviceDetails: '{}' };
    const old = { serviceType, serviceDetails: JSON.parse(serviceDetails) };
    const data = { serviceType: 0, serviceDetails: {} };
    this.#entries.push({ event: 'changed', type: 'DELETION', key: 'serviceType', data, old });
  }

  #clearContractor(): void {
    const old = this.row.provisionalContractor?.id;
    this.row = { ...this.row, provisionalContractor: undefined };
    this.#entries.push({ event: 'changed', type: 'DELETION', key: 'provisionalContractor', data: '', old });
  }

  #beginVerification(send: boolean): void {
    const startedAt = this.#context.clock.now();
    const id = this.#context.newId();
    const generation = (this.row.verification?.generation ?? 0) + 1;
    const deadline = startedAt + verificationTime;
    this.row = { ...this.row, verification: { id, generation, send, state: 'running', startedAt, deadline } };
    this.#entries.push({
      event: 'verification started',
      type: 'OTHER',
      key: 'verification',
      data: { generation, send },
    });
    this.#work.push({ kind: 'start-verification', data: { id } });
  }

  #cancelVerification(id: string): void {
    const { verification } = this.row;
    if (!verification) return;
    this.row = { ...this.row, verification: { ...verification, state: 'canceled' } };
    const { generation } = verification;
    const data = { generation, state: 'canceled' };
    this.#entries.push({ event: 'verification ended', type: 'OTHER', key: 'verification', data });
    this.#work.push({ kind: 'stop-verification', data: { id } });
  }

  #assignContractor(): void {
    const contractor = this.row.provisionalContractor;
    if (!contractor) throw new TypeError('A process without a contractor was sent');
    this.row = { ...this.row, contractor };
    const data = { Action: 'SendToContractor', ID: contractor.id };
    this.#entries.push({ event: 'contractor assigned', type: 'OTHER', key: 'contractor', data, old: '' });
  }

  finish(viewer: Viewer): ProcessPlan {
    const { clock, tables } = this.#context;
    const before = this.#before;
    const { projectID, processID, version } = before;
    const sequence = version + 1;
    const isStep = this.row.status !== before.status;
    const row = {
      ...this.row,
      ...(isStep && { statusSince: sequence }),
      updatedAt: clock.now(),
      version: version + this.#entries.length,
    };
    const reminders = isStep ? stepReminders(this.#context.mail, row.status, sequence) : [];
    const work = [...this.#work, ...reminders].map((each) =>
      workRow(this.#context, { projectID, processID }, sequence, each),
    );
    const writes: Write[] = [
      {
        Update: {
          TableName: tables.processes,
          Key: processKey(projectID, processID),
          ConditionExpression: 'version = :read',
          ...updateExpression(changesBetween(before, row), { ':read': version }),
        },
      },
      ...(this.#change.writes?.(sequence) ?? []),
      ...(row.contractor && !before.contractor ? [this.#contractorPointer(row.contractor.id)] : []),
      ...this.#writes,
      ...work.map((each) => workPut(this.#context, each)),
    ];
    const happening = { project: this.project, process: row, version, entries: this.#entries };
    const hasServicePart = this.#writes.length > 0;
    return { before, row, writes, work, hasServicePart, events: processEvents(happening, viewer) };
  }

  #contractorPointer(organizationId: string): Write {
    const { processID } = this.#before;
    const { projectID } = this.project;
    const key = { scope: contractorScope(organizationId), item: `${listItem(this.project)}#${processID}` };
    return { Put: { TableName: this.#context.tables.processes, Item: { ...key, projectID, processID } } };
  }
}

/** The fields that differ. */
const changesBetween = (before: ProcessRow, after: ProcessRow): Record<string, unknown> =>
  Object.fromEntries(Object.entries(after).filter(([field, value]) => Reflect.get(before, field) !== value));
