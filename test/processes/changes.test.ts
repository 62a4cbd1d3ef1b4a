import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../shared/platform/time.ts';
import { useWorlds } from '../support/setup.ts';
import { createProcessesApi } from './processes-api.ts';

const createWorld = useWorlds();

async function useOrder(clock?: Clock) {
  const api = createProcessesApi(await createWorld(), undefined, clock);
  const client = await api.signUp('client', { fname: 'Ann', lname: 'Clark' });
  const order = await api.createProcess(client);
  const clinic = await api.organize('Clinic', ['client']);
  return { api, client, order, clinic };
}

/** A process that needs nothing but its verification. */
async function useReady() {
  const used = await useOrder();
  await used.order.change({
    serviceType: 1,
    serviceDetails: { model: 'm', material: 'PLA' },
    provisionalContractor: used.clinic,
  });
  return used;
}

describe('changes of a process', () => {
  it('by twenty at once, with a chat line beside each, are all kept, and in the history once', async () => {
    // The one that came second waits, and tries again.
    const { api, order } = await useOrder(systemClock);
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const answers = await Promise.all(
      numbers.flatMap((n) => [
        order.change({ processDetails: { [`key${n}`]: n } }),
        order.change({ messages: { text: `line ${n}` } }),
      ]),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200));
    const { processDetails, messages } = await order.read();
    expect(processDetails).toEqual(Object.fromEntries(numbers.map((n) => [`key${n}`, n])));
    const texts = messages.messages.map(({ text }: { text: string }) => text);
    expect(texts.toSorted()).toEqual(numbers.map((n) => `line ${n}`).toSorted());
    const events = await api.world.rows.history(`process#${order.processID}`);
    expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 41 }, (_, n) => n + 1));
    const history = await order.history();
    const said = history.filter(({ type }) => type === 3).map(({ data }) => Object(data).text);
    expect(said).toEqual(texts);
    const changed = history.filter(({ type }) => type === 6);
    // Each has the value that the one before has left.
    expect(changed.map(({ old }) => Object.keys(Object(old)).length)).toEqual(numbers);
  });

  it('of several processes are made for all of them or for none', async () => {
    const { api, client, order } = await useOrder();
    const { processID } = Object((await api.ask(client, `GET createProcessID/${order.projectID}`)).body);
    const ids = { projectID: order.projectID, processIDs: [order.processID, processID] };
    const change = (changes: object) => api.ask(client, 'PATCH updateProcess', { ...ids, changes });
    expect(await change({ serviceType: 1, messages: { text: 'both' } })).toMatchObject({ status: 200 });
    await order.change({ serviceDetails: { model: 'm', material: 'PLA' } });
    const verify = await api.ask(client, 'PATCH verifyProject', { ...ids, send: false });
    expect(verify).toMatchObject({ status: 409 });
    const { missing } = Object(verify.body);
    expect(missing).toContainEqual(expect.objectContaining({ key: 'Service-model', processID }));
    const { processes } = Object((await api.ask(client, `GET getProject/${order.projectID}`)).body);
    expect(processes.map(({ statusName }: { statusName: string }) => statusName).toSorted()).toEqual([
      ...['SERVICE_IN_PROGRESS', 'SERVICE_READY'],
    ]);
    expect(processes.map((each: { messages: { messages: unknown[] } }) => each.messages.messages)).toMatchObject([
      [{ text: 'both' }],
      [{ text: 'both' }],
    ]);
  });

  it('that break a rule are refused whole, and say which', async () => {
    const { order } = await useOrder();
    const refused: [object, string][] = [
      [{ serviceType: 7 }, 'serviceType: there is no such service'],
      [{ serviceDetails: { model: 'm' } }, 'serviceDetails: no service is chosen'],
      [{ serviceType: 1, serviceDetails: { modle: 'm' } }, 'serviceDetails: Unrecognized key: "modle"'],
      [{ serviceType: 1, serviceDetails: { model: 1 } }, 'serviceDetails.model: Invalid input'],
      [{ provisionalContractor: 'nobody' }, 'provisionalContractor: there is no such organization'],
      [{ dependenciesIn: ['nothing'] }, 'dependenciesIn: there is no process nothing in the project'],
      [{ files: { nothing: { tags: [] } } }, 'files: there is no file nothing'],
      [{ processDetails: { text: 'x'.repeat(20_000) } }, 'processDetails: must have at most 20000 characters as JSON'],
    ];
    for (const [changes, message] of refused) {
      const answered = await order.change({ ...changes, messages: { text: 'beside it' } });
      expect(answered).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
    }
    for (const changes of [{ unknown: 1 }, { messages: { text: '' } }, { messages: 'hello' }, { serviceType: '1' }]) {
      expect(await order.change(changes)).toMatchObject({ status: 400 });
    }
    expect(await order.read()).toMatchObject({ serviceType: 0, processDetails: {}, messages: { messages: [] } });
    expect(await order.history()).toHaveLength(1);
  });

  it('that are more than a transaction holds are refused, and made in two requests', async () => {
    const { api, client, order } = await useOrder();
    const created = await Promise.all(
      Array.from({ length: 19 }, () => api.ask(client, `GET createProcessID/${order.projectID}`)),
    );
    const processIDs = [order.processID, ...created.map(({ body }) => Object(body).processID as string)];
    const change = (ids: string[], letter: string) => {
      const text = letter.repeat(9_980);
      const changes = { processDetails: { text, more: text }, messages: { text } };
      return api.ask(client, 'PATCH updateProcess', { projectID: order.projectID, processIDs: ids, changes });
    };
    expect(await change(processIDs, '¢')).toMatchObject({ status: 200 });
    expect(await change(processIDs, '€')).toMatchObject({
      status: 400,
      body: {
        message: 'The changes, with the values before, have more than 4000000 bytes: make them in several requests',
      },
    });
    expect(await change(processIDs.slice(0, 10), '€')).toMatchObject({ status: 200 });
    expect(await change(processIDs.slice(10), '€')).toMatchObject({ status: 200 });
  });

  it('of a long chat are shown from its end, as much as an answer holds, and are all in the history', async () => {
    const { api, client, order } = await useOrder();
    for (let line = 0; line < 50; line++) await order.change({ messages: { text: `${line} ${'€'.repeat(9_990)}` } });
    const { messages } = (await order.read()).messages;
    expect(messages).toHaveLength(33);
    expect(messages[0].text).toMatch(/^17 /);
    expect(messages.at(-1).text).toMatch(/^49 /);
    const { body } = await api.ask(client, `GET getProject/${order.projectID}`);
    expect(Object(body).processes[0].messages.messages).toEqual(messages);
    expect((await order.history()).filter(({ type }) => type === 3)).toHaveLength(50);
  });

  it('stamp a chat line with author and time, whatever the client says', async () => {
    const { api, order } = await useOrder();
    const said = { text: 'hello', userID: 'boss', userName: 'The Boss', date: '1999-01-01T00:00:00.000Z' };
    await order.change({ messages: said });
    const { messages } = (await order.read()).messages;
    const date = new Date(api.world.clock.now()).toISOString();
    expect(messages).toEqual([
      { text: 'hello', userName: 'Ann Clark', date, userID: expect.stringMatching(/^[\w-]{43}$/) },
    ]);
  });

  it('begin with deletions, and have old and new values in the history', async () => {
    const { order } = await useOrder();
    await order.change({
      serviceType: 1,
      serviceDetails: { model: 'm', colour: 'red' },
      processDetails: { a: 1, b: 2 },
    });
    const deletions = { serviceDetails: { colour: '' }, processDetails: { a: '' } };
    await order.change({ serviceDetails: { model: 'n' } }, order.owner, deletions);
    expect(await order.read()).toMatchObject({ serviceDetails: { model: 'n' }, processDetails: { b: 2 } });
    const [, ...entries] = (await order.history()).map(({ type, old, data }) => ({ type, old, data }));
    expect(entries).toEqual([
      { type: 8, old: 0, data: { value: 1 } },
      { type: 6, old: {}, data: { model: 'm', colour: 'red' } },
      { type: 6, old: {}, data: { a: 1, b: 2 } },
      { type: 2, old: 0, data: { value: 201 } },
      { type: 5, old: { model: 'm', colour: 'red' }, data: { model: 'm' } },
      { type: 5, old: { a: 1, b: 2 }, data: { b: 2 } },
      { type: 6, old: { model: 'm' }, data: { model: 'n' } },
    ]);
    await order.change({}, order.owner, { serviceType: '' });
    expect(await order.read()).toMatchObject({ statusName: 'DRAFT', serviceType: 0, serviceDetails: {} });
  });

  it('have several processes wait for the same ones, however often these are named', async () => {
    const { api, client, order } = await useOrder();
    const { projectID } = order;
    const create = async () => Object((await api.ask(client, `GET createProcessID/${projectID}`)).body).processID;
    const [first, second, other]: string[] = [await create(), await create(), await create()];
    await order.change({ dependenciesIn: [second, second] });
    const changes = { dependenciesIn: [order.processID, first, first] };
    const ids = { projectID, processIDs: [other, await create()] };
    expect(await api.ask(client, 'PATCH updateProcess', { ...ids, changes })).toMatchObject({ status: 200 });
    for (const id of ids.processIDs) {
      const { body } = await api.ask(client, `GET process/get/${projectID}/${id}`);
      expect(body).toMatchObject({
        statusName: 'WAITING_FOR_OTHER_PROCESS',
        dependenciesIn: [order.processID, first],
      });
    }
    expect(await order.read()).toMatchObject({ dependenciesIn: [second], dependenciesOut: ids.processIDs.toSorted() });
  });

  it('with the same values as before are in the history, too, and an empty change is not', async () => {
    const { order } = await useOrder();
    expect(await order.change({})).toMatchObject({ status: 200 });
    expect(await order.change({ processStatus: 600 })).toMatchObject({ status: 200 });
    expect(await order.history()).toHaveLength(1);
  });
});

describe('a verification', () => {
  it.each<[string, object]>([
    ['details', { serviceDetails: { colour: 'red' } }],
    ['service', { serviceType: 1 }],
    ['contractor', { provisionalContractor: '' }],
  ])('ends when the %s of the order changes, and not by a chat line', async (_what, changes) => {
    const { api, order } = await useReady();
    await order.press('VERIFYING');
    await order.change({ messages: { text: 'is it done?' }, processDetails: { title: 'mine' } });
    expect(await order.read()).toMatchObject({
      statusName: 'VERIFYING',
      verification: { state: 'running', attempt: 1 },
    });
    await order.change(changes);
    const statusName = 'provisionalContractor' in changes ? 'SERVICE_READY' : 'CONTRACTOR_SELECTED';
    expect(await order.read()).toMatchObject({ statusName, verification: { state: 'canceled' } });
    await expect(api.endVerification(order.projectID, order.processID, 'VERIFIED')).rejects.toMatchObject({
      answer: { status: 409 },
    });
  });

  it('that has passed counts for the order as it was verified alone', async () => {
    const { api, order } = await useReady();
    await order.press('VERIFYING');
    await api.endVerification(order.projectID, order.processID, 'VERIFIED');
    await order.change({ serviceDetails: { material: 'ABS' } });
    expect(await order.press('REQUESTED')).toMatchObject({ status: 409 });
    await order.press('VERIFYING');
    expect(await order.read()).toMatchObject({ statusName: 'VERIFYING', verification: { attempt: 2 } });
  });

  it('that has failed leaves the order to its client, who changes it', async () => {
    const { api, order } = await useReady();
    await order.press('VERIFYING');
    await api.endVerification(order.projectID, order.processID, 'SERVICE_COMPLICATION');
    const shown = await order.read();
    expect(shown).toMatchObject({ statusName: 'SERVICE_COMPLICATION', flatProcessStatus: 'ACTION_REQUIRED' });
    expect(shown.processErrors).toEqual([expect.objectContaining({ key: 'Process-VerificationFailed' })]);
    await order.change({ serviceDetails: { material: 'ABS' } });
    expect(await order.read()).toMatchObject({ statusName: 'CONTRACTOR_SELECTED' });
  });

  it('is taken back, and so are contractor and service, step by step', async () => {
    const { order } = await useReady();
    await order.press('VERIFYING');
    for (const [status, expected] of [
      ['CONTRACTOR_SELECTED', { verification: { state: 'canceled' } }],
      ['SERVICE_READY', { processDetails: {} }],
      ['DRAFT', { serviceType: 0, serviceDetails: {} }],
    ] as const) {
      const [back] = (await order.read()).processStatusButtons;
      expect(back.action.data).toEqual({ type: 'backstepStatus', targetStatus: status });
      expect(await order.press(status)).toMatchObject({ status: 200 });
      expect(await order.read()).toMatchObject({ statusName: status, ...expected });
    }
  });
});

describe('an order', () => {
  it('goes to a contractor alone who carries out its service now', async () => {
    const { api, order } = await useReady();
    await api.organize('Clinic', ['client'], [2]);
    const missing = [{ key: 'Process-Contractor', message: 'The chosen contractor does not carry out the service' }];
    expect(await order.press('VERIFYING')).toMatchObject({ status: 409, body: { missing } });
    await api.organize('Clinic', ['client'], [1, 2]);
    expect(await order.press('VERIFYING')).toMatchObject({ status: 200 });
  });

  it('is begun when the service lets it, and says what is in the way', async () => {
    const { api, client } = await useOrder();
    const clinic = await api.organize('Laboratory', ['client']);
    const order = await api.createProcess(client);
    await order.change({ serviceType: 1, serviceDetails: { model: 'm', material: 'PLA', blocked: true } });
    await order.change({ provisionalContractor: clinic });
    await order.press('VERIFYING');
    await api.endVerification(order.projectID, order.processID, 'VERIFIED');
    for (const step of ['REQUESTED', 'CONFIRMED_BY_CONTRACTOR', 'CONFIRMED_BY_CLIENT']) await order.press(step);
    expect(await order.press('PRODUCTION')).toMatchObject({
      status: 409,
      body: { missing: [{ key: 'Service-blocked', processID: order.processID }] },
    });
    expect(await order.read()).toMatchObject({ statusName: 'CONFIRMED_BY_CLIENT' });
  });
});

describe('a process that comes after others', () => {
  async function useTwo() {
    const used = await useReady();
    const { processID } = Object((await used.api.ask(used.client, `GET createProcessID/${used.order.projectID}`)).body);
    const later = {
      processID: processID as string,
      change: (changes: object, deletions: object = {}) =>
        used.api.ask(used.client, 'PATCH updateProcess', {
          ...{ projectID: used.order.projectID, processIDs: [processID] },
          ...{ changes, deletions },
        }),
      read: async () =>
        Object((await used.api.ask(used.client, `GET process/get/${used.order.projectID}/${processID}`)).body),
    };
    await later.change({ serviceType: 1, dependenciesIn: [used.order.processID] });
    return { ...used, later };
  }

  it('waits until they are completed, and goes on by itself', async () => {
    const { api, order, later } = await useTwo();
    expect(await later.read()).toMatchObject({ statusName: 'WAITING_FOR_OTHER_PROCESS', serviceType: 1 });
    expect(await order.read()).toMatchObject({ dependenciesOut: [later.processID] });
    await order.press('VERIFYING');
    await api.endVerification(order.projectID, order.processID, 'VERIFIED');
    for (const step of ['REQUESTED', 'CONFIRMED_BY_CONTRACTOR', 'CONFIRMED_BY_CLIENT', 'PRODUCTION', 'DELIVERY']) {
      await order.press(step);
    }
    expect(await later.read()).toMatchObject({ statusName: 'WAITING_FOR_OTHER_PROCESS' });
    await order.press('COMPLETED');
    expect(await later.read()).toMatchObject({ statusName: 'SERVICE_IN_PROGRESS' });
  });

  it('goes on when they are deleted, or are not to come before any more', async () => {
    const { api, client, order, later } = await useTwo();
    await later.change({}, { dependenciesIn: [order.processID] });
    expect(await later.read()).toMatchObject({ statusName: 'SERVICE_IN_PROGRESS', dependenciesIn: [] });
    await later.change({ dependenciesIn: [order.processID] });
    expect(await later.read()).toMatchObject({ statusName: 'WAITING_FOR_OTHER_PROCESS' });
    await api.ask(client, `DELETE deleteProcesses/${order.projectID}?processIDs=${order.processID}`);
    expect(await later.read()).toMatchObject({ statusName: 'SERVICE_IN_PROGRESS', dependenciesIn: [] });
    const { body } = await api.ask(client, `GET getProcessHistory/${later.processID}`);
    expect(Object(body).history).toContainEqual(
      expect.objectContaining({ createdBy: 'the gateway', data: [], old: [order.processID] }),
    );
  });

  it('goes on to be verified when one that is completed is deleted', async () => {
    const { api, client, order, later, clinic } = await useTwo();
    await order.press('VERIFYING');
    await api.endVerification(order.projectID, order.processID, 'VERIFIED');
    for (const step of [
      ...['REQUESTED', 'CONFIRMED_BY_CONTRACTOR', 'CONFIRMED_BY_CLIENT', 'PRODUCTION', 'DELIVERY', 'COMPLETED'],
    ]) {
      await order.press(step);
    }
    await later.change({ serviceDetails: { model: 'm', material: 'PLA' }, provisionalContractor: clinic });
    const ids = { projectID: order.projectID, processIDs: [later.processID] };
    expect(await api.ask(client, 'PATCH verifyProject', { ...ids, send: false })).toMatchObject({ status: 200 });
    await api.ask(client, `DELETE deleteProcesses/${order.projectID}?processIDs=${order.processID}`);
    expect(await later.read()).toMatchObject({
      ...{ statusName: 'VERIFYING', dependenciesIn: [] },
      verification: { state: 'running' },
    });
  });

  it('waits on for one that a request takes away and names again', async () => {
    const { order, later } = await useTwo();
    const dependenciesIn = [order.processID];
    expect(await later.change({ dependenciesIn }, { dependenciesIn })).toMatchObject({ status: 200 });
    expect(await later.read()).toMatchObject({ statusName: 'WAITING_FOR_OTHER_PROCESS', dependenciesIn });
    expect(await order.read()).toMatchObject({ dependenciesOut: [later.processID] });
  });

  it('waits for at most fifty, however many requests name them', async () => {
    const { api, client, order, later } = await useTwo();
    const request = `GET createProcessID/${order.projectID}`;
    const created = await Promise.all(Array.from({ length: 50 }, () => api.ask(client, request)));
    const ids = created.map(({ body }) => Object(body).processID);
    expect(await later.change({ dependenciesIn: ids.slice(0, 30) })).toMatchObject({ status: 200 });
    const refused = { status: 400, body: { message: 'dependenciesIn: more than 50 processes would come before' } };
    expect(await later.change({ dependenciesIn: ids.slice(30) })).toMatchObject(refused);
    expect(await later.change({ dependenciesIn: ids.slice(31) })).toMatchObject({ status: 200 });
  });

  it('is named by none that it waits for once it is deleted', async () => {
    const { api, client, order, later } = await useTwo();
    await api.ask(client, `DELETE deleteProcesses/${order.projectID}?processIDs=${later.processID}`);
    expect(await order.read()).toMatchObject({ dependenciesOut: [] });
  });

  it('never waits for itself, however many ask at once', async () => {
    const { api, client, order, later } = await useTwo();
    const waitingForLater = () => order.change({ dependenciesIn: [later.processID] });
    expect(await waitingForLater()).toMatchObject({ status: 400 });
    await later.change({}, { dependenciesIn: [order.processID] });
    const answers = await Promise.all([waitingForLater(), later.change({ dependenciesIn: [order.processID] })]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    const { processes } = Object((await api.ask(client, `GET project/get/${order.projectID}`)).body);
    expect(processes.flatMap(({ dependenciesIn }: { dependenciesIn: string[] }) => dependenciesIn)).toHaveLength(1);
  });
});

describe('a request with an Idempotency-Key', () => {
  it('creates once, and is answered the same again, also side by side', async () => {
    const { api, client } = await useOrder();
    const key = { headers: { 'idempotency-key': 'k-1' } };
    const ask = (request: string, form = key) => api.ask(client, request, undefined, form);
    const projects = await Promise.all([
      ask('GET createProjectID'),
      ask('GET createProjectID'),
      ask('GET createProjectID'),
    ]);
    const [projectID, ...others] = new Set(projects.map(({ body }) => Object(body).projectID));
    expect(others).toEqual([]);
    const processes = await Promise.all([
      ask(`GET createProcessID/${projectID}`),
      ask(`GET createProcessID/${projectID}`),
      ask(`GET createProcessID/${projectID}`, { headers: { 'idempotency-key': 'k-2' } }),
    ]);
    expect(new Set(processes.map(({ body }) => Object(body).processID)).size).toBe(2);
    expect((await api.ask(client, `GET getProject/${projectID}`)).body).toMatchObject({ processes: [{}, {}] });
    const other = await api.ask(await api.signUp('other'), 'GET createProjectID', undefined, key);
    expect(Object(other.body).projectID).not.toBe(projectID);
    expect(await ask('GET createProjectID', { headers: { 'idempotency-key': 'a b' } })).toMatchObject({ status: 400 });
  });
});
