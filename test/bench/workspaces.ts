import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { AccountRow } from '../../shared/accounts/account.ts';
import { authenticator } from '../../shared/accounts/caller.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import { http } from '../../shared/api/http.ts';
import { batchPut } from '../../shared/platform/dynamodb.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import type { WorkspacesContext } from '../../shared/workspaces/context.ts';
import { workspacesDialect } from '../../shared/workspaces/dialect.ts';
import { readJob } from '../../shared/workspaces/find.ts';
import { jobKey } from '../../shared/workspaces/keys.ts';
import { allWorkspaceRoutes } from '../../shared/workspaces/routes.ts';
import { userOf } from '../../shared/workspaces/users.ts';
import { send } from '../api/requests.ts';
import { startCountedServices } from './counted-services.ts';

/** Milliseconds and request units of DynamoDB. */
export interface WorkspacesTime {
  what: string;
  milliseconds: number;
  readUnits: number;
  writeUnits: number;
}

const projectNo = '1001';
const links = 100;
const files = 10;
const jobs = 100;
const listedJobs = 10_000;
const pageSize = 1_000;
const rounds = 10;

/**
 * Requests to the HTTP API of workspaces, in this process: a workspace with 100 links and 10 files, a job of 100, all pages of
 * 10,000 jobs.
 *
 * @returns times and units of one of each
 */
export async function measureWorkspaces(): Promise<{ times: WorkspacesTime[]; scans: number }> {
  await using started = new AsyncDisposableStack();
  const { context: services, s3, createBucket, units } = await startCountedServices(started);
  const bucket = 'workspaces';
  await createBucket(bucket);
  const context: WorkspacesContext = {
    ...services,
    workspacesBucket: { s3, name: bucket },
    configuration: readConfiguration(configuration),
    jobsUrl: '',
    jobs: { start: async () => {}, stop: async () => {} },
  };
  const { token, account } = await signIn(context);
  const handler = http({ ...context, authenticate: authenticator(context) }, allWorkspaceRoutes, workspacesDialect);
  const ask = async (method: string, path: string, body?: object, query = ''): Promise<unknown> => {
    const headers = { 'uws-authorization': `Token ${token}` };
    const answer = await send(handler, {
      method,
      path: `/uws${path}`,
      query,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  async function measure(
    what: string,
    count: number,
    run: (round: number) => Promise<unknown>,
  ): Promise<WorkspacesTime> {
    const { read, write } = units;
    const begun = performance.now();
    for (let round = 0; round < count; round++) await run(round);
    return {
      what,
      milliseconds: (performance.now() - begun) / count,
      readUnits: (units.read - read) / count,
      writeUnits: (units.write - write) / count,
    };
  }

  const create = () => ask('POST', '/workspaces', workspace());
  const created = z.object({ data: z.object({ workspace: z.object({ id: z.number() }) }) });
  const { id } = created.parse(await create()).data.workspace;
  const creation = await measure(`a workspace with ${links} links and ${files} files`, rounds, create);
  const start = () => ask('PUT', `/workspaces/${id}/start`, { job_type: 'batch', job_details: { script: 'run-0.sh' } });
  await start();
  const starts = await measure(`a start of ${jobs}`, jobs, start);
  const { userId } = await userOf(context, account);
  await addJobs(context, userId);
  let listed = 0;
  const list = await measure(`${listedJobs} jobs by pages of ${pageSize}`, 1, async () => {
    let before = '';
    do {
      const { data } = page.parse(await ask('GET', '/jobs', undefined, `limit=${pageSize}${before}`));
      listed += data.jobs.length;
      before = data.next === undefined ? '' : `&before=${data.next}`;
    } while (before !== '');
  });
  if (listed < listedJobs) throw new Error(`Only ${listed} jobs were listed`);
  return { times: [creation, starts, list], scans: units.scans };
}

const page = z.object({ data: z.object({ jobs: z.array(z.unknown()), next: z.number().optional() }) });

const configuration = {
  available_job_types: { batch: { name: 'Batch', job_type: 'batch' } },
  available_resources: {
    local: {
      name: 'Local',
      resource_type: 'local',
      capabilities: { gpu_enabled: false, max_cpus: 16, max_memory_mb: 131_072, max_time_minutes: 720 },
      selection_criteria: { priority: 1 },
    },
  },
  limits: { user: { max_concurrent_jobs: 100_000, max_disk_space: 1e12, max_core_hours: 1e6 } },
};

const workspace = () => ({
  name: 'Heart study',
  description: 'Cohort of 2024',
  workspace_details: {
    symlinks: Array.from({ length: links }, (_, index) => ({
      name: `data/${index}`,
      source_path: `projects/${projectNo}/file-${index}`,
    })),
    files: Array.from({ length: files }, (_, index) => ({ name: `run-${index}.sh`, content: 'x'.repeat(10_000) })),
  },
});

/** Puts an account with an access to a project, and the files of the project. */
async function signIn(context: WorkspacesContext): Promise<{ token: string; account: AccountRow }> {
  const { db, clock, tables } = context;
  const put = (TableName: string, Item: object) => db.send(new PutCommand({ TableName, Item: { ...Item } }));
  const account: AccountRow = {
    account: 'x',
    userName: 'x',
    accessIdentifier: 'access',
    passwordGenerated: false,
    changePassword: false,
    blockLogin: false,
    permissions: [],
    generation: 'first',
    createdAt: 0,
    version: 1,
  };
  await put(tables.accounts, account);
  await put(tables.projects, { projectNo, state: 'active', createdAt: 0, version: 1 });
  await put(tables.users, { accessIdentifier: 'access', projectNo, loginName: 'x', enabled: true, version: 1 });
  const delivered = Array.from({ length: links }, (_, index) => ({
    fileId: `file-${index}`,
    projectNo,
    objectKey: `projects/${projectNo}/files/file-${index}`,
    state: 'stored',
    size: 10,
    createdAt: 1,
    version: 1,
  }));
  await batchPut(db, clock, tables.files, delivered);
  const { token } = await beginSession(context, account, { restricted: false, refreshable: false, address: '' });
  return { token, account };
}

/** Copies the first job until there are enough. */
async function addJobs(context: WorkspacesContext, userId: number): Promise<void> {
  const first = await readJob(context, { userId, jobId: 1 });
  const rows = Array.from({ length: listedJobs }, (_, index) => {
    const jobId = 1_000 + index;
    return { ...first, ...jobKey({ userId, jobId }), jobId };
  });
  await batchPut(context.db, context.clock, context.tables.workspaces, rows);
}
