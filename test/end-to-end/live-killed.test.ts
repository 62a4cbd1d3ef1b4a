import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { Received } from '../../shared/live/client/push-sequence.ts';
import { WebsocketClient } from '../../shared/live/client/websocket-client.ts';
import { processesNaming, start } from '../infra/local/start/start-process.ts';
import { askOf, becomeAdmin, password } from './api-client.ts';
import { apiKey } from './setup.ts';

const kills = Number(process.env.KILLS ?? 2);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const patience = { timeout: 300_000, interval: 25 };
const clients = 3;

/** How many accounts are created before a kill, and milliseconds after the last of them. */
const moments = fc.sample(
  fc.record({ created: fc.integer({ min: 1, max: 10 }), milliseconds: fc.noBias(fc.nat(600)) }),
  {
    numRuns: kills,
    seed,
  },
);

const endpointsSchema = z.object({ api: z.object({ url: z.string() }), live: z.object({ url: z.string() }) });

it(`gives clients each event once, although the gateway is killed again and again (SEED=${seed})`, {
  timeout: 2 * patience.timeout + kills * 120_000,
}, async () => {
  const portal = await startSimulatorProcess({ apiKey });
  onTestFinished(() => portal.stop());
  const directory = mkdtempSync(join(tmpdir(), 'live-killed-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const endpoints = () => endpointsSchema.parse(JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8')));
  let token = '';
  const startAgain = async () => {
    const variables = { DST_BASE_URL: portal.url, DST_API_KEY: apiKey };
    const gateway = start(['--data-dir', directory, '--poll-seconds', '60'], variables);
    // The file of the endpoints may be that of the run before.
    await vi.waitFor(() => expect(gateway.output()).toContain('The gateway asks'), patience);
    const ask = askOf(endpoints().api.url, () => token);
    token ||= await becomeAdmin(ask, directory);
    return { gateway, ask };
  };

  let { gateway, ask } = await startAgain();
  const received: Received[][] = [];
  for (let number = 0; number < clients; number++) {
    // Another run of the gateway has other ports.
    const client = new WebsocketClient(() => endpoints().live.url, { token: () => ({ token }) });
    onTestFinished(() => client.close());
    const all: Received[] = [];
    client.onPush('event', (message, place) => all.push({ type: 'push', message, ...(place && { place }) }));
    client.onGap((before, after) => all.push({ type: 'gap', before, after }));
    received.push(all);
    await client.opened;
  }

  const names: string[] = [];
  const create = async () => {
    const name = `user-${names.length}`;
    names.push(name);
    const wanted = { username: name, password, autoGeneratePassword: false, email: `${name}@centre.example` };
    const key = { 'idempotency-key': `key-of-${name}-${'x'.repeat(16)}` };
    return () => ask(`POST /accounts/user/${name}`, wanted, key);
  };
  for (const moment of moments) {
    for (let count = 1; count < moment.created; count++) {
      const creation = await create();
      expect(await creation()).toMatchObject({ status: 201 });
    }
    const last = await create();
    const answered = last().catch(() => undefined);
    await delay(moment.milliseconds);
    await gateway.killGroup();
    await answered;
    await vi.waitFor(() => expect(processesNaming(directory)).toEqual([]), patience);
    ({ gateway, ask } = await startAgain());
    expect(await last()).toMatchObject({ status: 201 });
  }

  const expected = names.map((name) => `account#${name}`);
  for (const all of received) {
    await vi.waitFor(() => expect(createdIn(all)).toEqual(expect.arrayContaining(expected)), patience);
    expect(createdIn(all).toSorted()).toEqual(expected.toSorted());
    expect(all.filter(({ type }) => type === 'gap')).toEqual([]);
    const offsets = all.map((one) => (one.type === 'push' ? one.place?.offset : undefined));
    expect(offsets).toEqual(offsets.map((_, index) => Number(offsets[0]) + index));
  }
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended, gateway.output()).toBe(0);
});

/** Subjects of the users' accounts whose creation was received. */
function createdIn(received: readonly Received[]): string[] {
  return received.flatMap((one) => {
    if (one.type !== 'push') return [];
    const { subject, event } = z.object({ subject: z.string(), event: z.string() }).parse(one.message.event);
    return event === 'created' && subject.startsWith('account#user-') ? [subject] : [];
  });
}
