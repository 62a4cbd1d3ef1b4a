import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { hour } from '../support/world.ts';
import { createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

const idOf = (projectNo: string) => `dst-${Buffer.from(projectNo).toString('base64url')}`;

/** Two projects of DST. Two researchers have an access to the first one, a third one to the other. */
async function setUp() {
  const api = createProcessesApi(await createWorld());
  const { world } = api;
  const send = async (type: Parameters<typeof world.portal.send>[0], data: object) => {
    await world.portal.send(type, data);
    await world.run();
  };
  for (const projectNo of ['1001', '1002']) await world.portal.send('CreateProject', { projectNo });
  for (const [accessIdentifier, projectNo] of Object.entries({ a: '1001', b: '1001', c: '1002' }))
    await world.portal.send('CreateProjectAccess', { projectNo, accessIdentifier });
  await world.run();
  const signIn = async (access: string) => {
    const rows = (await world.rows.accounts()) as unknown as { account: string; accessIdentifier?: string }[];
    return api.signIn(rows.find(({ accessIdentifier }) => accessIdentifier === access)?.account ?? '');
  };
  const [ann, bea, cid] = [await signIn('a'), await signIn('b'), await signIn('c')];
  const root = await api.signUp('root', { permissions: ['operator'] });
  const listed = async (who: typeof ann) =>
    Object((await api.ask(who, 'GET getFlatProjects')).body).projects.map(
      ({ projectID }: { projectID: string }) => projectID,
    );
  return { ...api, send, signInAs: signIn, ann, bea, cid, root, listed };
}

describe('a project of DST', () => {
  it('is among the projects of whoever has an enabled access to it, for as long as that is', async () => {
    const { ask, send, signInAs, ann, bea, cid, createProcess, listed } = await setUp();
    const projectID = idOf('1001');
    expect(await listed(ann)).toEqual([projectID]);
    expect(await listed(cid)).toEqual([idOf('1002')]);
    const order = await createProcess(ann, projectID);
    await order.change({ messages: { text: 'Shall we?' } }, bea);
    expect(await order.read(bea)).toMatchObject({ messages: { messages: [{ text: 'Shall we?' }] } });
    expect(await ask(bea, `GET getProject/${projectID}`)).toMatchObject({
      status: 200,
      body: { details: { title: '1001' }, processes: [{ processID: order.processID }] },
    });
    expect(await ask(cid, `GET getProject/${projectID}`)).toMatchObject({ status: 404 });
    expect(await ask(ann, `DELETE deleteProjects?projectIDs=${projectID}`)).toMatchObject({ status: 409 });

    await send('DisableProjectAccess', { accessIdentifier: 'b' });
    expect((await ask(bea, `GET getProject/${projectID}`)).status).toBe(401);
    expect(await listed(ann)).toEqual([projectID]);
    await send('EnableProjectAccess', { accessIdentifier: 'b' });
    expect(await listed(await signInAs('b'))).toEqual([projectID]);
  });

  it('takes its processes with it when DST deletes it, and their histories say why', async () => {
    const { world, ask, send, ann, cid, root, createProcess, listed } = await setUp();
    const order = await createProcess(ann, idOf('1001'));
    await order.change({ messages: { text: 'private words' } });
    const other = await createProcess(cid, idOf('1002'));
    await send('DeleteProject', { projectNo: '1001' });
    expect((await ask(ann, `GET getProject/${idOf('1001')}`)).status).toBe(401);
    expect(await ask(root, `GET getProject/${idOf('1001')}`)).toMatchObject({ status: 404 });
    const { history } = Object((await ask(root, `GET process/history/get/${order.processID}`)).body);
    expect(history.slice(-2)).toMatchObject([
      {
        event: 'status changed',
        data: { value: 1300 },
        details: { reason: 'Statistics Denmark has deleted the project' },
      },
      { event: 'deleted' },
    ]);
    const rows = JSON.stringify(await world.rows.all('processes'));
    expect(rows).not.toContain('private words');
    expect(rows).not.toContain(order.processID);
    expect(await listed(cid)).toEqual([idOf('1002')]);
    expect(await other.read()).toMatchObject({ statusName: 'DRAFT' });
  });

  it('is described by those who have access to it, also one whose number a project had before', async () => {
    const { ask, send, signInAs, ann, createProcess } = await setUp();
    const projectID = idOf('1001');
    const title = (by: typeof ann, text: string) =>
      ask(by, 'PATCH updateProject', { projectID, changes: { details: { title: text } } });
    expect(await title(ann, 'first')).toMatchObject({ status: 200 });
    await createProcess(ann, projectID);
    await send('DeleteProject', { projectNo: '1001' });
    await send('CreateProject', { projectNo: '1001' });
    await send('CreateProjectAccess', { projectNo: '1001', accessIdentifier: 'd' });
    const dan = await signInAs('d');
    expect(await ask(dan, `GET getProject/${projectID}`)).toMatchObject({ body: { details: { title: '1001' } } });
    expect(await title(dan, 'second')).toMatchObject({ status: 200 });
    expect(await ask(dan, `GET getProject/${projectID}`)).toMatchObject({ body: { details: { title: 'second' } } });
  });

  it('that DST deletes at the same moment is not described any more', async () => {
    const { world, ask, send, ann } = await setUp();
    let isDeleted = false;
    world.outside.before = async ({ name, input }) => {
      if (isDeleted || !name.startsWith('TransactWrite') || !JSON.stringify(input).includes('private title')) return;
      isDeleted = true;
      await send('DeleteProject', { projectNo: '1001' });
    };
    const changes = { details: { title: 'private title' } };
    expect(await ask(ann, 'PATCH updateProject', { projectID: idOf('1001'), changes })).toMatchObject({ status: 404 });
    expect(isDeleted).toBe(true);
    expect(JSON.stringify(await world.rows.all('processes'))).not.toContain('private title');
  });

  it('shows what a project had of whose number it is to nobody but operators', async () => {
    const { ask, send, signInAs, ann, root, createProcess } = await setUp();
    const [order, gone] = [await createProcess(ann, idOf('1001')), await createProcess(ann, idOf('1001'))];
    await ask(ann, `DELETE deleteProcesses/${gone.projectID}?processIDs=${gone.processID}`);
    expect((await ask(ann, `GET getProcessHistory/${gone.processID}`)).status).toBe(200);
    await send('DeleteProject', { projectNo: '1001' });
    await send('CreateProject', { projectNo: '1001' });
    await send('CreateProjectAccess', { projectNo: '1001', accessIdentifier: 'd' });
    const dan = await signInAs('d');
    for (const { processID } of [order, gone]) {
      expect(await ask(dan, `GET getProcessHistory/${processID}`)).toMatchObject({ status: 404 });
      expect(await ask(root, `GET getProcessHistory/${processID}`)).toMatchObject({ status: 200 });
    }
    const own = await createProcess(dan, idOf('1001'));
    await ask(dan, `DELETE deleteProcesses/${own.projectID}?processIDs=${own.processID}`);
    expect(await ask(dan, `GET getProcessHistory/${own.processID}`)).toMatchObject({ status: 200 });
  });

  it('has processes of its own, though a request has the key of one in a project that had its number', async () => {
    const { ask, send, signInAs, ann, world } = await setUp();
    const key = { headers: { 'idempotency-key': 'first' } };
    const create = async (who: typeof ann) =>
      Object((await ask(who, `GET createProcessID/${idOf('1001')}`, undefined, key)).body).processID;
    const former = await create(ann);
    expect(await create(ann)).toBe(former);
    await send('DeleteProject', { projectNo: '1001' });
    world.clock.advance(hour);
    await send('CreateProject', { projectNo: '1001' });
    await send('CreateProjectAccess', { projectNo: '1001', accessIdentifier: 'd' });
    const dan = await signInAs('d');
    const later = await create(dan);
    expect(later).not.toBe(former);
    expect(await create(dan)).toBe(later);
    expect(await ask(dan, `GET process/get/${idOf('1001')}/${later}`)).toMatchObject({ status: 200 });
  });
});
