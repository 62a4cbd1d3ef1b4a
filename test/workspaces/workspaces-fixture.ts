import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import type { AccountRow } from '../../shared/accounts/account.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { http } from '../../shared/api/http.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import type { JobId, WorkspacesContext } from '../../shared/workspaces/context.ts';
import { workspacesDialect } from '../../shared/workspaces/dialect.ts';
import { allWorkspaceRoutes } from '../../shared/workspaces/routes.ts';
import { userOf } from '../../shared/workspaces/users.ts';
import { type ApiHandler, formRequest, send } from '../api/requests.ts';
import { createClients } from '../support/clients.ts';
import { TestClock } from '../support/clock.ts';
import { nameTables } from '../support/lazy-tables.ts';
import { Outside } from '../support/outside.ts';
import { useServices } from '../support/services.ts';

/** The example of the documented API. */
export const exampleParameters = [
  parameter('num_cpus', 'int', 1, 1, 4),
  parameter('memory_mb', 'int', 1_024, 1_024, 8_192),
  parameter('time_limit_min', 'int', 180, 1, 480),
  parameter('gpu_enabled', 'bool', false),
];

function parameter(variable_name: string, type: string, default_value: unknown, min?: number, max?: number) {
  const range = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  return {
    display_name: variable_name,
    description: '',
    variable_name,
    default_value,
    validation: { type, ...range, required: false },
  };
}

const capabilities = { gpu_enabled: true, max_cpus: 16, max_memory_mb: 131_072, max_time_minutes: 720 };

export const exampleConfiguration = {
  available_job_types: { test_job: { name: 'Test job', job_type: 'local_test' } },
  available_resources: { here: { name: 'Here', resource_type: 'local', capabilities } },
  parameters: exampleParameters,
};

/** A person with a token. */
export interface Person {
  userId: number;
  account: AccountRow;
  token: string;
}

type Answer = Awaited<ReturnType<typeof send>>;

/** The HTTP API of workspaces at tables and buckets of its own. Executions of jobs are not run but written down. */
export interface WorkspacesApi {
  context: WorkspacesContext;
  /** Names of all tables, those of other subsystems too. */
  tables: ReturnType<typeof nameTables>;
  clock: TestClock;
  outside: Outside;
  handler: ApiHandler;
  started: JobId[];
  /** Jobs that were to be stopped at once. */
  stopped: JobId[];
  /** @param fields of the account */
  person(name: string, fields?: Partial<AccountRow>): Promise<Person>;
  /** A person with an enabled access to a project of DST. */
  researcher(name: string, projectNo: string, fields?: Partial<AccountRow>): Promise<Person>;
  deliver(projectNo: string, fileId: string, fields?: Partial<FileRow>): Promise<FileRow>;
  /** Sends `METHOD /path?query` to `/uws`. */
  ask(request: string, body?: unknown, as?: Person | string | null): Promise<Answer>;
  /** Uploads files in a form. */
  upload(path: string, files: readonly [field: string, name: string, content: string][], as: Person): Promise<Answer>;
}

export async function createWorkspacesApi(
  configuration: object = exampleConfiguration,
  more: Partial<WorkspacesContext> = {},
): Promise<WorkspacesApi> {
  const services = await useServices();
  const prefix = `uws-${randomUUID().slice(0, 8)}`;
  const [clock, outside] = [new TestClock(), new Outside()];
  const { db, s3 } = createClients(services, outside);
  const tables = nameTables(services.dynamo.client, prefix);
  const bucket = `${prefix}-workspaces`;
  await services.s3.createBucket(bucket);
  const started: JobId[] = [];
  const stopped: JobId[] = [];
  const context: WorkspacesContext = {
    db,
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    tables,
    workspacesBucket: { s3, name: bucket },
    configuration: readConfiguration(configuration),
    jobsUrl: 'http://localhost:8888',
    jobs: {
      async start(job) {
        started.push(job);
      },
      async stop(job) {
        stopped.push(job);
      },
    },
    ...more,
  };
  const handler = http(
    Object.assign(context, { authenticate: authenticator(context) }),
    allWorkspaceRoutes,
    workspacesDialect,
  );
  const put = (TableName: string, Item: object) => db.send(new PutCommand({ TableName, Item: { ...Item } }));

  const person: WorkspacesApi['person'] = async (name, fields = {}) => {
    const account: AccountRow = {
      account: name,
      userName: name,
      email: `${name}@centre.example`,
      passwordGenerated: false,
      changePassword: false,
      blockLogin: false,
      permissions: [],
      generation: 'first',
      createdAt: clock.now(),
      version: 0,
      ...fields,
    };
    await put(tables.accounts, account);
    const session = { restricted: false, refreshable: false, address: '192.0.2.1' };
    const { token } = await beginSession(context, account, session);
    const { userId } = await userOf(context, account);
    return { userId, account, token };
  };

  return {
    context,
    tables,
    clock,
    outside,
    handler,
    started,
    stopped,
    person,
    async researcher(name, projectNo, fields = {}) {
      const accessIdentifier = randomUUID();
      await put(tables.projects, { projectNo, state: 'active', createdAt: 0, version: 1 });
      await put(tables.users, {
        accessIdentifier,
        projectNo,
        loginName: name,
        enabled: true,
        createdAt: 0,
        version: 1,
      });
      return person(name, { accessIdentifier, ...fields });
    },
    async deliver(projectNo, fileId, fields = {}) {
      const row = {
        fileId,
        projectNo,
        objectKey: `projects/${projectNo}/files/${fileId}`,
        state: 'stored',
        size: 10,
        createdAt: 1,
        version: 1,
        ...fields,
      } as FileRow;
      await put(tables.files, row);
      return row;
    },
    ask(request, body, as = null) {
      const [, method = '', target = ''] = /^(\S+) (.*)$/.exec(request) ?? [];
      const [path = '', query = ''] = target.split('?');
      const token = typeof as === 'string' ? as : as?.token;
      return send(handler, {
        method,
        path: `/uws${path}`,
        query,
        headers: token === undefined ? {} : { 'uws-authorization': `Token ${token}` },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
    },
    async upload(path, files, as) {
      const form = new FormData();
      for (const [field, name, content] of files) form.append(field, new File([content], name));
      const { headers, ...request } = await formRequest(form);
      const token = { 'uws-authorization': `Token ${as.token}` };
      return send(handler, { method: 'PUT', path: `/uws${path}`, headers: { ...headers, ...token }, ...request });
    },
  };
}

/** The answer that the documented API calls ok. */
export const ok = (message: string) => ({
  status: 200,
  body: expect.objectContaining({ success: true, message }),
});

export const refused = (status: number, message: unknown = expect.any(String)) => ({
  status,
  body: { success: false, message },
});
