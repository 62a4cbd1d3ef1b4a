import { Refusal } from '../../api/answer.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { changeProcesses } from '../change.ts';
import type { ProcessContext } from '../context.ts';
import { isId } from '../ids.ts';
import { processKey, projectKey } from '../keys.ts';
import { readProcessFiles } from '../read-facts.ts';
import type { CheckResult, ProcessProjectRow, ProcessRow, Verification } from '../rows.ts';
import type { Order } from '../services/service.ts';
import { systemViewer } from '../viewer.ts';

// A verification is an attempt: what comes of it counts while the process is in it, and for no other attempt.

/** An attempt to verify a process, by its id. */
export interface Attempt {
  projectID: string;
  processID: string;
  id: string;
}

/** Whether a process is in an attempt that has not ended. */
export const isRunning = (process: ProcessRow | undefined, { id }: Pick<Attempt, 'id'>): process is ProcessRow =>
  process?.status === 'VERIFYING' && process.verification?.id === id && process.verification.state === 'running';

/** Whether a process has passed an attempt and waits to be sent, as was asked for with the attempt. */
export const isToSend = (process: ProcessRow | undefined, { id }: Pick<Attempt, 'id'>): process is ProcessRow =>
  process?.status === 'VERIFIED' && process.verification?.id === id && process.verification.send;

/** The process of an attempt as an order, undefined when it is not there any more. */
export async function readOrder(
  context: ProcessContext,
  { projectID, processID }: Omit<Attempt, 'id'>,
): Promise<Order | undefined> {
  if (!isId(projectID) || !isId(processID)) return undefined;
  const { db, tables } = context;
  const [project, process] = await Promise.all([
    getItem<ProcessProjectRow>(db, tables.processes, { ...projectKey(projectID) }),
    getItem<ProcessRow>(db, tables.processes, { ...processKey(projectID, processID) }),
  ]);
  if (!project || !process) return undefined;
  const details = JSON.parse(process.serviceDetails);
  return { project, process, details, files: await readProcessFiles(context, process) };
}

/** Runs the checks of a process's service, one after the other. */
export async function runChecks(context: ProcessContext, order: Order): Promise<CheckResult[]> {
  const service = context.services.get(order.process.serviceType);
  if (!service) return [{ check: 'Service', passed: false, message: 'The service does not exist any more' }];
  const results: CheckResult[] = [];
  for (const check of service.checks) results.push({ check: check.name, ...(await check.run(context, order)) });
  return results;
}

/** Ends an attempt by its results, if the process is still in it, and sends the process if that was asked for. */
export async function endAttempt(
  context: ProcessContext,
  attempt: Attempt,
  results: readonly CheckResult[],
): Promise<void> {
  const { projectID, processID } = attempt;
  const passed = results.every((result) => result.passed);
  await ifThere(() =>
    changeProcesses(context, systemViewer, projectID, [processID], ({ process }) => {
      const { verification } = process;
      if (!isRunning(process, attempt) || !verification) return undefined;
      const ended: Verification = { ...verification, state: passed ? 'passed' : 'failed', results: [...results] };
      const { generation, state } = ended;
      return {
        set: { verification: ended },
        step: { to: passed ? 'VERIFIED' : 'SERVICE_COMPLICATION' },
        entries: [
          { event: 'verification ended', type: 'OTHER', key: 'verification', data: { generation, state, results } },
        ],
      };
    }),
  );
  if (passed) await sendVerified(context, attempt);
}

/** Sends a process that has passed, if that was asked for. What prevents it is put into the history, and the client has to send it. */
export async function sendVerified(context: ProcessContext, attempt: Attempt): Promise<void> {
  const { projectID, processID } = attempt;
  const change = (decide: Parameters<typeof changeProcesses>[4]) =>
    ifThere(() => changeProcesses(context, systemViewer, projectID, [processID], decide));
  try {
    await change(({ process }) =>
      isToSend(process, attempt) ? { step: { to: 'REQUESTED' }, entries: [] } : undefined,
    );
  } catch (error) {
    if (!(error instanceof Refusal && error.answer.status === 409)) throw error;
    const { missing } = Object(error.answer.body);
    await change(({ process }) => {
      const { verification } = process;
      if (!isToSend(process, attempt) || !verification) return undefined;
      return {
        set: { verification: { ...verification, send: false } },
        entries: [{ event: 'changed', type: 'OTHER', key: 'verification', data: { notSent: missing } }],
      };
    });
  }
}

/** A process that was deleted meanwhile has nothing to verify. */
async function ifThere(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!(error instanceof Refusal && error.answer.status === 404)) throw error;
  }
}
