import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fileContent } from '../../../../infra/local/portal/content.ts';
import type { FaultRule, FileBehaviours } from '../../../../infra/local/portal/faults.ts';
import { type PortalSimulator, startSimulator } from '../../../../infra/local/portal/simulator.ts';
import { apiKey, fileForm, listIds, send, sendJson } from './simulator-client.ts';

let simulator: PortalSimulator;

beforeEach(async () => {
  simulator = await startSimulator({ apiKey });
});
afterEach(() => simulator.stop());

const setRules = (...rules: FaultRule[]): Promise<void> => simulator.setFaults({ rules });

describe('answers', () => {
  it('gives a status for the next requests of a call', async () => {
    await setRules({ kind: 'status', status: 429, retryAfter: '2', times: 2, calls: ['GET /messages'] });
    const other = await send(simulator, 'POST /projects/1/confirm');
    const first = await send(simulator, 'GET /messages');
    const statuses = [(await send(simulator, 'GET /messages')).status, (await send(simulator, 'GET /messages')).status];
    expect([other.status, first.status, ...statuses]).toEqual([200, 429, 429, 200]);
    expect(first.headers['retry-after']).toBe('2');
    expect(JSON.parse(first.body.toString())).toEqual({ statusCode: 429, message: 'Fault 429' });
  });

  it('meets some requests by chance, the same ones for the same seed', async () => {
    await setRules({ kind: 'status', status: 500, probability: 0.5 });
    const other = await startSimulator({ apiKey });
    await other.setFaults({ rules: [{ kind: 'status', status: 500, probability: 0.5 }] });
    const statuses = [];
    for (let request = 0; request < 40; request += 1) {
      const { status } = await send(simulator, 'GET /messages');
      statuses.push(status);
      expect((await send(other, 'GET /messages')).status).toBe(status);
    }
    expect(new Set(statuses)).toEqual(new Set([200, 500]));
    await other.stop();
  });

  it('applies nothing of a request that gets a status, and reads its body', async () => {
    await simulator.addFile({ fileId: 'f', size: 1 });
    await setRules({ kind: 'status', status: 503, times: 1 });
    expect((await send(simulator, 'POST /data/f', fileForm(Buffer.alloc(5_000_000)))).status).toBe(503);
    expect((await simulator.snapshot()).received).toEqual([]);
  });

  it('adds latency to what else happens', async () => {
    await setRules({ kind: 'latency', milliseconds: 60 }, { kind: 'status', status: 500 });
    const begin = performance.now();
    expect((await send(simulator, 'GET /messages')).status).toBe(500);
    expect(performance.now() - begin).toBeGreaterThan(55);
  });

  it('gives HTML pages and redirects', async () => {
    await setRules({ kind: 'html', status: 200, times: 1 }, { kind: 'redirect', times: 1 });
    const page = await send(simulator, 'GET /messages');
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringMatching('text/html')]);
    expect((await send(simulator, 'GET /messages')).status).toBe(302);
  });

  it('records a redirect that is followed', async () => {
    await setRules({ kind: 'redirect' });
    await fetch(`${simulator.url}/messages`, { headers: { 'X-API-Key': apiKey } });
    expect((await simulator.snapshot()).violations).toEqual([{ call: 'unknown', rule: 'a path that no call has' }]);
  });

  it('stops misbehaving when faults are cleared', async () => {
    await setRules({ kind: 'status', status: 500 });
    await simulator.clearFaults();
    expect((await send(simulator, 'GET /messages')).status).toBe(200);
  });
});

describe('lost answers', () => {
  it.each(['cut', 'applied-cut'] as const)('%s', async (kind) => {
    await simulator.send('CreateProject', {}, { messageId: 'a' });
    await setRules({ kind, times: 1 });
    await expect(send(simulator, 'PATCH /messages/a')).rejects.toThrow('socket hang up');
    expect(await simulator.pending()).toBe(kind === 'cut' ? 1 : 0);
    expect((await simulator.snapshot()).requests['PATCH /messages/{id}']).toEqual({ cut: 1 });
  });

  it.each(['hang', 'applied-hang'] as const)('%s', async (kind) => {
    await simulator.send('CreateProject', {}, { messageId: 'a' });
    await setRules({ kind, times: 1 });
    const given = new AbortController();
    const answer = send(simulator, 'PATCH /messages/a', { signal: given.signal });
    const failed = expect(answer).rejects.toThrow('aborted');
    await vi.waitFor(async () => {
      expect((await simulator.snapshot()).requests['PATCH /messages/{id}']).toEqual({ hang: 1 });
    });
    given.abort();
    await failed;
    expect(await simulator.pending()).toBe(kind === 'hang' ? 1 : 0);
  });

  it('survives a client that goes in the middle of an upload', async () => {
    await simulator.addFile({ fileId: 'f', size: 1 });
    const given = new AbortController();
    const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': '1000' };
    const answer = send(simulator, 'POST /data/large-file/f', { headers, signal: given.signal });
    const failed = expect(answer).rejects.toThrow();
    await vi.waitFor(async () => expect((await simulator.snapshot()).maxConcurrent.all).toBe(1));
    given.abort();
    await failed;
    await vi.waitFor(async () => {
      const { requests, received, violations } = await simulator.snapshot();
      expect(requests['POST /data/large-file/{fileId}']).toEqual({ aborted: 1 });
      expect([received, violations]).toEqual([[], []]);
    });
  });
});

describe('lists', () => {
  beforeEach(async () => {
    for (const messageId of ['a', 'b', 'c']) await simulator.send('CreateProject', {}, { messageId });
  });

  it('is truncated, well-formed', async () => {
    await setRules({ kind: 'truncated-list', count: 2 });
    expect(await listIds(simulator)).toEqual(['a', 'b']);
  });

  it('is a list from earlier', async () => {
    await listIds(simulator);
    await send(simulator, 'PATCH /messages/a');
    await listIds(simulator);
    await send(simulator, 'PATCH /messages/b');
    await setRules({ kind: 'stale-list', times: 1 }, { kind: 'stale-list', back: 2, times: 1 });
    const lists = [await listIds(simulator), await listIds(simulator), await listIds(simulator)];
    expect(lists).toEqual([['b', 'c'], ['a', 'b', 'c'], ['c']]);
  });

  it('is half, ended as if complete', async () => {
    await setRules({ kind: 'half-list', ending: 'clean' });
    const { status, body } = await send(simulator, 'GET /messages');
    expect(status).toBe(200);
    expect(body.toString()).toMatch(/^\[\{"messageId":"a"/);
    expect(() => JSON.parse(body.toString())).toThrow();
  });

  it('is half, then the connection is cut', async () => {
    await setRules({ kind: 'half-list', ending: 'cut' });
    await expect(send(simulator, 'GET /messages')).rejects.toThrow('aborted');
  });
});

describe('marking', () => {
  it('insists on the order within a project, through its accesses and files', async () => {
    await simulator.setFaults({ inOrderMarking: true });
    await simulator.send('CreateProject', { projectNo: 1 }, { messageId: 'a' });
    await simulator.send('CreateProject', { projectNo: 2 }, { messageId: 'b' });
    await simulator.send(
      'CreateProjectAccess',
      { projectNo: 1, accessIdentifier: 'x' },
      { messageId: 'c', dataAsString: true },
    );
    await simulator.send('ResetPassword', { accessIdentifier: 'x' }, { messageId: 'd' });

    const statuses = [];
    for (const id of ['d', 'b', 'c', 'a', 'd', 'c', 'd']) {
      statuses.push((await send(simulator, `PATCH /messages/${id}`)).status);
    }

    expect(statuses).toEqual([404, 200, 404, 200, 404, 200, 200]);
  });

  it('takes a list in order', async () => {
    await simulator.setFaults({ inOrderMarking: true });
    for (const messageId of ['a', 'b']) await simulator.send('CreateProject', { projectNo: 1 }, { messageId });
    expect((await sendJson(simulator, 'PATCH /messages', ['b', 'a'])).status).toBe(404);
    expect((await sendJson(simulator, 'PATCH /messages', ['a', 'b'])).status).toBe(200);
  });

  it.each([404, 405] as const)('of lists is not implemented: %i', async (bulkMarking) => {
    await simulator.setFaults({ bulkMarking });
    expect((await sendJson(simulator, 'PATCH /messages', ['a'])).status).toBe(bulkMarking);
  });
});

describe('downloads', () => {
  const size = 3_000_000;
  const content = Buffer.concat([...fileContent({ seed: 'f', size })]);

  const add = async (behaviour: FileBehaviours): Promise<void> => {
    await simulator.addFile({ fileId: 'f', size }, behaviour);
  };
  const get = (headers: Record<string, string> = {}) => send(simulator, 'GET /data/f', { headers });

  it('gives the whole file, and counts its bytes', async () => {
    await add({});
    const { status, headers, body } = await get();
    expect([status, headers['content-length']]).toEqual([200, String(size)]);
    expect(body.equals(content)).toBe(true);
    expect((await simulator.snapshot()).served.get('f')).toEqual({ requests: 1, bytes: size });
  });

  it('gives a range, if the file is still the same', async () => {
    await add({ etag: 'v1' });
    const part = await get({ Range: 'bytes=1048570-1048585', 'If-Range': '"v1"' });
    expect([part.status, part.headers['content-range']]).toEqual([206, `bytes 1048570-1048585/${size}`]);
    expect(part.body.equals(content.subarray(1_048_570, 1_048_586))).toBe(true);
    await simulator.setFileBehaviour('f', { etag: 'v2' });
    const whole = await get({ Range: 'bytes=1-2', 'If-Range': '"v1"' });
    expect([whole.status, whole.headers.etag]).toEqual([200, '"v2"']);
    const beyond = await get({ Range: `bytes=${size}-` });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${size}`]);
  });

  it('does not honour ranges, when set so', async () => {
    await simulator.setFaults({ downloads: { ranges: false, etag: false } });
    await add({});
    const { status, headers, body } = await get({ Range: 'bytes=1-2' });
    expect([status, body.length]).toEqual([200, size]);
    expect(headers).not.toHaveProperty('accept-ranges');
    expect(headers).not.toHaveProperty('etag');
  });

  it('has no Content-Length, when chunked', async () => {
    await add({ chunked: true });
    const { headers, body } = await get();
    expect(headers).not.toHaveProperty('content-length');
    expect(body.equals(content)).toBe(true);
  });

  it('is corrupt at first: right size, wrong bytes', async () => {
    await add({ corruptFirst: 1 });
    const [wrong, right] = [await get(), await get()];
    expect([wrong.body.length, wrong.body.equals(content), right.body.equals(content)]).toEqual([size, false, true]);
  });

  it('is truncated at first, ended as if complete', async () => {
    await add({ truncateFirst: 1 });
    const [half, whole] = [await get(), await get()];
    expect([half.status, half.body.length, whole.body.length]).toEqual([200, size / 2, size]);
  });

  it('drops the connection after so many bytes', async () => {
    await add({ dropAfterBytes: 1_500_000, dropFirst: 1 });
    await expect(get()).rejects.toThrow('aborted');
    expect((await simulator.snapshot()).served.get('f')).toEqual({ requests: 1, bytes: 1_500_000 });
    expect((await get()).body.equals(content)).toBe(true);
  });

  it('stalls after so many bytes', async () => {
    await add({ stallAfterBytes: 1_500_000 });
    const given = new AbortController();
    const response = await fetch(`${simulator.url}/data/f`, { headers: { 'X-API-Key': apiKey }, signal: given.signal });
    const reader = response.body?.getReader();
    let got = 0;
    while (got < 1_500_000) got += (await reader?.read())?.value?.length ?? 0;
    const more = reader?.read().then(() => 'more');
    expect(await Promise.race([more, after(50, 'nothing')])).toBe('nothing');
    const failed = expect(more).rejects.toThrow();
    given.abort();
    await failed;
    expect(got).toBe(1_500_000);
  });

  it('drops each connection that comes to an offset, once', async () => {
    await add({ dropAt: [0, 1_000_000, 2_500_000] });
    await expect(get()).rejects.toThrow();
    await expect(get()).rejects.toThrow('aborted');
    expect((await get({ Range: 'bytes=500000-1999999' })).body.length).toBe(1_500_000);
    await expect(get({ Range: 'bytes=2000000-' })).rejects.toThrow('aborted');
    expect((await get()).body.equals(content)).toBe(true);
    const bytes = 1_000_000 + 1_500_000 + 500_000 + size;
    expect((await simulator.snapshot()).served.get('f')).toEqual({ requests: 5, bytes });
  });

  it('stalls at an offset, once', async () => {
    await add({ stallAt: [1_500_000] });
    const given = new AbortController();
    const failed = expect(send(simulator, 'GET /data/f', { signal: given.signal })).rejects.toThrow('aborted');
    await vi.waitFor(async () =>
      expect((await simulator.snapshot()).served.get('f')).toEqual({ requests: 1, bytes: 1_500_000 }),
    );
    given.abort();
    await failed;
    expect((await get()).body.equals(content)).toBe(true);
  });

  it('changes from request to request', async () => {
    await add([{ ranges: false }, { etag: 'old', seed: 'old', size: size + 1 }, { truncateFirst: 3 }, {}]);
    const range = { Range: 'bytes=1-2' };
    const answers = [await get(range), await get(), await get(range), await get(range), await get(range)];
    expect(answers.map(({ status, body }) => [status, body.length])).toEqual([
      [200, size],
      [200, size + 1],
      [206, 1],
      [206, 2],
      [206, 2],
    ]);
    expect(answers[1]?.headers.etag).toBe('"old"');
    expect(answers[1]?.body.subarray(0, size).equals(content)).toBe(false);
  });

  it('keeps to a bandwidth for each connection', async () => {
    await add({ bytesPerSecond: 4 * size });
    const begin = performance.now();
    const bodies = await Promise.all([get(), get(), get()]);
    const milliseconds = performance.now() - begin;
    expect(bodies.every(({ body }) => body.equals(content))).toBe(true);
    expect(milliseconds).toBeGreaterThan(240);
    expect(milliseconds).toBeLessThan(700);
    expect((await simulator.snapshot()).maxConcurrent['GET /data/{fileId}']).toBe(3);
  });

  it('tells a wrong size, when set so', async () => {
    const { fileSize, fileChecksum } = await simulator.addFile({ fileId: 'f', size }, { statedSize: -5 });
    expect(fileSize).toBe(-5);
    expect(fileChecksum).toMatch(/^[0-9a-f]{32}$/);
  });
});
