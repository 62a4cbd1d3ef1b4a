import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { forEachConcurrently } from '../../shared/platform/concurrency.ts';
import { LiveClient } from '../live/live-client.ts';
import { askOf, becomeAdmin, createOperator } from './api-client.ts';
import { type EndToEnd, useGateway } from './setup.ts';

// Prints how long a neighbour of hostile clients waits. Nothing is asserted of time, which is the machine's.

/** Connections that come and go; a long run has ten thousand. */
const connects = Number(process.env.CONNECTS ?? 1_000);
const floods = 5;
const messages = 300;

const endToEnd = useGateway();
// After the setting of the gateway's own.
vi.setConfig({ testTimeout: 150_000 + connects * 100 });

const connect = ({ gateway }: EndToEnd) => LiveClient.connect(gateway.endpoints.live?.url ?? '');

/** Milliseconds that a client's pings take while something goes on. */
async function pingsDuring(client: LiveClient, work: Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const begun = performance.now();
    client.send({ action: 'ping' });
    let answer = await client.receive();
    while (answer.action === 'event') answer = await client.receive();
    expect(answer).toMatchObject({ action: 'ping', success: true });
    times.push(performance.now() - begun);
    await delay(20);
  }
  await over;
  return times;
}

function print(name: string, times: number[]): void {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) => `${sorted[Math.ceil(sorted.length * share) - 1]?.toFixed(0)} ms`;
  process.stdout.write(`ping of a neighbour, ${name}: p50 ${at(0.5)}, p99 ${at(0.99)} (${times.length} pings)\n`);
}

it('leaves a neighbour its answers while others come and go, and flood', async () => {
  const { gateway, dataDirectory } = endToEnd();
  const ask = askOf(gateway.endpoints.api?.url ?? '', () => '');
  const admin = await becomeAdmin(ask, dataDirectory);
  const token = await createOperator(ask, 'eve', admin);
  const mallory = await createOperator(ask, 'mallory', admin);
  const neighbour = await connect(endToEnd());
  await neighbour.ask({ action: 'auth', token });
  const answer = async (client: LiveClient, message: object) => {
    client.send(message);
    await Promise.race([client.receive(), client.closed]);
  };
  print('alone', await pingsDuring(neighbour, delay(3_000)));

  const canary = `canary-${randomUUID()}`;
  const comeAndGo = forEachConcurrently(Array.from({ length: connects }).keys(), 10, async (number) => {
    const client = await connect(endToEnd());
    if (number % 3 === 1) await answer(client, { action: 'auth', token: canary });
    if (number % 3 === 2) await answer(client, { action: 'auth', token: mallory });
    client.terminate();
  });
  print(`beside ${connects} reconnects`, await pingsDuring(neighbour, comeAndGo));

  const flood = forEachConcurrently(Array.from({ length: floods }), floods, async () => {
    const client = await connect(endToEnd());
    await answer(client, { action: 'auth', token: mallory });
    for (let count = 0; count < messages; count++) client.send({ action: 'ping', canary });
    await client.closed;
  });
  print(`beside ${floods} floods of ${messages} messages`, await pingsDuring(neighbour, flood));
  await neighbour.close();
});
