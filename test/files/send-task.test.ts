import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TaskTokens } from '../../infra/local/steps/task-tokens.ts';
import { leaseTime } from '../../shared/files/lease-times.ts';
import { isSentByTask } from '../../shared/files/send/by-task.ts';
import { heartbeatTime, workForToken } from '../../shared/files/send/task-token.ts';
import { createSfn } from '../../shared/platform/clients.ts';
import { fileRow } from '../support/file-rows.ts';
import { TestClock } from './clock.ts';
import { useServices } from './file-services.ts';
import { createWorld } from './files-fixture.ts';

const services = useServices();

describe('a file for the portal', () => {
  it('is sent by a function up to the limit, and by a task above', () => {
    const bytes = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(bytes, bytes, (size, limit) => {
        expect(isSentByTask(fileRow('f', { size }), limit)).toBe(size > limit);
      }),
    );
  });
});

describe('a return that is larger than a function is given', () => {
  const limit = 1000;

  /** A return whose transfer was just started. */
  async function begin(size: number) {
    const world = await createWorld(services(), { taskAboveBytes: limit, slots: 1 });
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size }]);
    await world.settle();
    const messageId = await world.portal.send('ReturnDataFile', { fileId: 'a' });
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (transfer?.kind !== 'return') throw new Error('No return was started');
    return { world, messageId, transfer };
  }

  it.each([
    [limit, 'send'],
    [limit + 1, 'task'],
  ])('of %i bytes goes by %s, and is done', async (size, next) => {
    const { world, messageId, transfer } = await begin(size);

    expect(await world.gateway.prepare(transfer)).toMatchObject({ next });

    await world.gateway.run(transfer);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', attempts: 1 });
    expect((await world.portal.snapshot()).received).toMatchObject([{ fileId: 'a', size }]);
  });

  it('is held, with its slot, while the task takes its time to start', async () => {
    const { world, messageId, transfer } = await begin(limit + 1);
    await world.gateway.prepare(transfer);

    for (let waited = 0; waited < 240_000; waited += leaseTime) {
      await world.clock.advance(leaseTime);
      await world.settle();
    }

    expect(await world.message(messageId)).toMatchObject({ state: 'working', attempts: 1 });
    const [slot] = (await world.rows('control')).filter(({ name }) => name === transfer.slot);
    expect(slot).toMatchObject({ holder: transfer.holder });
    expect(slot?.leaseUntil).toBeGreaterThan(world.clock.now());
  });

  it('is started anew when the task never starts, and what comes too late ends', async () => {
    const { world, messageId, transfer } = await begin(limit + 1);
    await world.portal.setFaults({ rules: [{ kind: 'hang', calls: ['POST /data/{fileId}'] }] });
    await world.gateway.prepare(transfer);

    await world.clock.advance(300_000);
    await world.gateway.poll();
    const tooLate = world.gateway.task(transfer);
    await world.clock.advance(1_000);

    const error = expect.stringContaining('no longer belongs to this transfer');
    expect(await tooLate).toMatchObject({ outcome: { kind: 'failed', error } });
    await world.portal.setFaults({ rules: [] });
    await world.gateway.work();
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', attempts: 2 });
  });

  it('is stopped when it is not its transfer any more', async () => {
    const { world, transfer } = await begin(limit + 1);
    expect(await world.gateway.prepare({ ...transfer, attempt: 2 })).toMatchObject({ next: 'stop' });
  });
});

describe('work for a state that waits for a token', () => {
  const clock = new TestClock();
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const aMinute = 60;
  let tokens: TaskTokens;

  beforeEach(() => {
    tokens = new TaskTokens();
    Object.assign(services().actions, tokens.actions);
  });

  const work = (token: string, task: (signal: AbortSignal) => Promise<object>) =>
    workForToken({ sfn: createSfn(), token, clock, log: silent, names: {} }, task);
  const never = new AbortController().signal;

  it('gives its output to the state', async () => {
    const waiting = tokens.wait('t', aMinute, never);
    await work('t', async () => ({ next: 'complete' }));
    expect(await waiting).toEqual({ next: 'complete' });
  });

  it('that fails fails the state, with the reason', async () => {
    const waiting = tokens.wait('t', aMinute, never);
    const failed = expect(waiting).rejects.toMatchObject({ name: 'TaskFailed', message: 'TypeError: as asked' });
    await work('t', async () => {
      throw new TypeError('as asked');
    });
    await failed;
  });

  it('tells every minute that it is alive, and no longer than it is', async () => {
    const beat = vi.spyOn(tokens.actions, 'AWSStepFunctions.SendTaskHeartbeat');
    Object.assign(services().actions, tokens.actions);
    const done = Promise.withResolvers<object>();
    const waiting = tokens.wait('t', aMinute, never);
    const working = work('t', () => done.promise);

    await vi.waitFor(async () => {
      await clock.advance(heartbeatTime);
      expect(beat.mock.calls.length).toBeGreaterThanOrEqual(3);
    });
    done.resolve({});
    await Promise.all([working, waiting]);
    beat.mockClear();
    await clock.advance(2 * heartbeatTime);

    expect(beat).not.toHaveBeenCalled();
  });

  it('is ended when nobody waits for it any more, and tells nobody', async () => {
    const ended = Promise.withResolvers<object>();
    const working = work('gone', (signal) => {
      signal.addEventListener('abort', () => ended.reject(signal.reason));
      return ended.promise;
    });

    await vi.waitFor(async () => {
      await clock.advance(heartbeatTime);
      await expect(Promise.race([working, 'at work'])).resolves.toBeUndefined();
    });

    await expect(ended.promise).rejects.toThrow('no longer waits for this task');
  });

  it('goes on when a sign of life does not get through', async () => {
    const beat = vi
      .spyOn(tokens.actions, 'AWSStepFunctions.SendTaskHeartbeat')
      .mockRejectedValueOnce(new Error('busy'));
    Object.assign(services().actions, tokens.actions);
    const done = Promise.withResolvers<object>();
    const waiting = tokens.wait('t', aMinute, never);
    const working = work('t', () => done.promise);

    await vi.waitFor(async () => {
      await clock.advance(heartbeatTime);
      expect(beat.mock.calls.length).toBeGreaterThan(1);
    });
    done.resolve({ well: true });

    await working;
    expect(await waiting).toEqual({ well: true });
  });
});
