import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { keepIdle } from '../../shared/files/copy/keep-idle.ts';
import { workForToken } from '../../shared/files/send/task-token.ts';
import { type Tables, tableNames } from '../support/services.ts';
import { TestClock } from './clock.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';

const tables = Object.fromEntries(tableNames.map((name) => [name, name])) as Tables;

const services = useServices();

type Line = Record<string, unknown>;
const called = (lines: readonly Line[], message: string) => lines.filter((line) => line.message === message);

/** The lines that tell something, and whose messages they name. */
const namesOf = ({ log }: World, message: string) => called(log.lines, message).map(({ messageId }) => messageId);

async function setUp(options = {}) {
  const world = await createWorld(services(), options);
  await world.createProject();
  return world;
}

/** A log that keeps what it is told, and a call that always fails. */
function failing() {
  const lines: Line[] = [];
  const keep = (message: string, extra: object = {}) => void lines.push({ message, ...extra });
  const log = { debug() {}, info: keep, warn: keep, error: keep };
  const send = async () => {
    throw new Error('busy');
  };
  return { lines, log, send };
}

describe('the messages that asked for it are named by log lines', () => {
  it('of a batch of several deliveries, each with its own files and bytes', async () => {
    const world = await setUp({ slots: 1 });
    // While the one slot is taken, two more become due.
    await world.sendDelivery([{ fileId: 'first', size: 100 }]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const one = await world.sendDelivery([
      { fileId: 'a', size: 100 },
      { fileId: 'b', size: 200 },
    ]);
    const other = await world.sendDelivery([{ fileId: 'c', size: 400 }]);
    await world.gateway.poll();
    while ((await world.gateway.handleQueued()) > 0);
    world.log.lines.splice(0);

    await world.gateway.work();

    const [started, same, ...none] = called(world.log.lines, 'transfer started');
    expect([started?.messageId, same?.messageId, none]).toEqual([one, other, []]);
    expect(same?.transfer).toBe(started?.transfer);
    const copied = called(world.log.lines, 'copied').slice(1);
    expect(copied).toHaveLength(2);
    expect(copied[0]).toMatchObject({ messageId: one, files: 2, BytesMoved: 300 });
    expect(copied[1]).toMatchObject({ messageId: other, files: 1, BytesMoved: 400 });
  });

  it('of a copy that fails until a person is needed', async () => {
    const world = await setUp({ maxAttempts: 1 });
    const messageId = await world.sendDelivery([{ fileId: 'a', size: 100, behaviour: { corruptFirst: 1 } }]);
    await world.settle();

    for (const message of ['copy failed', 'transfer failed', 'incident']) {
      expect(namesOf(world, message), message).toEqual([messageId]);
    }
  });

  it('of a return that fails first', async () => {
    const world = await setUp();
    await world.sendDelivery([{ fileId: 'a', size: 100 }]);
    await world.settle();
    world.log.lines.splice(0);
    const rules = [{ kind: 'status', status: 400, calls: ['POST /data/{fileId}'], times: 1 } as const];
    await world.portal.setFaults({ rules });
    const messageId = await world.portal.send('ReturnDataFile', { fileId: 'a' });
    await world.settle();

    for (const message of ['transfer started', 'sent so far', 'sending failed', 'transfer failed']) {
      expect(namesOf(world, message), message).toEqual([messageId]);
    }
  });

  it('of a file in a batch that could not be kept', async () => {
    const { lines, log, send } = failing();
    const clock = new TestClock();
    const copying = { db: { send } as never, clock, log, tables };
    const over = new AbortController();
    const kept = keepIdle(copying, () => [{ fileId: 'a', createdAt: 0, attempt: 1, messageId: 'm-1' }], over.signal);

    await clock.advance(15_000);
    over.abort();
    await clock.advance(15_000);
    await kept;

    expect(lines).toMatchObject([{ message: 'lease not renewed', fileId: 'a', messageId: 'm-1' }]);
  });

  it('of a task whose work fails, with its last sign of life', async () => {
    const { lines, log, send } = failing();
    const clock = new TestClock();
    const names = { kind: 'return', messageId: 'm-1', fileId: 'a', attempt: 1 };
    const work = Promise.withResolvers<object>();
    const done = workForToken({ sfn: { send }, token: 't', clock, log, names }, () => work.promise);

    await clock.advance(60_000);
    work.reject(new Error('full'));

    await expect(done).rejects.toThrow('busy');
    expect(lines).toMatchObject([
      { message: 'heartbeat failed', ...names },
      { message: 'task failed', ...names },
    ]);
  });
});

describe('the message that asked for it is an annotation of the trace', () => {
  const segment = z.object({ name: z.string(), annotations: z.object({ messageId: z.string() }) });
  afterEach(() => void vi.unstubAllEnvs());

  it('of a copy, a sending, and the end of either', async () => {
    const daemon = createSocket('udp4').bind(0, '127.0.0.1');
    const told: string[] = [];
    daemon.on('message', (packet) => {
      const { name, annotations } = segment.parse(JSON.parse(packet.toString().split('\n')[1] ?? ''));
      told.push(`${name} ${annotations.messageId}`);
    });
    await once(daemon, 'listening');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1');
    vi.stubEnv('AWS_XRAY_DAEMON_ADDRESS', `127.0.0.1:${daemon.address().port}`);
    const world = await setUp();

    const delivery = await world.sendDelivery([{ fileId: 'a', size: 100 }]);
    await world.settle();
    const returned = await world.portal.send('ReturnDataFile', { fileId: 'a' });
    await world.settle();

    const expected = [`Copy ${delivery}`, `Complete ${delivery}`, `Send ${returned}`, `Complete ${returned}`];
    await vi.waitFor(() => expect(told).toEqual(expected));
    daemon.close();
  });
});
