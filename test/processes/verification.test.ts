import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { registerResult } from '../../shared/files/outbox/register.ts';
import type { ProcessContext } from '../../shared/processes/context.ts';
import { allServices } from '../../shared/processes/services/all.ts';
import { type Service, serviceRegistry } from '../../shared/processes/services/service.ts';
import { sweep } from '../../shared/processes/sweep.ts';
import { doExecution, executionInput, failExecution } from '../../shared/processes/verification/do-work.ts';
import { useWorlds } from '../support/setup.ts';
import { minute } from '../support/world.ts';
import { createProcessesApi } from './processes-api.ts';
import { printing } from './test-service.ts';

const createWorld = useWorlds();

const never = Number.POSITIVE_INFINITY;

/** A service whose checks say what a test wants. */
const checked = (run: () => Promise<{ passed: boolean; message: string }>): Service<ProcessContext> => ({
  ...printing,
  checks: [{ name: 'Everything', run }],
});

/** A process that is ready to be verified. @param run the only check */
async function setUp(
  run: () => Promise<{ passed: boolean; message: string }> = async () => ({ passed: true, message: 'Fine' }),
) {
  const api = createProcessesApi(await createWorld(), serviceRegistry([checked(run)]));
  const { world, context } = api;
  const ann = await api.signUp('ann');
  await api.signUp('con');
  const contractor = await api.organize('Printers', ['con']);
  const order = await api.createProcess(ann);
  await order.change({ serviceType: 1, serviceDetails: { model: 'm', material: 'PLA' } });
  await order.change({ provisionalContractor: contractor });
  const verify = (send: boolean) => api.ask(ann, 'PATCH verifyProject', { ...order.ids, send });
  const started = () =>
    world.executions
      .map((each) => Object(each) as { name: string; input: string })
      .filter(({ input }) => input !== undefined);
  const inputs = () => started().map(({ input }) => executionInput.parse(JSON.parse(input)));
  const runLast = async () => {
    const input = inputs().at(-1);
    if (!input) throw new Error('No execution was started');
    await doExecution(context, input);
  };
  const status = async () => (await order.read()).statusName;
  return { ...api, ann, order, verify, inputs, runLast, status, started };
}

describe('a verification', () => {
  it('is an execution of its own, whose results the process has', async () => {
    const { order, verify, runLast, started, status } = await setUp();
    expect(await verify(false)).toMatchObject({ status: 200 });
    expect(started()).toHaveLength(1);
    expect(await status()).toBe('VERIFYING');
    await runLast();
    expect(await order.read()).toMatchObject({
      statusName: 'VERIFIED',
      verification: { attempt: 1, state: 'passed', results: [{ check: 'Everything', passed: true, message: 'Fine' }] },
    });
    const events = (await order.history()).map(({ event }) => event);
    expect(events).toEqual(expect.arrayContaining(['verification started', 'verification ended']));
  });

  it('that fails leads back to the client, with what is wrong', async () => {
    const { order, verify, runLast } = await setUp(async () => ({ passed: false, message: 'Too thin' }));
    await verify(true);
    await runLast();
    expect(await order.read()).toMatchObject({
      statusName: 'SERVICE_COMPLICATION',
      verification: { state: 'failed', results: [{ passed: false, message: 'Too thin' }] },
    });
  });

  it('is followed by sending where that was asked for, once', async () => {
    const { order, verify, runLast, status } = await setUp();
    await verify(true);
    await Promise.all([runLast(), runLast()]);
    expect(await status()).toBe('REQUESTED');
    const ended = (await order.history()).filter(({ event }) => event === 'verification ended');
    expect(ended).toHaveLength(1);
  });

  it('counts for nothing after a step back, nor in a later attempt', async () => {
    const { ask, ann, order, verify, inputs, context, status } = await setUp();
    await verify(true);
    const [first] = inputs();
    const back = { ...order.ids, buttonData: { type: 'backstepStatus', targetStatus: 'CONTRACTOR_SELECTED' } };
    await ask(ann, 'POST states/buttons/get', back);
    expect(await status()).toBe('CONTRACTOR_SELECTED');
    if (first) await doExecution(context, first);
    expect(await status()).toBe('CONTRACTOR_SELECTED');
    await verify(false);
    if (first) await doExecution(context, first);
    expect(await status()).toBe('VERIFYING');
    expect(await order.read()).toMatchObject({ verification: { attempt: 2, state: 'running' } });
  });

  it('counts for nothing when the order was changed meanwhile, but a message changes nothing', async () => {
    const { order, verify, runLast, status } = await setUp();
    await verify(true);
    await order.change({ messages: { text: 'Please hurry' } });
    expect(await status()).toBe('VERIFYING');
    await order.change({ serviceDetails: { material: 'ABS' } });
    expect(await status()).toBe('CONTRACTOR_SELECTED');
    await runLast();
    expect(await status()).toBe('CONTRACTOR_SELECTED');
  });

  it('ends when its time is over, and when its checks cannot be carried out', async () => {
    const { world, context, order, verify, status, inputs } = await setUp();
    await verify(false);
    world.clock.advance(20 * minute);
    await sweep(context, never);
    expect(await order.read()).toMatchObject({ statusName: 'SERVICE_COMPLICATION', verification: { state: 'failed' } });
    await order.change({ serviceDetails: { material: 'ABS' } });
    await verify(false);
    const input = inputs().at(-1);
    if (input) await failExecution(context, input);
    expect(await status()).toBe('SERVICE_COMPLICATION');
  });

  it('whose execution was lost is started again by the sweep', async () => {
    const { world, context, verify, started, runLast, status } = await setUp();
    await verify(false);
    world.clock.advance(2 * minute);
    await sweep(context, never);
    expect(new Set(started().map(({ name }) => name)).size).toBe(1);
    expect(started()).toHaveLength(2);
    await runLast();
    expect(await status()).toBe('VERIFIED');
    world.clock.advance(2 * minute);
    await sweep(context, never);
    expect((await world.rows.all('processes')).filter(({ scope }) => scope === 'work')).toEqual([]);
  });

  it('whose execution was lost is started again when somebody looks, and not before it may have begun', async () => {
    const { world, ask, ann, order, verify, started, runLast, status } = await setUp();
    await verify(true);
    await order.read();
    expect(started()).toHaveLength(1);
    world.clock.advance(minute / 2);
    await order.read();
    expect(started()).toHaveLength(2);
    await ask(ann, `GET getProject/${order.projectID}`);
    expect(new Set(started().map(({ name }) => name)).size).toBe(1);
    await runLast();
    expect(await status()).toBe('REQUESTED');
  });

  it('of a process that was deleted ends nothing', async () => {
    const { ask, ann, order, verify, runLast } = await setUp();
    await verify(true);
    await ask(ann, `DELETE deleteProcesses/${order.projectID}?processIDs=${order.processID}`);
    await runLast();
    expect((await order.history()).at(-1)?.event).toBe('deleted');
  });
});

describe('the service', () => {
  async function dstClient(serviceType: number) {
    const api = createProcessesApi(await createWorld(), allServices);
    const { world } = api;
    await world.portal.send('CreateProject', { projectNo: 'p' });
    await world.portal.send('CreateProjectAccess', { projectNo: 'p', accessIdentifier: 'a' });
    await world.run();
    const [row] = (await world.rows.accounts()) as unknown as { account: string }[];
    const ann = await api.signIn(row?.account ?? '');
    await api.signUp('con');
    const con = await api.signIn('con');
    const contractor = await api.organize('Data managers', ['con'], [1, 2]);
    const order = await api.createProcess(ann);
    await order.change({ serviceType });
    const upload = async (name: string, path = 'uploadFiles') => {
      const form = new FormData();
      for (const [field, value] of Object.entries({ projectID: order.projectID, processID: order.processID }))
        form.append(field, value);
      form.append('file', new File([name], name));
      return api.ask(ann, `POST ${path}`, form);
    };
    const work = async () => {
      const inputs = world.executions.map((each) => Object(each).input as string | undefined);
      const input = executionInput.parse(JSON.parse(inputs.findLast((text) => text?.includes('"kind"')) ?? ''));
      await doExecution(api.context, input);
    };
    return { ...api, ann, con, contractor, order, upload, work };
  }

  it('EXPORT puts the files that people have looked at into the outbox, and shows their way to DST', async () => {
    const { world, ask, ann, con, contractor, order, upload, work } = await dstClient(2);
    await upload('table.csv');
    await upload('not meant.csv');
    const files = Object.values(Object((await order.read()).files)) as { id: string; fileName: string }[];
    const chosen = files.find(({ fileName }) => fileName === 'table.csv')?.id ?? '';
    expect(await order.change({ serviceDetails: { unknown: 1 } })).toMatchObject({ status: 400 });
    await order.change({ serviceDetails: { files: [chosen] }, provisionalContractor: contractor });
    expect((await ask(ann, 'PATCH verifyProject', { ...order.ids, send: true })).body).toMatchObject({
      missing: expect.arrayContaining([expect.objectContaining({ key: 'Service-Purpose' })]),
    });
    await order.change({ serviceDetails: { purpose: 'A table for the paper' } });
    expect(await ask(ann, 'PATCH verifyProject', { ...order.ids, send: true })).toMatchObject({ status: 200 });
    await work();
    expect((await order.read()).statusName).toBe('REQUESTED');
    expect(await order.change({ serviceDetails: { files: files.map(({ id }) => id) } })).toMatchObject({ status: 409 });
    expect(await ask(ann, `DELETE deleteFile/${order.processID}/${chosen}`)).toMatchObject({ status: 409 });
    expect((await ask(con, `GET downloadFile/${order.processID}/${chosen}`)).body).toEqual(Buffer.from('table.csv'));
    await order.press('CONFIRMED_BY_CONTRACTOR', con);
    await order.press('CONFIRMED_BY_CLIENT');
    expect(await order.press('PRODUCTION', con)).toMatchObject({ status: 200 });
    await work();
    const key = `outbox/p/${chosen.slice(0, 8)}-table.csv`;
    expect((await order.read()).service).toMatchObject({
      export: [{ fileID: chosen, fileName: 'table.csv', state: 'waiting' }],
    });
    await registerResult({ ...world.context, bucket: { s3: world.s3, name: world.filesBucket } }, key);
    expect((await order.read()).service).toMatchObject({ export: [{ state: 'pending' }] });
    // Repeated, nothing is sent twice.
    await work();
    expect((await world.rows.all('files')).map(({ fileId }) => fileId)).toEqual([key]);
  });

  it('EXPORT puts nothing more into the outbox when another project has the number', async () => {
    const { world, ask, ann, con, contractor, order, upload, work } = await dstClient(2);
    await upload('first.csv');
    await upload('second.csv');
    const files = Object.keys(Object((await order.read()).files));
    const serviceDetails = { files, purpose: 'Tables for the paper' };
    await order.change({ serviceDetails, provisionalContractor: contractor });
    await ask(ann, 'PATCH verifyProject', { ...order.ids, send: true });
    await work();
    await order.press('CONFIRMED_BY_CONTRACTOR', con);
    await order.press('CONFIRMED_BY_CLIENT');
    await order.press('PRODUCTION', con);
    let copies = 0;
    world.outside.after = async ({ name }) => {
      if (!name.includes('CopyObject') || ++copies > 1) return;
      await world.portal.send('DeleteProject', { projectNo: 'p' });
      await world.run();
      await world.portal.send('CreateProject', { projectNo: 'p' });
      await world.run();
    };
    await work();
    expect(await world.rows.all('projects')).toMatchObject([{ projectNo: 'p', state: 'active' }]);
    const outbox = await world.s3.send(new ListObjectsV2Command({ Bucket: world.filesBucket, Prefix: 'outbox/p/' }));
    expect(outbox.Contents ?? []).toEqual([]);
  });

  it('is on the list, with the schema of its details', async () => {
    const { ask } = await dstClient(1);
    expect((await ask({}, 'GET getServices')).body).toMatchObject({
      0: { name: 'NONE', identifier: 0 },
      1: { name: 'ANALYSIS', identifier: 1, details: { type: 'object', additionalProperties: false } },
      2: { name: 'EXPORT', identifier: 2 },
    });
  });

  it('has contractors, once it is chosen', async () => {
    const { ask, ann, order, contractor, createProcess, organize } = await dstClient(2);
    await organize('Others', [], [1]);
    expect((await ask(ann, `GET getContractors/${order.processID}`)).body).toEqual([
      { hashedID: contractor, name: 'Data managers', details: { adress: '' } },
    ]);
    expect((await ask(ann, `GET process/contractors/get/${order.processID}`)).body).toEqual({
      contractors: [{ hashedID: contractor, name: 'Data managers' }],
      errors: [],
    });
    const draft = await createProcess(ann);
    expect(await ask(ann, `GET getContractors/${draft.processID}`)).toMatchObject({ status: 400 });
    expect(await ask(ann, 'GET getContractors/unknown')).toMatchObject({ status: 404 });
    expect(await ask({}, `GET getContractors/${order.processID}`)).toMatchObject({ status: 401 });
  });
});
