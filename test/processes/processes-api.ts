import type { AccountRow } from '../../shared/accounts/account.ts';
import { accountCreation, readAccount } from '../../shared/accounts/account.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { organizationIdOf } from '../../shared/accounts/membership.ts';
import { readRow } from '../../shared/accounts/organization.ts';
import { saveOrganization } from '../../shared/accounts/save-organization.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { http } from '../../shared/api/http.ts';
import type { Clock } from '../../shared/platform/time.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { changeProcesses } from '../../shared/processes/change.ts';
import type { ProcessContext } from '../../shared/processes/context.ts';
import { newId } from '../../shared/processes/ids.ts';
import { jobFollower } from '../../shared/processes/job-follower.ts';
import type { Mail } from '../../shared/processes/mail/mail.ts';
import { allProcessRoutes } from '../../shared/processes/routes.ts';
import { serviceRegistry } from '../../shared/processes/services/service.ts';
import { systemViewer } from '../../shared/processes/viewer.ts';
import { workHandlers } from '../../shared/processes/work-handlers.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import type { JobId, WorkspacesContext } from '../../shared/workspaces/context.ts';
import { formRequest, send, type TestRequest } from '../api/requests.ts';
import type { World } from '../support/world.ts';
import { printing } from './test-service.ts';

/** Somebody who asks: a token, the cookies of a browser, both, or neither. */
export interface Asker {
  token?: string;
  cookie?: string;
}

/** The HTTP API of processes over a world's tables. */
export function createProcessesApi(
  world: World,
  services: ProcessContext['services'] = serviceRegistry([printing]),
  clock: Clock = world.clock,
  mail?: Mail,
) {
  const executions = { sfn: world.sfn, stateMachineArn: 'arn:aws:states:::stateMachine:process-work' };
  const startedJobs: JobId[] = [];
  const common = { ...world.context, clock, tables: world.tables };
  const workspaces: WorkspacesContext = {
    ...common,
    workspacesBucket: { s3: world.s3, name: world.filesBucket },
    configuration: readConfiguration({}),
    jobsUrl: '',
    jobs: { start: async (job) => void startedJobs.push(job), stop: async () => {} },
    follower: jobFollower(common, executions),
  };
  const context: ProcessContext = {
    ...common,
    services,
    attachments: { s3: world.s3, name: world.filesBucket },
    filesBucket: world.filesBucket,
    workspaces,
    mail,
    work: workHandlers(executions),
    newId,
  };
  const handler = http({ ...context, authenticate: authenticator(context) }, allProcessRoutes);

  /** @param request `METHOD path` below `/processes/public`. @param form headers, and the body of a form */
  async function ask(asker: Asker, request: string, body?: unknown, form: Partial<TestRequest> = {}) {
    const [, method = '', target = ''] = /^(\S+) (.*)$/.exec(request) ?? [];
    const [path = '', query = ''] = target.split('?');
    const encoded = body instanceof FormData ? await formRequest(body) : form;
    return send(handler, {
      method,
      path: `/processes/public/${path}`,
      query,
      headers: {
        host: 'api.centre.example',
        // As the documented clients send it.
        ...(body !== undefined && { 'content-type': 'application/octet-stream' }),
        ...(asker.token !== undefined && { token: asker.token }),
        ...encoded.headers,
      },
      cookies: asker.cookie === undefined ? [] : [asker.cookie],
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(encoded.body !== undefined && { body: encoded.body, isBase64Encoded: true }),
    });
  }

  /** Creates an account, signed in. */
  async function signUp(account: string, fields: Partial<AccountRow> = {}): Promise<Asker & { token: string }> {
    const row: AccountRow = {
      account,
      userName: account,
      passwordGenerated: false,
      changePassword: false,
      blockLogin: false,
      permissions: [],
      generation: 'first',
      createdAt: clock.now(),
      version: 0,
      ...fields,
    };
    await transact(context.db, context.clock, accountCreation(context.tables.accounts, row));
    return signIn(account);
  }

  async function signIn(account: string): Promise<Asker & { token: string }> {
    const row = await readAccount(context.db, context.tables.accounts, account);
    if (!row) throw new Error(`There is no account ${account}`);
    const session = { restricted: false, refreshable: false, address: '127.0.0.1' };
    return { token: (await beginSession(context, row, session)).token };
  }

  /** Creates an organization. @returns its id */
  async function organize(name: string, members: string[], supportedServices = [1]): Promise<string> {
    await saveOrganization(context, { name, members, supportedServices, details: {} }, { by: 'root' });
    const row = await readRow(context, name);
    if (!row) throw new Error('There is no organization');
    return organizationIdOf(row);
  }

  /** Creates a project with a process, or a process in a project. A visitor without a cookie gets one. */
  async function createProcess(asker: Asker, existing?: string) {
    const project =
      existing === undefined ? await ask(asker, 'GET createProjectID') : { body: { projectID: existing } };
    const { projectID } = Object(project.body);
    const [cookie = asker.cookie] = ('cookies' in project ? (project.cookies ?? []) : []).map(
      (each) => each.split(';')[0],
    );
    const owner: Asker = { ...asker, ...(cookie !== undefined && { cookie }) };
    const { processID } = Object((await ask(owner, `GET createProcessID/${projectID}`)).body);
    const ids = { projectID, processIDs: [processID] };
    return {
      projectID: projectID as string,
      processID: processID as string,
      owner,
      ids,
      change: (changes: object, by: Asker = owner, deletions: object = {}) =>
        ask(by, 'PATCH updateProcess', { ...ids, changes, deletions }),
      press: (targetStatus: string, by: Asker = owner) =>
        ask(by, 'POST states/buttons/get', { ...ids, buttonData: { type: 'forwardStatus', targetStatus } }),
      read: async (by: Asker = owner) => Object((await ask(by, `GET process/get/${projectID}/${processID}`)).body),
      history: async (by: Asker = owner) => {
        const { body } = await ask(by, `GET process/history/get/${processID}`);
        return Object(body).history as { type: number; event: string; data: unknown; old: unknown }[];
      },
    };
  }

  /** Lets the verification of a process end. */
  const endVerification = (projectID: string, processID: string, to: 'VERIFIED' | 'SERVICE_COMPLICATION') =>
    changeProcesses(context, systemViewer, projectID, [processID], ({ process }) => ({
      step: { to },
      set: {
        ...(process.verification && {
          verification: { ...process.verification, state: to === 'VERIFIED' ? 'passed' : 'failed' },
        }),
      },
      entries: [{ event: 'verification ended', type: 'OTHER', key: 'verification', data: { to } }],
    }));

  /** Brings a new process of a client to a contractor. */
  async function createOrder(client: Asker, contractor: string) {
    const order = await createProcess(client);
    await order.change({ serviceType: 1, serviceDetails: { model: 'm', material: 'PLA' } });
    await order.change({ provisionalContractor: contractor });
    await order.press('VERIFYING');
    await endVerification(order.projectID, order.processID, 'VERIFIED');
    await order.press('REQUESTED');
    return order;
  }

  return { world, context, startedJobs, ask, signUp, signIn, organize, createProcess, createOrder, endVerification };
}
