import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import { openTables } from '../../infra/local/start/tables.ts';
import { processesNaming, start } from '../infra/local/start/start-process.ts';
import { type Answer, type Ask, askOf, becomeAdmin, password } from './api-client.ts';
import { apiKey } from './setup.ts';

const kills = Number(process.env.KILLS ?? 3);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const patience = { timeout: 300_000, interval: 25 };
const clients = 6;

/** How many accounts are answered before a kill, and milliseconds after the last of them. */
const moments = fc.sample(fc.record({ answered: fc.nat(20), milliseconds: fc.noBias(fc.nat(150)) }), {
  numRuns: kills,
  seed,
});

const endpointsSchema = z.looseObject({ api: z.object({ url: z.string() }) });

it(`keeps every account that it has answered for, although it is killed meanwhile (SEED=${seed})`, {
  timeout: 2 * patience.timeout + kills * 60_000,
}, async () => {
  const portal = await startSimulatorProcess({ apiKey });
  onTestFinished(() => portal.stop());
  const directory = mkdtempSync(join(tmpdir(), 'accounts-killed-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const variables = { DST_BASE_URL: portal.url, DST_API_KEY: apiKey };
  const answered = new Set<string>();
  let unanswered = new Set<string>();
  const failures: Answer[] = [];
  let token = '';

  const create = (ask: Ask, name: string) =>
    ask(
      `POST /accounts/user/${name}`,
      { username: name, password, autoGeneratePassword: false, email: `${name}@centre.example` },
      { 'idempotency-key': `key of ${name}`.replaceAll(' ', '-') },
    );

  /** Starts the gateway, and finds everything as it was answered. */
  async function startAgain() {
    const gateway = start(['--data-dir', directory, '--poll-seconds', '60'], variables);
    // The file of the endpoints may be that of the run before.
    await vi.waitFor(() => expect(gateway.output()).toContain('The gateway asks'), patience);
    const endpoints = JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8'));
    const { url } = endpointsSchema.parse(endpoints).api;
    const ask = askOf(url, () => token);
    token ||= await becomeAdmin(ask, directory);
    for (const name of answered) {
      expect(await ask(`GET /accounts/user/${name}`)).toMatchObject({ status: 200, body: { username: name } });
    }
    for (const name of unanswered) {
      expect(await create(ask, name)).toMatchObject({ status: 201 });
      answered.add(name);
    }
    unanswered = new Set();
    return { gateway, ask, endpoints };
  }

  for (const [round, moment] of moments.entries()) {
    const { gateway, ask } = await startAgain();
    const before = answered.size;
    let isKilled = false;
    const client = async (number: number) => {
      for (let count = 0; !isKilled; count++) {
        const name = `user-${round}-${number}-${count}`;
        unanswered.add(name);
        const answer = await create(ask, name);
        if (answer.status !== 201) {
          if (!isKilled) failures.push(answer);
          return;
        }
        unanswered.delete(name);
        answered.add(name);
      }
    };
    const running = Promise.allSettled(Array.from({ length: clients }, (_, number) => client(number)));
    await vi.waitFor(() => expect(answered.size - before).toBeGreaterThanOrEqual(moment.answered), patience);
    await delay(moment.milliseconds);
    isKilled = true;
    await gateway.killGroup();
    await running;
    expect(failures).toEqual([]);
    await vi.waitFor(() => expect(processesNaming(directory)).toEqual([]), patience);
  }

  const { gateway, ask, endpoints } = await startAgain();
  for (const username of [...answered].slice(-3)) {
    expect(await ask('POST /accounts/authenticate', { username, password })).toMatchObject({ status: 200 });
  }
  await expectWhole(endpoints, answered);
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended, gateway.output()).toBe(0);
});

/** Each account has its address and its history, and no address or history is without its account. */
async function expectWhole(endpoints: Parameters<typeof openTables>[0], names: ReadonlySet<string>): Promise<void> {
  using tables = openTables(endpoints);
  const accounts = (await Array.fromAsync(tables.rows('accounts'))).map(({ account }) => account);
  const expected = [...names].toSorted();
  const of = (list: readonly string[], pattern: RegExp) =>
    list.flatMap((key) => pattern.exec(key)?.[1] ?? []).toSorted();
  expect(of(accounts, /^(user-.*)/)).toEqual(expected);
  expect(of(accounts, /^email#(user-.*)@/)).toEqual(expected);
  const history = await Array.fromAsync(tables.rows('history'));
  const created = history.filter(({ event }) => event === 'created').map(({ subject }) => subject);
  expect(of(created, /^account#(user-.*)/)).toEqual(expected);
}
