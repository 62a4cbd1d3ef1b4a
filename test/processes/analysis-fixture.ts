import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, inject } from 'vitest';
import { allServices } from '../../shared/processes/services/all.ts';
import { doExecution, executionInput } from '../../shared/processes/verification/do-work.ts';
import type { JobsContext } from '../../shared/workspaces/jobs/context.ts';
import { finishJob } from '../../shared/workspaces/jobs/end.ts';
import { launchJob } from '../../shared/workspaces/jobs/launch.ts';
import { watchJob } from '../../shared/workspaces/jobs/watch.ts';
import { createResources } from '../../shared/workspaces/resources/all.ts';
import type { World } from '../support/world.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

/** A client with an access to a project of DST, in which a file was delivered, and a contractor. */
export async function createAnalyses(world: World) {
  const api = createProcessesApi(world, allServices);
  const { context } = api;
  await world.portal.send('CreateProject', { projectNo: 'p' });
  await world.portal.send('CreateProjectAccess', { projectNo: 'p', accessIdentifier: 'a' });
  await world.run();
  const [row] = (await world.rows.accounts()) as unknown as { account: string }[];
  const name = row?.account ?? '';
  const ann = await api.signIn(name);
  const con = await api.signUp('con');
  const contractor = await api.organize('Data managers', ['con'], [1]);
  const Bucket = world.filesBucket;
  const delivered = {
    fileId: 'register.csv',
    projectNo: 'p',
    objectKey: 'projects/p/files/register.csv',
    state: 'stored',
    size: 5,
    createdAt: 1,
    version: 1,
  };
  await context.db.send(new PutCommand({ TableName: world.tables.files, Item: delivered }));
  await world.s3.send(new PutObjectCommand({ Bucket, Key: delivered.objectKey, Body: '1,2,3' }));

  /** Does the executions that were started and not done yet. */
  let done = 0;
  async function work() {
    for (; done < world.executions.length; done++) {
      const { input } = Object(world.executions[done]);
      const parsed = executionInput.safeParse(typeof input === 'string' ? JSON.parse(input) : undefined);
      if (parsed.success) await doExecution(context, parsed.data);
    }
  }

  /** An order with a script, up to the client's acceptance of the offer. */
  async function order(
    script: string,
    details: object = {},
    by = ann,
    { projectID, accepts }: { projectID?: string; accepts?: Asker } = {},
  ) {
    const created = await api.createProcess(by, projectID);
    await created.change({ serviceType: 1 });
    const form = new FormData();
    for (const [field, value] of Object.entries({ projectID: created.projectID, processID: created.processID }))
      form.append(field, value);
    form.append('file', new File([script], 'run.sh'));
    await api.ask(by, 'POST uploadModel', form);
    const resources = { cpus: 1, memoryGiB: 1, hours: 1 };
    await created.change({ serviceDetails: { resources, ...details }, provisionalContractor: contractor });
    expect(await api.ask(by, 'PATCH verifyProject', { ...created.ids, send: true })).toMatchObject({ status: 200 });
    await work();
    expect(await created.read()).toMatchObject({ statusName: 'REQUESTED' });
    await created.press('CONFIRMED_BY_CONTRACTOR', con);
    expect(await created.press('CONFIRMED_BY_CLIENT', accepts)).toMatchObject({ status: 200 });
    return created;
  }

  const resource = createResources({
    configuration: context.workspaces.configuration,
    s3: world.s3,
    buckets: { workspaces: Bucket, files: Bucket },
    jobsDirectory: mkdtempSync(join(inject('directory'), 'jobs-')),
    readSecret: async () => '',
  });
  const jobs: JobsContext = { ...context.workspaces, newToken: () => 'token', resource };

  /** Runs the jobs that were started, as their executions do. @param rounds looks at each, at most */
  async function runJobs(rounds = 1_000) {
    for (const id of api.startedJobs.splice(0)) {
      const steps = { watch: watchJob, end: finishJob };
      let step = await launchJob(jobs, id);
      for (let round = 0; step.next !== 'stop' && round < rounds; round++) {
        step = await steps[step.next](jobs, id);
        if (step.next === 'watch') await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  const rowsOf = (table: 'workspaces' | 'processes', prefix: RegExp) =>
    world.rows.all(table).then((rows) => rows.filter(({ item }) => prefix.test(String(item))));

  return { ...api, name, ann, con, contractor, order, work, jobs, runJobs, rowsOf };
}
