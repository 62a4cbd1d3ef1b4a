import { SFNClient } from '@aws-sdk/client-sfn';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { region } from '../../infra/local/resources.ts';
import type { AccountRow } from '../../shared/accounts/account.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { accountIdOf } from '../../shared/accounts/membership.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { http } from '../../shared/api/http.ts';
import { batchPut, getItem } from '../../shared/platform/dynamodb.ts';
import { clientAudience } from '../../shared/processes/audience.ts';
import type { ProcessContext } from '../../shared/processes/context.ts';
import { eventsScope } from '../../shared/processes/events/write-missed-events.ts';
import { newId } from '../../shared/processes/ids.ts';
import { messageKey, pointerKey, processKey, projectKey, timeKey } from '../../shared/processes/keys.ts';
import { allProcessRoutes } from '../../shared/processes/routes.ts';
import type { MessageRow, MissedEventRow, ProcessRow } from '../../shared/processes/rows.ts';
import { allServices } from '../../shared/processes/services/all.ts';
import { workHandlers } from '../../shared/processes/work-handlers.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import { send } from '../api/requests.ts';
import { credentials, startCountedServices } from './counted-services.ts';

/** Milliseconds, units and calls of DynamoDB for one request. */
export interface ProcessesTime {
  what: string;
  p50: number;
  p99: number;
  readUnits: number;
  writeUnits: number;
  reads: number;
  /** Reads by table. */
  readsOf: Record<string, number>;
}

const sizes = [10, 1_000];
const missedEvents = 10_000;
const rounds = 200;

/**
 * Requests to the HTTP API of processes, in this process: of a project of ten and of one of a thousand processes, and of an account
 * that has missed ten thousand events.
 *
 * @returns times and units of one of each, the smaller project first
 */
export async function measureProcesses(): Promise<{ times: ProcessesTime[]; scans: number }> {
  await using started = new AsyncDisposableStack();
  const { context: services, s3, units } = await startCountedServices(started);
  // No request of these starts an execution.
  const executions = { sfn: new SFNClient({ region, credentials }), stateMachineArn: 'arn' };
  const context: ProcessContext = {
    ...services,
    services: allServices,
    attachments: { s3, name: 'attachments' },
    filesBucket: 'files',
    workspaces: {
      ...services,
      workspacesBucket: { s3, name: 'attachments' },
      configuration: readConfiguration({}),
      jobsUrl: '',
      jobs: { start: async () => {}, stop: async () => {} },
    },
    work: workHandlers(executions),
    newId,
  };
  const account = await createAccount(context);
  const { token } = await beginSession(context, account, { restricted: false, refreshable: false, address: '' });
  const handler = http({ ...context, authenticate: authenticator(context) }, allProcessRoutes);
  const ask = async (request: string, body?: object): Promise<unknown> => {
    const [method = '', target = ''] = request.split(' ');
    const [path = '', query = ''] = target.split('?');
    const answer = await send(handler, {
      method,
      path: `/processes/public/${path}`,
      query,
      headers: { token },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.status !== 200) throw new Error(`${request}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  async function measure(what: string, run: (round: number) => Promise<unknown>): Promise<ProcessesTime> {
    await run(0);
    const before = { ...units, readsOf: new Map(units.readsOf) };
    const times: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const begun = performance.now();
      await run(round);
      times.push(performance.now() - begun);
    }
    times.sort((one, other) => one - other);
    const quantile = (share: number) => times[Math.ceil(share * rounds) - 1] ?? 0;
    return {
      what,
      p50: quantile(0.5),
      p99: quantile(0.99),
      readUnits: (units.read - before.read) / rounds,
      writeUnits: (units.write - before.write) / rounds,
      reads: (units.reads - before.reads) / rounds,
      readsOf: Object.fromEntries(
        [...units.readsOf]
          .map(([name, count]) => [name, (count - (before.readsOf.get(name) ?? 0)) / rounds] as const)
          .filter(([, count]) => count > 0),
      ),
    };
  }

  const times: ProcessesTime[] = [];
  for (const size of sizes) {
    const { projectID } = z.object({ projectID: z.string() }).parse(await ask('GET createProjectID'));
    const { processID } = z.object({ processID: z.string() }).parse(await ask(`GET createProcessID/${projectID}`));
    await fill(context, projectID, processID, size);
    const of = `of a project of ${size} processes`;
    const changes = (round: number) => ({
      projectID,
      processIDs: [processID],
      changes: { processDetails: { title: `title ${round}` } },
    });
    times.push(
      await measure(`the list ${of}`, () => ask('GET getFlatProjects')),
      await measure(`one process ${of}`, () => ask(`GET process/get/${projectID}/${processID}`)),
      await measure(`a change of one ${of}`, (round) => ask('PATCH updateProcess', changes(round))),
      await measure(`a page of ten ${of}`, () => ask(`GET getProject/${projectID}?limit=10`)),
    );
  }
  await miss(context, account);
  times.push(await measure(`the first page of ${missedEvents} missed events`, () => ask('GET getMissedEvents')));
  return { times, scans: units.scans };
}

async function createAccount({ db, tables }: ProcessContext): Promise<AccountRow> {
  const account: AccountRow = {
    account: 'x',
    userName: 'x',
    passwordGenerated: false,
    changePassword: false,
    blockLogin: false,
    permissions: [],
    generation: 'first',
    createdAt: 0,
    version: 1,
  };
  await db.send(new PutCommand({ TableName: tables.accounts, Item: account }));
  return account;
}

/** Copies a process, with a line of chat each, until its project has so many. */
async function fill(context: ProcessContext, projectID: string, processID: string, size: number): Promise<void> {
  const { db, clock, tables } = context;
  const first = await getItem<ProcessRow>(db, tables.processes, { ...processKey(projectID, processID) });
  const ids = Array.from({ length: size - 1 }, newId);
  const rows = ids.flatMap((id) => [
    { ...first, ...processKey(projectID, id), processID: id },
    { ...pointerKey(id), projectID },
    message(projectID, id),
  ]);
  await batchPut(db, clock, tables.processes, rows);
  const project = await getItem(db, tables.processes, { ...projectKey(projectID) });
  await db.send(new PutCommand({ TableName: tables.processes, Item: { ...Object(project), processesCount: size } }));
}

const message = (projectID: string, processID: string): Record<string, unknown> & MessageRow => ({
  ...messageKey(projectID, processID, 2),
  processID,
  text: 'x'.repeat(200),
  userID: 'u',
  userName: 'x',
  at: 1,
});

/** Puts events that an account has not acknowledged. */
async function miss({ db, clock, tables }: ProcessContext, account: AccountRow): Promise<void> {
  const rows = Array.from({ length: missedEvents }, (_, index): Record<string, unknown> & MissedEventRow => ({
    scope: eventsScope(clientAudience(accountIdOf(account))),
    item: `${timeKey(1_000 + index)}#${newId()}#2`,
    ...{ projectID: 'p', processID: 'q', key: 'messages', by: 'other', content: '' },
    at: 1_000 + index,
    removeAt: Math.ceil(clock.now() / 1_000) + 1_000_000,
  }));
  await batchPut(db, clock, tables.processes, rows);
}
