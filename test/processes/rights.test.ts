import { describe, expect, it } from 'vitest';
import { allProcessRoutes } from '../../shared/processes/routes.ts';
import { useWorlds } from '../support/setup.ts';
import { type Asker, createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

/** Kinds of people who ask about an order of somebody else, or of their own. */
const kinds = [
  'visitor',
  'other visitor',
  'stranger',
  'other contractor',
  'contractor',
  'client',
  'operator',
  'admin',
] as const;
type Kind = (typeof kinds)[number];

interface Order {
  projectID: string;
  processID: string;
}

interface Endpoint {
  /** With the ids in braces. */
  request: string;
  body?: (order: Order) => object;
  /** Status for each kind; for the kinds that are not named, that of `others`. */
  expected: Partial<Record<Kind, number>> & { others: number };
}

const ids = ({ projectID, processID }: Order) => ({ projectID, processIDs: [processID] });

const formOf = (order: Order) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(order)) form.append(name, value);
  form.append('file', new File(['bytes'], 'file'));
  return form;
};

const place = ({ projectID, processID }: Order) => ({ projectID, processID });

/** Asked about an order that was sent to the contractor. */
const sent: Endpoint[] = [
  { request: 'GET getProject/{P}', expected: { others: 404, contractor: 200, client: 200, operator: 200, admin: 200 } },
  {
    request: 'GET project/get/{P}',
    expected: { others: 404, contractor: 200, client: 200, operator: 200, admin: 200 },
  },
  {
    request: 'GET process/get/{P}/{Q}',
    expected: { others: 404, contractor: 200, client: 200, operator: 200, admin: 200 },
  },
  {
    request: 'GET process/history/get/{Q}',
    expected: { others: 404, contractor: 200, client: 200, operator: 200, admin: 200 },
  },
  {
    request: 'GET getProcessHistory/{Q}',
    expected: {
      visitor: 401,
      'other visitor': 401,
      others: 404,
      contractor: 200,
      client: 200,
      operator: 200,
      admin: 200,
    },
  },
  {
    request: 'GET createProcessID/{P}',
    expected: { others: 404, contractor: 403, client: 200, operator: 403, admin: 200 },
  },
  {
    request: 'GET process/create/{P}',
    expected: { others: 404, contractor: 403, client: 200, operator: 403, admin: 200 },
  },
  ...['updateProject', 'project/update'].map((path) => ({
    request: `PATCH ${path}`,
    body: ({ projectID }: Order) => ({ projectID, changes: { details: { title: 'mine' } } }),
    expected: { others: 404, contractor: 403, client: 200, operator: 403, admin: 200 },
  })),
  ...['updateProcess', 'process/update'].map((path) => ({
    request: `PATCH ${path}`,
    body: (order: Order) => ({ ...ids(order), changes: { messages: { text: 'hello' } } }),
    expected: { others: 404, contractor: 200, client: 200, operator: 403, admin: 200 },
  })),
  ...['updateProcess', 'process/update'].map((path) => ({
    request: `PATCH ${path}`,
    body: (order: Order) => ({ ...ids(order), changes: { serviceDetails: { colour: 'red' } } }),
    // It was sent: not even the client changes it any more.
    expected: { others: 404, contractor: 403, client: 409, operator: 403, admin: 409 },
  })),
  {
    request: 'PATCH verifyProject',
    body: ids,
    expected: {
      visitor: 401,
      'other visitor': 401,
      others: 404,
      contractor: 403,
      client: 409,
      operator: 403,
      admin: 409,
    },
  },
  {
    request: 'PATCH sendProject',
    body: ids,
    expected: {
      visitor: 401,
      'other visitor': 401,
      others: 404,
      contractor: 403,
      client: 409,
      operator: 403,
      admin: 409,
    },
  },
  {
    request: 'POST states/buttons/get',
    body: (order) => ({ ...ids(order), buttonData: { type: 'forwardStatus', targetStatus: 'CONFIRMED_BY_CLIENT' } }),
    expected: { others: 404, contractor: 403, client: 409, operator: 403, admin: 409 },
  },
  {
    request: 'POST states/buttons/get',
    body: (order) => ({ ...ids(order), buttonData: { type: 'deleteProcess' } }),
    expected: { others: 404, contractor: 403, client: 409, operator: 403, admin: 409 },
  },
  ...['deleteProcesses/{P}?processIDs={Q}', 'process/delete/{P}?processIDs={Q}'].map((path) => ({
    request: `DELETE ${path}`,
    expected: { others: 404, contractor: 403, client: 409, operator: 403, admin: 409 },
  })),
  ...['deleteProjects?projectIDs={P}', 'project/delete?projectIDs={P}'].map((path) => ({
    request: `DELETE ${path}`,
    expected: { others: 404, contractor: 403, client: 409, operator: 403, admin: 409 },
  })),
  {
    request: 'POST uploadFiles',
    body: (order) => formOf(place(order)),
    expected: { others: 404, contractor: 200, client: 200, operator: 403, admin: 200 },
  },
  {
    request: 'POST uploadModel',
    body: (order) => formOf(place(order)),
    expected: { others: 404, contractor: 403, client: 409, operator: 403, admin: 409 },
  },
  {
    request: 'POST uploads',
    body: (order) => ({ ...place(order), fileName: 'a', size: 1 }),
    expected: { others: 404, contractor: 201, client: 201, operator: 403, admin: 201 },
  },
  { request: 'POST uploads/{uploadID}/complete', body: place, expected: { others: 404 } },
  ...['downloadFile/{Q}/{fileID}', 'downloadFile/{P}/{Q}/{fileID}', 'downloadFilesAsZip/{Q}?fileIDs=f'].map((path) => ({
    request: `GET ${path}`,
    expected: { others: 404 },
  })),
  ...['deleteFile/{Q}/{fileID}', 'deleteModel/{Q}'].map((path) => ({
    request: `DELETE ${path}`,
    expected: { others: 404 },
  })),
  ...['getContractors/{Q}', 'process/contractors/get/{Q}'].map((path) => ({
    request: `GET ${path}`,
    expected: {
      visitor: 401,
      'other visitor': 401,
      others: 404,
      contractor: 403,
      client: 200,
      operator: 403,
      admin: 200,
    },
  })),
  {
    request: 'POST states/buttons/get',
    body: (order) => ({ ...ids(order), buttonData: { type: 'forwardStatus', targetStatus: 'CLARIFICATION' } }),
    expected: { others: 404, client: 403, operator: 403, contractor: 200, admin: 409 },
  },
];

/** Lists: who finds the order in them. */
const lists: { request: string; seenBy: readonly Kind[]; refused?: readonly Kind[] }[] = [
  { request: 'GET getFlatProjects', seenBy: ['contractor', 'client'] },
  { request: 'GET project/dashboard/all/get', seenBy: ['contractor', 'client'] },
  { request: 'GET retrieveProjects', seenBy: ['contractor', 'client'], refused: ['visitor', 'other visitor'] },
];

async function useOrders() {
  const api = createProcessesApi(await createWorld());
  const client = await api.signUp('client');
  const askers: Record<Kind, Asker> = {
    visitor: {},
    'other visitor': { cookie: (await api.createProcess({})).owner.cookie ?? '' },
    stranger: await api.signUp('stranger'),
    'other contractor': await api.signUp('other'),
    contractor: await api.signUp('worker'),
    client,
    operator: await api.signUp('op', { permissions: ['operator'] }),
    admin: await api.signUp('adm', { permissions: ['admin'] }),
  };
  const clinic = await api.organize('Clinic', ['worker']);
  await api.organize('Laboratory', ['other']);
  return { api, askers, client, clinic };
}

const filled = (request: string, { projectID, processID }: Order): string =>
  request.replace('{P}', projectID).replace('{Q}', processID);

/** Endpoints that are about nothing that exists before, or about the caller alone. */
const creating = [
  ...['GET createProjectID', 'POST project/create', 'GET saveProjects', 'GET project/save', 'GET getServices'],
  ...['GET getMissedEvents', 'POST acknowledgeMissedEvents', 'GET events/all/get'],
];

describe('an endpoint', () => {
  it('that is about a project or a process is asked below, whichever it is', () => {
    const asked = [...sent, ...lists].map(({ request }) => request.replace(/\?.*/, ''));
    const all = allProcessRoutes.map(({ method, path }) => {
      const below = path.replace('/processes/public/', '').replace('{projectID}', '{P}').replace('{processID}', '{Q}');
      return `${method} ${below}`;
    });
    expect(new Set([...asked, ...creating])).toEqual(new Set(all));
  });

  it('answers each kind of people about an order as they may see it, and changes nothing for the others', async () => {
    const { api, askers, client, clinic } = await useOrders();
    const order = await api.createOrder(client, clinic);
    for (const { request, body, expected } of sent) {
      for (const kind of kinds) {
        const answered = await api.ask(askers[kind], filled(request, order), body?.(order));
        const wanted = expected[kind] ?? expected.others;
        expect(answered.status, `${kind}: ${request} ${JSON.stringify(body?.(order) ?? {})}`).toBe(wanted);
        if (wanted >= 400) expect(JSON.stringify(answered.body)).not.toContain('PLA');
      }
    }
    const authors = (await order.history()).filter(({ event }) => event === 'message sent').map(({ data }) => data);
    expect(authors.map((data) => Object(data).userName)).toEqual([
      'worker',
      'client',
      'adm',
      'worker',
      'client',
      'adm',
    ]);
    // Hundreds of requests.
  }, 120_000);

  it('lists an order for its client and its contractor alone', async () => {
    const { api, askers, client, clinic } = await useOrders();
    const { projectID } = await api.createOrder(client, clinic);
    for (const { request, seenBy, refused = [] } of lists) {
      for (const kind of kinds) {
        const answered = await api.ask(askers[kind], request);
        expect(answered.status, `${kind}: ${request}`).toBe(refused.includes(kind) ? 401 : 200);
        const sees = JSON.stringify(answered.body).includes(projectID);
        expect(sees, `${kind}: ${request}`).toBe(seenBy.includes(kind));
      }
    }
  });

  it('hides a process from its chosen contractor until it was sent, and shows none of the others then', async () => {
    const { api, askers, client, clinic } = await useOrders();
    const order = await api.createProcess(client);
    await order.change({
      serviceType: 1,
      serviceDetails: { model: 'm', material: 'PLA' },
      provisionalContractor: clinic,
    });
    const other = Object((await api.ask(client, `GET createProcessID/${order.projectID}`)).body).processID;
    const shown = () => api.ask(askers.contractor, `GET getProject/${order.projectID}`);
    expect(await shown()).toMatchObject({ status: 404 });
    await order.press('VERIFYING');
    expect(await shown()).toMatchObject({ status: 404 });
    await api.endVerification(order.projectID, order.processID, 'VERIFIED');
    await order.press('REQUESTED');
    const { processes } = Object((await shown()).body);
    expect(processes.map(({ processID }: Order) => processID)).toEqual([order.processID]);
    for (const request of [`GET process/get/${order.projectID}/${other}`, `GET getProcessHistory/${other}`]) {
      expect(await api.ask(askers.contractor, request)).toMatchObject({ status: 404 });
    }
    expect((await api.ask(askers.contractor, 'GET getFlatProjects')).body).toMatchObject({
      projects: [{ processesCount: 1, owner: false }],
    });
  });

  it('shows an order to nobody who gets the name of its client, its contractor or a member of that later', async () => {
    const { api, client, clinic } = await useOrders();
    const order = await api.createOrder(client, clinic);
    const { world } = api;
    world.clock.advance(1_000);
    for (const account of ['client', 'worker']) await world.rows.delete('accounts', { account });
    await world.rows.delete('accounts', { account: 'organization#clinic' });
    const later = { client: await api.signUp('client'), worker: await api.signUp('worker') };
    await api.organize('Clinic', ['worker']);
    for (const asker of Object.values(later)) {
      expect(await api.ask(asker, `GET getProject/${order.projectID}`)).toMatchObject({ status: 404 });
      expect(await api.ask(asker, `GET getProcessHistory/${order.processID}`)).toMatchObject({ status: 404 });
      expect((await api.ask(asker, 'GET getFlatProjects')).body).toEqual({ projects: [] });
    }
  });

  it('refuses a token that is none, also where none is needed', async () => {
    const { api, client } = await useOrders();
    const order = await api.createProcess(client);
    const asker = { token: 'x'.repeat(64) };
    for (const request of ['GET getFlatProjects', `GET getProject/${order.projectID}`, 'GET createProjectID']) {
      expect(await api.ask(asker, request)).toMatchObject({ status: 401 });
    }
  });

  it('takes no process of another project', async () => {
    const { api, client } = await useOrders();
    const [one, other] = [await api.createProcess(client), await api.createProcess(client)];
    const mixed = { projectID: one.projectID, processIDs: [one.processID, other.processID] };
    const changes = { messages: { text: 'hello' } };
    expect(await api.ask(client, 'PATCH updateProcess', { ...mixed, changes })).toMatchObject({ status: 404 });
    const deletion = `DELETE deleteProcesses/${one.projectID}?processIDs=${one.processID},${other.processID}`;
    expect(await api.ask(client, deletion)).toMatchObject({ status: 404 });
    expect(await one.read()).toMatchObject({ messages: { messages: [] } });
  });
});
