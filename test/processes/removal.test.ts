import { describe, expect, it } from 'vitest';
import { sweep } from '../../shared/processes/sweep.ts';
import { useWorlds } from '../support/setup.ts';
import { minute } from '../support/world.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

async function useProject(processes: number, used?: { api: ReturnType<typeof createProcessesApi>; client: Asker }) {
  const api = used?.api ?? createProcessesApi(await createWorld());
  const { world } = api;
  const client = used?.client ?? (await api.signUp('client'));
  const first = await api.createProcess(client);
  await first.change({ messages: { text: 'hello' } });
  const others: string[] = [];
  for (let n = 1; n < processes; n++) {
    others.push(Object((await api.ask(client, `GET createProcessID/${first.projectID}`)).body).processID);
  }
  const remove = (by: Asker = client) => api.ask(by, `DELETE deleteProjects?projectIDs=${first.projectID}`);
  const run = async () => {
    world.clock.advance(2 * minute);
    await sweep(api.context, Number.POSITIVE_INFINITY);
  };
  // But for logs, and that the client has had projects.
  const left = async () =>
    (await world.rows.all('processes')).filter(({ scope }) => !/^(events#|owners)/.test(String(scope)));
  return { world, api, client, first, others, remove, run, left };
}

describe('the deletion of a project', () => {
  it('takes all that is in it, but the histories, which its client still sees', async () => {
    const { world, api, client, first, others, remove, left } = await useProject(12);
    expect(await remove()).toMatchObject({ status: 200, body: 'Success' });
    expect(await left()).toEqual([]);
    for (const processID of [first.processID, ...others]) {
      const events = (await world.rows.history(`process#${processID}`)).map(({ event }) => event);
      expect(events.at(-1)).toBe('deleted');
    }
    const history = await world.rows.history(`process-project#${first.projectID}`);
    expect(history.map(({ event }) => event)).toEqual(['created', 'deletion begun', 'deleted']);
    const request = `GET getProcessHistory/${first.processID}`;
    const shown = await api.ask(client, request);
    expect(shown).toMatchObject({ status: 200, body: { history: [{}, { data: { text: 'hello' } }, { type: 5 }] } });
    expect(await api.ask(await api.signUp('stranger'), request)).toMatchObject({ status: 404 });
    expect(await remove()).toMatchObject({ status: 404 });
  });

  it('that breaks off at any call ends with the sweep, and nobody sees the project meanwhile', async () => {
    let crashes = 0;
    const used = await useProject(0);
    await used.remove();
    for (let call = 1; ; call += 3) {
      const { world, api, client, first, remove, run, left } = await useProject(3, used);
      const crashed = world.outside.crashAt(call, call % 2 === 0 ? 'before' : 'after');
      await remove();
      world.outside.heal();
      if (!crashed()) break;
      crashes += 1;
      const { body } = await api.ask(client, 'GET getFlatProjects');
      const isThere = JSON.stringify(body).includes(first.projectID);
      expect(await api.ask(client, `GET getProject/${first.projectID}`)).toMatchObject({ status: isThere ? 200 : 404 });
      if (isThere) expect(await remove()).toMatchObject({ status: 200 });
      await run();
      expect(await left()).toEqual([]);
      const history = await world.rows.history(`process-project#${first.projectID}`);
      expect(history.map(({ event }) => event)).toEqual(['created', 'deletion begun', 'deleted']);
    }
    expect(crashes).toBeGreaterThan(3);
  });

  it('is refused while an order is under way, and both are refused together', async () => {
    const { api, client } = await useProject(1);
    const clinic = await api.organize('Clinic', ['client']);
    const order = await api.createOrder(client, clinic);
    const free = await api.createProcess(client);
    const both = `DELETE deleteProjects?projectIDs=${free.projectID},${order.projectID}`;
    expect(await api.ask(client, both)).toMatchObject({
      status: 409,
      body: { missing: [{ key: 'Project-Processes' }] },
    });
    expect(await free.read()).toMatchObject({ statusName: 'DRAFT' });
    await order.press('REJECTED_BY_CONTRACTOR');
    expect(await api.ask(client, both)).toMatchObject({ status: 200 });
    expect((await api.ask(client, 'GET getFlatProjects')).body).toMatchObject({ projects: [{}] });
  });

  it('at the same moment as its order is sent leaves a project with its order, or neither', async () => {
    const used = await useProject(0);
    await used.remove();
    const clinic = await used.api.organize('Clinic', ['client']);
    for (let round = 0; round < 5; round++) {
      const { api, client, first, remove, run } = await useProject(1, used);
      await first.change({
        serviceType: 1,
        serviceDetails: { model: 'm', material: 'PLA' },
        provisionalContractor: clinic,
      });
      await first.press('VERIFYING');
      await api.endVerification(first.projectID, first.processID, 'VERIFIED');
      const [sent, removed] = await Promise.all([first.press('REQUESTED'), remove()]);
      await run();
      const shown = await api.ask(client, `GET process/get/${first.projectID}/${first.processID}`);
      if (removed.status === 200) {
        expect(shown.status).toBe(404);
        const left = JSON.stringify(await used.left());
        expect(left).not.toContain(first.processID);
      } else {
        expect([sent.status, removed.status]).toEqual([200, 409]);
        expect(shown.body).toMatchObject({ statusName: 'REQUESTED' });
      }
    }
  });
});

describe('the deletion of projects', () => {
  it('is of as many as one request can take, and refused for more', async () => {
    const api = createProcessesApi(await createWorld());
    const { owner, projectID } = await api.createProcess({});
    const ids = [projectID];
    while (ids.length < 20) ids.push(Object((await api.ask(owner, 'GET createProjectID')).body).projectID);
    const remove = (some: string[]) => api.ask(owner, `DELETE deleteProjects?projectIDs=${some.join(',')}`);
    expect(await remove(ids)).toMatchObject({
      status: 400,
      body: { message: 'These are too many projects for one request' },
    });
    expect(await remove(ids.slice(0, 16))).toMatchObject({ status: 200 });
    expect(Object((await api.ask(owner, 'GET getFlatProjects')).body).projects).toHaveLength(4);
  });
});

describe('the deletion of processes', () => {
  it('is of all of them or of none, and leaves the others', async () => {
    const { api, client, first, others, left } = await useProject(4);
    const remove = (ids: string[]) =>
      api.ask(client, `DELETE deleteProcesses/${first.projectID}?processIDs=${ids.join(',')}`);
    expect(await remove([first.processID, 'unknown'])).toMatchObject({ status: 404 });
    expect(await remove([first.processID, ...others.slice(0, 2)])).toMatchObject({ status: 200 });
    expect(await api.ask(client, `GET getProject/${first.projectID}`)).toMatchObject({
      body: { processes: [{ processID: others[2] }] },
    });
    expect((await api.ask(client, 'GET getFlatProjects')).body).toMatchObject({ projects: [{ processesCount: 1 }] });
    expect((await left()).map(({ item }) => String(item)).filter((item) => item.includes('#message#'))).toEqual([]);
  });
});

describe('lists', () => {
  it('come in pages, the newest first, with each project once', async () => {
    const { world, api, client, first } = await useProject(1);
    const made = [first.projectID];
    for (let n = 0; n < 6; n++) {
      world.clock.advance(1);
      made.push(Object((await api.ask(client, 'GET createProjectID')).body).projectID);
    }
    const found: string[] = [];
    for (let after = ''; ; ) {
      const { projects, next } = Object((await api.ask(client, `GET getFlatProjects?limit=3${after}`)).body);
      expect(projects.length).toBeLessThanOrEqual(3);
      found.push(...projects.map(({ projectID }: { projectID: string }) => projectID));
      if (next === undefined) break;
      after = `&after=${next}`;
    }
    expect(found).toEqual(made.toReversed());
    const tooLong = Buffer.from(`${'0'.repeat(15)}#${'p'.repeat(1_024)}`).toString('base64url');
    for (const cursor of ['nonsense', tooLong])
      expect(await api.ask(client, `GET getFlatProjects?after=${cursor}`)).toMatchObject({ status: 400 });
  });

  it('have a project with all that was sent to any organization of the viewer', async () => {
    const api = createProcessesApi(await createWorld());
    const [client, con] = [await api.signUp('client'), await api.signUp('con')];
    const order = await api.createOrder(client, await api.organize('First', ['con']));
    const other = await api.createProcess(client, order.projectID);
    const serviceDetails = { model: 'm', material: 'PLA' };
    await other.change({ serviceType: 1, serviceDetails });
    await other.change({ provisionalContractor: await api.organize('Second', ['con']) });
    await other.press('VERIFYING');
    await api.endVerification(other.projectID, other.processID, 'VERIFIED');
    await other.press('REQUESTED');
    api.world.clock.advance(minute);
    const own = await api.createProcess(con);
    const { projects } = Object((await api.ask(con, 'GET getFlatProjects')).body);
    const { projectID } = order;
    expect(projects).toMatchObject([
      { projectID: own.projectID, processesCount: 1, owner: true },
      { projectID, processesCount: 2, owner: false },
    ]);
    const retrieved = Object((await api.ask(con, 'GET retrieveProjects')).body);
    expect(retrieved.map(({ processes }: { processes: unknown[] }) => processes.length)).toEqual([1, 2]);
  });

  it('of processes come in pages, too, and so does a history', async () => {
    const { api, client, first, others } = await useProject(7);
    const found: string[] = [];
    for (let after = ''; ; ) {
      const { processes, next } = Object(
        (await api.ask(client, `GET getProject/${first.projectID}?limit=3${after}`)).body,
      );
      found.push(...processes.map(({ processID }: { processID: string }) => processID));
      if (next === undefined) break;
      after = `&after=${next}`;
    }
    expect(found.toSorted()).toEqual([first.processID, ...others].toSorted());
    const page = await api.ask(client, `GET getProcessHistory/${first.processID}?limit=1&after=1`);
    expect(page.body).toMatchObject({ history: [{ data: { text: 'hello' } }] });
  });

  it('of processes stop where an answer is full, also of what each says of its project', async () => {
    const { api, client, first, others } = await useProject(130);
    const { projectID } = first;
    const changes = { details: { text: '€'.repeat(19_900) } };
    expect(await api.ask(client, 'PATCH updateProject', { projectID, changes })).toMatchObject({ status: 200 });
    for (const path of ['getProject', 'project/get']) {
      const found: string[] = [];
      for (let after = ''; ; ) {
        const { status, body } = await api.ask(client, `GET ${path}/${projectID}${after}`);
        expect(status).toBe(200);
        const { processes, next } = Object(body);
        expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(6_000_000);
        found.push(...processes.map(({ processID }: { processID: string }) => processID));
        if (next === undefined) break;
        after = `?after=${next}`;
      }
      expect(found.toSorted()).toEqual([first.processID, ...others].toSorted());
    }
  });

  it('of projects with more processes than an answer holds are refused before all of them are read', async () => {
    const { world, api, client, first, others } = await useProject(100);
    const { projectID } = first;
    const text = '€'.repeat(9_980);
    const changes = { processDetails: { text, more: text }, messages: { text } };
    for (let n = 0; n < others.length; n += 20) {
      const processIDs = others.slice(n, n + 20);
      expect((await api.ask(client, 'PATCH updateProcess', { projectID, processIDs, changes })).status).toBe(200);
    }
    let megabytes = 0;
    world.outside.before = ({ name, input }) => {
      if (name === 'QueryCommand' && Object(input).TableName === world.tables.processes) megabytes += 1;
    };
    expect(await api.ask(client, 'GET retrieveProjects')).toMatchObject({
      status: 413,
      body: { exception: 'TooLarge' },
    });
    expect(megabytes).toBeLessThan(9);
  });

  it('read not many more than was asked for', async () => {
    const { world, api, client, first } = await useProject(3);
    const limits: unknown[] = [];
    world.outside.before = ({ name, input }) => {
      const { TableName, Limit } = Object(input);
      if (name === 'QueryCommand' && [world.tables.processes, world.tables.history].includes(TableName))
        limits.push(Limit);
    };
    for (const path of [
      ...['getFlatProjects', 'retrieveProjects', 'project/dashboard/all/get', `getProject/${first.projectID}`],
      ...[`project/get/${first.projectID}`, `getProcessHistory/${first.processID}`],
    ]) {
      limits.length = 0;
      expect(await api.ask(client, `GET ${path}?limit=2`)).toMatchObject({ status: 200 });
      // The processes of the projects that `retrieveProjects` shows are all of them.
      const [limit] = limits;
      expect(limit, path).toBeLessThanOrEqual(12);
    }
  });
});
