import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../infra/local/portal/faults.ts';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal, type OutboundFile, type PortalOptions } from '../../shared/portal/client.ts';
import { apiKey, caught, servePortal } from './server.ts';

const projectNo = '707070';

/** In a process of its own: it answers and closes a connection while this one writes to it. */
let simulator: PortalSimulator;
beforeAll(async () => {
  simulator = await startSimulatorProcess({ apiKey });
});
afterAll(() => simulator.stop());

async function portalWith(rule: FaultRule, options: Partial<PortalOptions> = {}) {
  await simulator.reset();
  await simulator.setFaults({ rules: [rule], streamingEncoding: 'application/octet-stream' });
  return createPortal({ baseUrl: simulator.url, apiKey: async () => apiKey, clock: systemClock, ...options });
}

function fileOf(size: number): OutboundFile {
  const piece = Buffer.alloc(65_536, 'x');
  function* pieces() {
    for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, left);
  }
  return { fileName: 'result.csv', size, open: async () => Readable.from(pieces()) };
}

/** More than the buffers of both ends of a connection hold. */
const large = 50_000_000;

const ways = [
  ['a form', 'sendFile', 'octet-stream'],
  ['a stream of bytes', 'sendLargeFile', 'octet-stream'],
  ['a streamed form', 'sendLargeFile', 'form-data'],
] as const;

describe.each(ways)('an upload as %s', (_way, call, largeFileEncoding) => {
  it.each([
    [large, 'unread'],
    [large, 'cut'],
    [200_000, 'unread'],
    [200_000, 'cut'],
    [1, 'unread'],
  ] as const)('of %i bytes is not sent by a 200 to its head (%s)', async (size, ending) => {
    const portal = await portalWith({ kind: 'early', status: 200, ending }, { largeFileEncoding });
    expect(await caught(portal[call](projectNo, fileOf(size)))).toMatchObject({
      name: 'PortalError',
      retryable: true,
      message: expect.stringContaining('answered 200 before it had the whole file'),
    });
  });

  it.each([401, 403, 413, 500])('that is refused early with a cut connection says so: %i', async (status) => {
    const portal = await portalWith({ kind: 'early', status, ending: 'cut' }, { largeFileEncoding });
    for (let time = 0; time < 20; time++) {
      expect(await caught(portal[call](projectNo, fileOf(large)))).toMatchObject({
        status,
        message: expect.stringContaining(`${status} Fault ${status}`),
      });
    }
  });

  it('of an empty file is sent', async () => {
    const portal = await portalWith({ kind: 'latency', milliseconds: 1 }, { largeFileEncoding });
    await simulator.setFaults({
      streamingEncoding: largeFileEncoding === 'form-data' ? 'multipart/form-data' : 'application/octet-stream',
    });
    await portal[call](projectNo, fileOf(0));
    expect((await simulator.snapshot()).received).toMatchObject([{ size: 0 }]);
  });
});

it('an upload that is refused early with 415 is tried the other way', async () => {
  const rule = { kind: 'early', status: 415, ending: 'cut', times: 1 } as const;
  const portal = await portalWith(rule, { largeFileEncoding: 'form-data' });
  await portal.sendLargeFile(projectNo, fileOf(large));
  expect((await simulator.snapshot()).received).toMatchObject([{ size: large }]);
});

it('an upload counts as sent whenever the portal answers to its last byte', async () => {
  const { portal, requests } = await servePortal((request, response) => {
    // One without a byte has no last one to answer to.
    let left = Number(request.headers['content-length']);
    request.on('data', (part: Buffer) => {
      left -= part.length;
      if (left === 0) response.end();
    });
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3_000_000 }),
      fc.constantFrom('sendFile', 'sendLargeFile'),
      async (size, call) => {
        await portal[call](projectNo, fileOf(size));
      },
    ),
    { numRuns: 30 },
  );
  expect(requests.length).toBeGreaterThanOrEqual(30);
});
