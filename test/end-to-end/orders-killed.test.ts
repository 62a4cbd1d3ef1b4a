import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import { processesNaming, start } from '../infra/local/start/start-process.ts';
import { type Ask, askOf, becomeAdmin, password } from './api-client.ts';
import { apiKey } from './setup.ts';

const kills = Number(process.env.KILLS ?? 2);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const patience = { timeout: 300_000, interval: 25 };
const clients = 4;

/** How many orders are answered before a kill, and milliseconds after the last of them. */
const moments = fc.sample(fc.record({ answered: fc.nat(6), milliseconds: fc.noBias(fc.nat(300)) }), {
  numRuns: kills,
  seed,
});

const accessIdentifier = 'access-of-a-day';

const endpointsSchema = z.looseObject({ api: z.object({ url: z.string() }) });
const processSchema = z.object({
  statusName: z.string(),
  files: z.record(z.string(), z.object({ fileName: z.string() })),
  messages: z.object({ messages: z.array(z.object({ text: z.string() })) }),
  service: z.object({ export: z.array(z.object({ state: z.string() })).optional() }),
});

/** Steps of an order after its verification, and who makes them. */
const steps = [
  ['CONFIRMED_BY_CONTRACTOR', 'contractor'],
  ['CONFIRMED_BY_CLIENT', 'client'],
  ['PRODUCTION', 'contractor'],
  ['DELIVERY', 'contractor'],
  ['COMPLETED', 'client'],
] as const;
const statuses = ['REQUESTED', ...steps.map(([status]) => status)];

/** Answers about a process that have to hold. */
interface Order {
  projectID: string;
  processID: string;
  messages: string[];
  files: string[];
  isVerified: boolean;
  /** The last step that was answered with success. */
  reached: string;
}

it(`keeps every order that it has answered for, although it is killed meanwhile (SEED=${seed})`, {
  timeout: 2 * patience.timeout + kills * 60_000,
}, async () => {
  const portal = await startSimulatorProcess({ apiKey });
  onTestFinished(() => portal.stop());
  const directory = mkdtempSync(join(tmpdir(), 'orders-killed-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const variables = { DST_BASE_URL: portal.url, DST_API_KEY: apiKey };
  const orders: Order[] = [];
  const failures: unknown[] = [];
  await portal.send('CreateProject', { projectNo: '1001' });
  await portal.send('CreateProjectAccess', { projectNo: '1001', accessIdentifier });
  let admin = '';
  let token = '';
  let contractor = '';

  /** Starts the gateway, and finds every order as it was answered. */
  async function startAgain() {
    const gateway = start(['--data-dir', directory, '--poll-seconds', '60'], variables);
    // The file of the endpoints may be that of the run before.
    await vi.waitFor(() => expect(gateway.output()).toContain('The gateway asks'), patience);
    const { url } = endpointsSchema.parse(JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8'))).api;
    const ask = askOf(url, () => token);
    const asAdmin = askOf(url, () => admin);
    admin ||= await becomeAdmin(asAdmin, directory);
    token ||= await becomeResearcher(askOf(url, () => ''));
    contractor ||= await createContractor(ask, asAdmin);
    for (const order of orders) await expectWhole(ask, asAdmin, url, order);
    return { gateway, ask, asAdmin, url };
  }

  /** Signs in with the one-time password that the portal got. @returns a token of the researcher's own password */
  async function becomeResearcher(ask: Ask): Promise<string> {
    const sent = await vi.waitFor(async () => {
      const found = (await portal.snapshot()).credentials.get(accessIdentifier)?.at(-1);
      if (!found) throw new Error('The portal has no credentials yet');
      return found;
    }, patience);
    const { loginName: username = '', oneTimePassword: currentPassword = '' } = sent;
    const signIn = async (secret: string) => {
      const { body } = await ask('POST /accounts/authenticate', { username, password: secret });
      return z.object({ token: z.string() }).parse(body).token;
    };
    const headers = { token: await signIn(currentPassword) };
    const change = { currentPassword, newPassword: password };
    expect(await ask(`PUT /accounts/user/${username}/password`, change, headers)).toMatchObject({ status: 200 });
    return signIn(password);
  }

  async function createContractor(ask: Ask, asAdmin: Ask): Promise<string> {
    const organization = { supportedServices: [2], members: [], details: {} };
    expect((await asAdmin('PUT /accounts/admin/organizations/clinic', organization)).status).toBeLessThan(300);
    const { processID, change } = await createOrder(ask);
    await change({ serviceType: 2 });
    const { body } = await ask(`GET /processes/public/getContractors/${processID}`);
    return z.array(z.object({ hashedID: z.string() })).parse(body)[0]?.hashedID ?? '';
  }

  async function createOrder(ask: Ask) {
    const one = (body: unknown, name: string) => z.record(z.string(), z.string()).parse(body)[name] ?? '';
    const projectID = one((await ask('GET /processes/public/createProjectID')).body, 'projectID');
    const processID = one((await ask(`GET /processes/public/createProcessID/${projectID}`)).body, 'processID');
    const ids = { projectID, processIDs: [processID] };
    const change = (changes: object) => ask('PATCH /processes/public/updateProcess', { ...ids, changes });
    return { projectID, processID, ids, change };
  }

  async function upload(url: string, { projectID, processID }: Order, name: string): Promise<number> {
    const form = new FormData();
    for (const [field, value] of Object.entries({ projectID, processID })) form.append(field, value);
    form.append('file', new File([`bytes of ${name}`], name));
    const sent = { method: 'POST', headers: { token }, body: form };
    return (await fetch(`${url}/processes/public/uploadFiles`, sent)).status;
  }

  const press = (by: Ask, { projectID, processID }: Order, targetStatus: string) =>
    by('POST /processes/public/states/buttons/get', {
      projectID,
      processIDs: [processID],
      buttonData: { type: 'forwardStatus', targetStatus },
    });

  async function read(ask: Ask, { projectID, processID }: Order) {
    return processSchema.parse((await ask(`GET /processes/public/process/get/${projectID}/${processID}`)).body);
  }

  /** Finds an order as it was answered, and has it go on to its end. */
  async function expectWhole(ask: Ask, asAdmin: Ask, url: string, order: Order): Promise<void> {
    const { processID } = order;
    const { statusName, files, messages } = await read(ask, order);
    const texts = messages.messages.map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).toEqual(expect.arrayContaining(order.messages));
    const names = Object.values(files).map(({ fileName }) => fileName);
    expect(names).toEqual(expect.arrayContaining(order.files));
    for (const [fileID, { fileName }] of Object.entries(files)) {
      const response = await fetch(`${url}/processes/public/downloadFile/${processID}/${fileID}`, {
        headers: { token },
      });
      expect(await response.text()).toBe(`bytes of ${fileName}`);
    }
    if (!order.isVerified) return;
    // Steps may have been made whose answers were lost. Who looks has a lost verification go on.
    if (order.reached !== '') {
      expect(statuses.indexOf(statusName)).toBeGreaterThanOrEqual(statuses.indexOf(order.reached));
    }
    await vi.waitFor(async () => expect(statuses).toContain((await read(ask, order)).statusName), patience);
    const begun = statuses.indexOf((await read(ask, order)).statusName);
    for (const [status, by] of steps.slice(begun)) {
      if (status === 'DELIVERY') await expectSent(ask, order);
      expect(await press(by === 'client' ? ask : asAdmin, order, status)).toMatchObject({ status: 200 });
      order.reached = status;
    }
    await expectSent(ask, order);
  }

  /** Waits until the files are with DST. */
  const expectSent = (ask: Ask, order: Order) =>
    vi.waitFor(async () => {
      const { service } = await read(ask, order);
      expect(service.export?.map(({ state }) => state)).toEqual(['sent']);
    }, patience);

  for (const [round, moment] of moments.entries()) {
    const { gateway, ask, asAdmin, url } = await startAgain();
    const before = orders.length;
    let isKilled = false;
    const expectDone = (answer: { status: number; body?: unknown }) => {
      if (answer.status === 200) return true;
      if (!isKilled) failures.push(answer);
      return false;
    };
    const client = async (number: number) => {
      for (let count = 0; !isKilled; count++) {
        const { change, ids, ...place } = await createOrder(ask);
        const order: Order = { ...place, messages: [], files: [], isVerified: false, reached: '' };
        orders.push(order);
        const name = `${round}-${number}-${count}`;
        if (expectDone(await change({ messages: { text: name } }))) order.messages.push(name);
        if (expectDone({ status: await upload(url, order, name) })) order.files.push(name);
        const { files } = await read(ask, order);
        await change({ serviceType: 2 });
        await change({
          serviceDetails: { files: Object.keys(files), purpose: name },
          provisionalContractor: contractor,
        });
        order.isVerified = expectDone(await ask('PATCH /processes/public/verifyProject', { ...ids, send: true }));
        // Every other order goes on, as far as it comes before the kill.
        for (const [status, by] of count % 2 === 0 ? steps.slice(0, 3) : []) {
          await vi.waitFor(async () => {
            if (isKilled) return;
            expect(statuses).toContain((await read(ask, order)).statusName);
          }, patience);
          if (isKilled || !expectDone(await press(by === 'client' ? ask : asAdmin, order, status))) break;
          order.reached = status;
        }
      }
    };
    const running = Promise.allSettled(Array.from({ length: clients }, (_, number) => client(number)));
    await vi.waitFor(() => {
      expect(orders.length - before).toBeGreaterThanOrEqual(moment.answered);
      expect(orders.slice(before).some(({ isVerified }) => isVerified)).toBe(true);
    }, patience);
    await delay(moment.milliseconds);
    isKilled = true;
    await gateway.killGroup();
    await running;
    expect(failures).toEqual([]);
    await vi.waitFor(() => expect(processesNaming(directory)).toEqual([]), patience);
  }

  const { gateway } = await startAgain();
  const ended = orders.filter(({ isVerified }) => isVerified);
  expect(ended.every(({ reached }) => reached === 'COMPLETED')).toBe(true);
  const { received } = await portal.snapshot();
  for (const { files } of ended) {
    for (const name of files) expect(received.some(({ fileName = '' }) => fileName.endsWith(`-${name}`))).toBe(true);
  }
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended, gateway.output()).toBe(0);
});
