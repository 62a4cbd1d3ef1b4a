import { describe, expect, it, vi } from 'vitest';
import type { FileBehaviours } from '../../infra/local/portal/faults.ts';
import { PortalFile } from '../../shared/files/copy/portal-file.ts';
import { ResumeError } from '../../shared/files/copy/resume.ts';
import { TestClock } from './clock.ts';
import { useServices } from './file-services.ts';
import { createWorld } from './files-fixture.ts';

const services = useServices();
const size = 100_000;
const signal = new AbortController().signal;

async function setUp(behaviour: FileBehaviours, total?: number, announced = {}) {
  const { portal: simulator, gateway } = await createWorld(services());
  await simulator.addFile({ fileId: 'a', size }, behaviour);
  const clock = new TestClock();
  let received = 0;
  const file = new PortalFile(gateway.io.portal, clock, { fileId: 'a', ...announced }, total, (bytes) => {
    received += bytes;
  });
  const read = async (start: number, end?: number) => {
    const pieces = await Array.fromAsync(file.read({ start, ...(end !== undefined && { end }) }, signal));
    return Buffer.concat(pieces).length;
  };
  return { simulator, clock, file, read, received: () => received };
}

/** Lets seconds pass until something has ended. @returns what it gave, and how many seconds went by */
async function whileSecondsPass<Result>(clock: TestClock, begun: Promise<Result>) {
  let ended = false;
  const settled = begun.finally(() => {
    ended = true;
  });
  const before = clock.now();
  await vi.waitFor(
    async () => {
      await clock.advance(1_000);
      expect(ended).toBe(true);
    },
    { interval: 5, timeout: 10_000 },
  );
  return { result: await settled, seconds: (clock.now() - before) / 1_000 };
}

describe('a file at the portal', () => {
  it.each<[string, FileBehaviours]>([
    ['honours ranges', {}],
    ['ignores ranges', { ranges: false }],
    ['tells no length', { ranges: false, chunked: true }],
  ])('gives the bytes that were asked for where it %s', async (_, behaviour) => {
    const { read } = await setUp(behaviour);
    expect(await read(0)).toBe(size);
    expect(await read(60_000)).toBe(size - 60_000);
  });

  it('is asked for once where the portal refuses the key', async () => {
    const { simulator, read } = await setUp({});
    await simulator.setFaults({ rules: [{ kind: 'status', status: 401, calls: ['GET /data/{fileId}'], times: 1 }] });
    await expect(read(0)).rejects.toMatchObject({ name: 'PortalUnauthorizedError' });
  });

  it('goes on with another connection when one stalls, and fetches nothing twice', async () => {
    const { clock, read, received } = await setUp({ stallAt: [70_000] });
    const { result, seconds } = await whileSecondsPass(clock, read(0));
    expect(result).toBe(size);
    expect(received()).toBe(size);
    expect(seconds).toBeGreaterThan(15);
  });

  it('does not take it for a stall when nobody reads', async () => {
    const { clock, file } = await setUp({});
    const pieces = file.read({ start: 0 }, signal);
    let bytes = (await pieces.next()).value?.length ?? 0;
    await clock.advance(60_000);
    for await (const piece of pieces) bytes += piece.length;
    expect(bytes).toBe(size);
  });

  it('is read on when an answer ends before its range, also while the length of the file is unknown', async () => {
    const { clock, read, received } = await setUp({ unknownTotal: true, truncateFirst: 2 });
    const { result } = await whileSecondsPass(clock, read(60_000));
    expect(result).toBe(size - 60_000);
    expect(received()).toBe(size - 60_000);
  });

  it('is another one when its length is another', async () => {
    const { read } = await setUp({}, size - 1);
    await expect(read(10)).rejects.toThrow(ResumeError);
  });

  it('is the same one when an answer has another length than announced, which the stored bytes have', async () => {
    const { clock, read } = await setUp({}, size - 1, { size: size - 1 });
    const { result } = await whileSecondsPass(
      clock,
      read(10).catch((error: unknown) => error),
    );
    expect(result).toMatchObject({
      name: 'TransientError',
      message: `The portal has ${size} bytes of file a, and had ${size - 1}`,
    });
  });

  it('is another one when attempt after attempt finds another length, whatever was announced', async () => {
    const { read } = await setUp({}, size - 1, { size: size - 1, failures: 3 });
    await expect(read(10)).rejects.toThrow(ResumeError);
  });

  it('is the same one whatever ETag it has', async () => {
    const { clock, read, received } = await setUp([{ etag: 'one', dropAt: [60_000] }, { etag: 'two' }]);
    const { result } = await whileSecondsPass(clock, read(0));
    expect(result).toBe(size);
    expect(received()).toBe(size);
  });
});
