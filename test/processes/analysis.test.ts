import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { readAccount } from '../../shared/accounts/account.ts';
import { putFiles } from '../../shared/workspaces/files.ts';
import { useWorlds } from '../support/setup.ts';
import { createAnalyses } from './analysis-fixture.ts';

const createWorld = useWorlds();

describe('an analysis', () => {
  it('becomes a job on its script and the delivered files, whose state, log and results both parties see', async () => {
    const { context, con, order, work, runJobs, rowsOf } = await createAnalyses(await createWorld());
    const script = 'wc -c <inputs/register.csv; echo careful >&2; echo 42 >answer.txt';
    const { press, read, history } = await order(script, { inputs: ['register.csv'] });
    expect(await press('PRODUCTION', con)).toMatchObject({ status: 200 });
    expect(await read()).toMatchObject({
      statusName: 'PRODUCTION',
      serviceStatus: 1,
      service: { analysis: { state: 'pending', log: { stdout: '', stderr: '' }, results: [] } },
    });
    expect(await press('DELIVERY', con)).toMatchObject({ status: 409, body: { missing: [{ key: 'Service-Job' }] } });
    await work();
    await runJobs();
    await work();
    const [job] = await rowsOf('workspaces', /^job#/);
    const workspace = { userId: Number(job?.userId), workspaceId: Number(job?.workspaceId) };
    await putFiles(context.workspaces, workspace, [{ name: 'notes of the client', bytes: Buffer.from('mine') }]);
    for (const viewer of [con, undefined]) {
      expect(await read(viewer)).toMatchObject({
        serviceStatus: 2,
        service: {
          analysis: {
            state: 'complete',
            exitCode: 0,
            resource: 'local',
            log: { stdout: '5\n', stderr: 'careful\n' },
            results: [{ name: 'answer.txt', size: 3 }],
          },
        },
      });
    }
    const told = (await history()).filter(({ type, data }) => type === 2 && Object(data).value < 4);
    expect(told.map(({ data }) => Object(data).value).filter((value) => value < 4)).toEqual([1, 2]);
    expect(await press('DELIVERY', con)).toMatchObject({ status: 200 });
    expect(await press('COMPLETED')).toMatchObject({ status: 200 });
    expect((await rowsOf('workspaces', /^usage$/)).map(({ activeJobs }) => activeJobs)).toEqual([0, 0]);
    expect(await rowsOf('processes', /note-job-end|after-step/)).toEqual([]);
  });

  it('in a project of DST is a job of the client who has accepted the offer, with the access of that client', async () => {
    const { world, ask, signIn, name, ann, con, order, rowsOf } = await createAnalyses(await createWorld());
    await world.portal.send('CreateProjectAccess', { projectNo: 'p', accessIdentifier: 'b' });
    await world.run();
    const rows = (await world.rows.accounts()) as unknown as { account: string; accessIdentifier?: string }[];
    const other = rows.find(({ accessIdentifier }) => accessIdentifier === 'b')?.account ?? '';
    const bea = await signIn(other);
    const projectID = `dst-${Buffer.from('p').toString('base64url')}`;
    const { press, processID } = await order('true', { inputs: ['register.csv'] }, ann, { projectID, accepts: bea });
    await world.portal.send('DisableProjectAccess', { accessIdentifier: 'b' });
    await world.run();
    expect(await press('PRODUCTION', con)).toMatchObject({
      status: 409,
      body: { missing: [{ key: 'Service-Project', message: expect.stringContaining(other) }] },
    });
    await world.portal.send('EnableProjectAccess', { accessIdentifier: 'b' });
    await world.run();
    expect(await press('PRODUCTION', con)).toMatchObject({ status: 200 });
    const [job] = await rowsOf('workspaces', /^job#/);
    expect(job).toMatchObject({ account: other, projectNo: 'p', process: { projectID, processID } });
    expect(name).not.toBe(other);
    expect(await ask(ann, `GET process/get/${projectID}/${processID}`)).toMatchObject({
      body: { service: { analysis: { state: 'pending' } } },
    });
  });

  it('begins, too, where it names an input twice', async () => {
    const { con, order, work, runJobs } = await createAnalyses(await createWorld());
    const { press, read } = await order('cat inputs/*', { inputs: ['register.csv', 'register.csv'] });
    expect(await press('PRODUCTION', con)).toMatchObject({ status: 200 });
    await work();
    await runJobs();
    await work();
    expect(await read()).toMatchObject({ service: { analysis: { state: 'complete', log: { stdout: '1,2,3' } } } });
  });

  it('is verified with ids of its inputs in any letter case, and by its result where one is no id', async () => {
    const { context, world, ask, ann, contractor, createProcess, work } = await createAnalyses(await createWorld());
    const fileId = 'abcdef00-0000-4000-8000-000000000001';
    const file = { fileId, projectNo: 'p', objectKey: `projects/p/files/${fileId}`, state: 'stored', createdAt: 1 };
    await context.db.send(new PutCommand({ TableName: world.tables.files, Item: file }));
    const order = await createProcess(ann);
    await order.change({ serviceType: 1 });
    const resources = { cpus: 1, memoryGiB: 1, hours: 1 };
    const verify = async (inputs: string[]) => {
      const serviceDetails = { command: ['true'], image: 'x', resources, inputs };
      await order.change({ serviceDetails, provisionalContractor: contractor });
      await ask(ann, 'PATCH verifyProject', { ...order.ids, send: false });
      await work();
      const { results } = Object((await order.read()).verification);
      return results.find(({ check }: { check: string }) => check === 'Input files are delivered');
    };
    expect(await verify([fileId.toUpperCase(), fileId])).toMatchObject({ passed: true });
    expect(await verify([''])).toMatchObject({ passed: false });
    expect(await verify([fileId, 'none'])).toMatchObject({
      passed: false,
      message: 'Not among the stored files of the project: none',
    });
  });

  it('that fails says why, and leads to no delivery by itself', async () => {
    const { con, order, work, runJobs } = await createAnalyses(await createWorld());
    const { press, read } = await order('', { command: ['sh', '-c', 'echo "$0" >&2; exit 3'] });
    await press('PRODUCTION', con);
    await work();
    await runJobs();
    await work();
    expect(await read()).toMatchObject({
      statusName: 'PRODUCTION',
      serviceStatus: 3,
      service: { analysis: { state: 'failed', exitCode: 3, reason: 'exit code 3', log: { stderr: 'sh\n' } } },
    });
    expect(await press('FAILED', con)).toMatchObject({ status: 200 });
  });

  it('does not begin without what it needs, and says what is missing', async () => {
    const { world, context, name, con, order, rowsOf } = await createAnalyses(await createWorld());
    const { press, read } = await order('true', { inputs: ['register.csv'] });
    const set = (TableName: string, Key: object, field: string, value: unknown) =>
      context.db.send(
        new UpdateCommand({
          TableName,
          Key: { ...Key },
          UpdateExpression: 'SET #field = :value',
          ExpressionAttributeNames: { '#field': field },
          ExpressionAttributeValues: { ':value': value },
        }),
      );
    const refused = (key: string) => ({ status: 409, body: { missing: [{ key }] } });

    const file = { fileId: 'register.csv' };
    await set(world.tables.files, file, 'state', 'deleting');
    expect(await press('PRODUCTION', con)).toMatchObject(refused('Service-Inputs'));
    await set(world.tables.files, file, 'state', 'stored');

    const { accessIdentifier = '' } = (await readAccount(context.db, world.tables.accounts, name)) ?? {};
    await set(world.tables.users, { accessIdentifier }, 'enabled', false);
    expect(await press('PRODUCTION', con)).toMatchObject(refused('Service-Project'));
    await set(world.tables.users, { accessIdentifier }, 'enabled', true);

    const { configuration } = context.workspaces;
    context.workspaces.configuration = { ...configuration, available_resources: {} };
    expect(await press('PRODUCTION', con)).toMatchObject(refused('Service-Resources'));
    const limits = { ...configuration.limits, user: { max_concurrent_jobs: 0 } };
    context.workspaces.configuration = { ...configuration, limits };
    expect(await press('PRODUCTION', con)).toMatchObject(refused('Service-Limits'));
    context.workspaces.configuration = configuration;

    expect(await rowsOf('workspaces', /^(workspace|job)#/)).toEqual([]);
    expect(await read()).toMatchObject({ statusName: 'CONFIRMED_BY_CLIENT' });
    expect(await press('PRODUCTION', con)).toMatchObject({ status: 200 });
  });

  it('with a container image needs a resource that runs them, and asks for one before it is sent', async () => {
    const { context, ask, ann, contractor, createProcess, work } = await createAnalyses(await createWorld());
    const order = await createProcess(ann);
    await order.change({ serviceType: 1 });
    const resources = { cpus: 1, memoryGiB: 1, hours: 1 };
    expect(await order.change({ serviceDetails: { resources: { ...resources, gpus: 2 } } })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('serviceDetails.resources.gpus') },
    });
    const serviceDetails = { image: 'centre/analysis:1', resources };
    await order.change({ serviceDetails, provisionalContractor: contractor });
    await ask(ann, 'PATCH verifyProject', { ...order.ids, send: false });
    await work();
    const check = 'A resource can run it';
    expect(await order.read()).toMatchObject({
      statusName: 'SERVICE_COMPLICATION',
      verification: { results: expect.arrayContaining([expect.objectContaining({ check, passed: false })]) },
    });
    const { configuration } = context.workspaces;
    const command = {
      name: 'Command',
      job_type: 'command' as const,
      environment_details: { local: { containers: 'podman' } },
    };
    context.workspaces.configuration = { ...configuration, available_job_types: { command } };
    await order.change({ serviceDetails: { resources: { ...resources, hours: 2 } } });
    await ask(ann, 'PATCH verifyProject', { ...order.ids, send: false });
    await work();
    expect(await order.read()).toMatchObject({ statusName: 'VERIFIED' });
  });

  it('ends with its order: the contractor reports a failure, and the job stops', async () => {
    const { con, order, work, runJobs, rowsOf, startedJobs } = await createAnalyses(await createWorld());
    const { press, read } = await order('sleep 60');
    await press('PRODUCTION', con);
    await work();
    const [job] = startedJobs;
    await runJobs(3);
    expect(await read()).toMatchObject({ service: { analysis: { state: 'running' } } });
    expect(await press('FAILED', con)).toMatchObject({ status: 200 });
    await work();
    startedJobs.splice(0);
    if (job) startedJobs.push(job);
    await runJobs();
    await work();
    expect(await read()).toMatchObject({
      statusName: 'FAILED',
      service: { analysis: { state: 'complete', reason: 'The order has failed' } },
    });
    expect((await rowsOf('workspaces', /^usage$/)).map(({ activeJobs }) => activeJobs)).toEqual([0, 0]);
  });

  it.each(['before its files are there', 'while its job runs'])(
    'leaves no job behind when it is deleted right after it has failed, %s',
    async (when) => {
      const { con, ask, order, work, runJobs, rowsOf } = await createAnalyses(await createWorld());
      const { press, owner, projectID, processID } = await order('sleep 60');
      await press('PRODUCTION', con);
      if (when === 'while its job runs') {
        await work();
        await runJobs(3);
      }
      expect(await press('FAILED', con)).toMatchObject({ status: 200 });
      const deletion = `DELETE deleteProcesses/${projectID}?processIDs=${processID}`;
      expect(await ask(owner, deletion)).toMatchObject({ status: 200 });
      await work();
      await runJobs();
      expect((await rowsOf('workspaces', /^usage$/)).map(({ activeJobs }) => activeJobs)).toEqual([0, 0]);
      expect((await rowsOf('workspaces', /^workspace#/)).map(({ state }) => state)).toContain('idle');
    },
  );

  it('fails when the access is taken away between its beginning and its files', async () => {
    const { world, context, name, con, order, work, startedJobs } = await createAnalyses(await createWorld());
    const { press, read } = await order('true');
    await press('PRODUCTION', con);
    const { accessIdentifier = '' } = (await readAccount(context.db, world.tables.accounts, name)) ?? {};
    await context.db.send(
      new UpdateCommand({
        TableName: world.tables.users,
        Key: { accessIdentifier },
        UpdateExpression: 'SET enabled = :no',
        ExpressionAttributeValues: { ':no': false },
      }),
    );
    await work();
    expect(startedJobs).toEqual([]);
    expect(await read(con)).toMatchObject({
      serviceStatus: 3,
      service: { analysis: { state: 'failed', reason: expect.stringContaining('no enabled access') } },
    });
  });
});
