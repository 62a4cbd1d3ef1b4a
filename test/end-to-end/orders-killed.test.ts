import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import { processesNaming, start } from '../infra/start-process.ts';
import { type Ask, askOf, becomeAdmin } from './api-client.ts';
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

const endpointsSchema = z.looseObject({ api: z.object({ url: z.string() }) });
const processSchema = z.object({
  statusName: z.string(),
  files: z.record(z.string(), z.object({ fileName: z.string() })),
  messages: z.object({ messages: z.array(z.object({ text: z.string() })) }),
});

/** Answers about a process that have to hold. */
interface Order {
  projectID: string;
  processID: string;
  messages: string[];
  files: string[];
  isVerified: boolean;
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
  let token = '';
  let contractor = '';

  /** Starts the gateway, and finds every order as it was answered. */
  async function startAgain() {
    const gateway = start(['--data-dir', directory, '--poll-seconds', '60'], variables);
    // The file of the endpoints may be that of the run before.
    await vi.waitFor(() => expect(gateway.output()).toContain('The gateway asks'), patience);
    const { url } = endpointsSchema.parse(JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8'))).api;
    const ask = askOf(url, () => token);
    token ||= await becomeAdmin(ask, directory);
    contractor ||= await createContractor(ask);
    for (const order of orders) await expectWhole(ask, url, order);
    return { gateway, ask, url };
  }

  async function createContractor(ask: Ask): Promise<string> {
    const organization = { supportedServices: [2], members: [], details: {} };
    expect((await ask('PUT /accounts/admin/organizations/clinic', organization)).status).toBeLessThan(300);
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

  async function expectWhole(ask: Ask, url: string, order: Order): Promise<void> {
    const { projectID, processID } = order;
    const read = async () =>
      processSchema.parse((await ask(`GET /processes/public/process/get/${projectID}/${processID}`)).body);
    const { statusName, files, messages } = await read();
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
    if (statusName === 'VERIFYING') {
      // Its execution died with the run: the client steps back, and tries again.
      const ids = { projectID, processIDs: [processID] };
      const back = { type: 'backstepStatus', targetStatus: 'CONTRACTOR_SELECTED' };
      expect(await ask('POST /processes/public/states/buttons/get', { ...ids, buttonData: back })).toMatchObject({
        status: 200,
      });
      expect(await ask('PATCH /processes/public/verifyProject', { ...ids, send: true })).toMatchObject({ status: 200 });
    }
    // The client has no access to a project of DST.
    await vi.waitFor(async () => expect((await read()).statusName).toBe('SERVICE_COMPLICATION'), patience);
  }

  for (const [round, moment] of moments.entries()) {
    const { gateway, ask, url } = await startAgain();
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
        const order: Order = { ...place, messages: [], files: [], isVerified: false };
        orders.push(order);
        const name = `${round}-${number}-${count}`;
        if (expectDone(await change({ messages: { text: name } }))) order.messages.push(name);
        if (expectDone({ status: await upload(url, order, name) })) order.files.push(name);
        const read = processSchema.parse(
          (await ask(`GET /processes/public/process/get/${place.projectID}/${place.processID}`)).body,
        );
        await change({ serviceType: 2 });
        await change({
          serviceDetails: { files: Object.keys(read.files), purpose: name },
          provisionalContractor: contractor,
        });
        order.isVerified = expectDone(await ask('PATCH /processes/public/verifyProject', { ...ids, send: true }));
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
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended, gateway.output()).toBe(0);
});
