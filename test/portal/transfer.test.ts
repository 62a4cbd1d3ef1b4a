import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSimulator } from '../../infra/local/portal/simulator.ts';
import { InvalidInputError, TransientError } from '../../shared/platform/errors.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal, maxFormBytes, type OutboundFile, type PortalOptions } from '../../shared/portal/client.ts';
import { always, apiKey, caught, collect, servePortal } from './server.ts';

const projectNo = '707070';

async function simulate(options: Partial<PortalOptions> = {}) {
  const simulator = await startSimulator({ apiKey });
  onTestFinished(() => simulator.stop());
  return {
    simulator,
    portal: createPortal({ baseUrl: simulator.url, apiKey: async () => apiKey, clock: systemClock, ...options }),
  };
}

function fileOf(bytes: Buffer, fileName = 'result.csv') {
  let opened = 0;
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, n) =>
    bytes.subarray(n * 65_536, (n + 1) * 65_536),
  );
  const open = async () => {
    opened++;
    return Readable.from(pieces);
  };
  const file: OutboundFile = { fileName, size: bytes.length, open };
  return { file, md5: createHash('md5').update(bytes).digest('hex'), opened: () => opened };
}

describe('a download', () => {
  const bytes = async (body: Readable) => Buffer.concat(await body.toArray());

  it('is empty when the portal answers 204', async () => {
    const { portal } = await servePortal(always(204));
    const { body, contentLength } = await portal.downloadFile('empty');
    expect([contentLength, (await bytes(body)).length]).toEqual([0, 0]);
  });

  it('gives the file with its length and type', async () => {
    const { simulator, portal } = await simulate();
    const { fileChecksum } = await simulator.addFile({ fileId: 'a/../b', size: 300_000 });
    const { body, ...head } = await portal.downloadFile('a/../b');
    expect(head).toEqual({ contentLength: 300_000, contentType: 'application/octet-stream' });
    expect(
      createHash('md5')
        .update(await bytes(body))
        .digest('hex'),
    ).toBe(fileChecksum);
  });

  it('gives a range where the portal honours it', async () => {
    const { simulator, portal } = await simulate();
    await simulator.addFile({ fileId: 'a', size: 1_000 });
    const whole = await bytes((await portal.downloadFile('a')).body);
    for (const [options, range] of [
      [{ start: 900 }, { start: 900, end: 999, total: 1_000 }],
      [
        { start: 10, end: 19 },
        { start: 10, end: 19, total: 1_000 },
      ],
      [{ end: 4 }, { start: 0, end: 4, total: 1_000 }],
    ] as const) {
      const { body, ...head } = await portal.downloadFile('a', options);
      expect(head).toMatchObject({ range, contentLength: range.end - range.start + 1 });
      expect(await bytes(body)).toEqual(whole.subarray(range.start, range.end + 1));
    }
    expect((await simulator.snapshot()).violations).toEqual([]);
  });

  it('gives the whole file where it does not', async () => {
    const { simulator, portal } = await simulate();
    await simulator.addFile({ fileId: 'a', size: 1_000 }, { ranges: false });
    const download = await portal.downloadFile('a', { start: 10 });
    expect(download).not.toHaveProperty('range');
    expect(await bytes(download.body)).toHaveLength(1_000);
  });

  it('has no length where the portal does not know it', async () => {
    const { simulator, portal } = await simulate();
    await simulator.addFile({ fileId: 'a', size: 1_000 }, { chunked: true });
    const { body, ...head } = await portal.downloadFile('a');
    expect(head).not.toHaveProperty('contentLength');
    expect(await bytes(body)).toHaveLength(1_000);
  });

  it.each(['bytes 2-9/10', 'bytes 4-6/10'])(
    'takes a 206 with Content-Range %s for bytes 4 to 8',
    async (contentRange) => {
      const headers = { 'content-range': contentRange };
      const { portal } = await servePortal((_request, response) => void response.writeHead(206, headers).end('12345'));
      const { range } = await portal.downloadFile('a', { start: 4, end: 8 });
      expect(`bytes ${range?.start}-${range?.end}/${range?.total}`).toBe(contentRange);
    },
  );

  it.each([301, 302, 403, 404, 407, 429, 500, 503])(
    'that is answered with %i may pass: a maintenance page or a proxy may have said it',
    async (status) => {
      const { portal } = await servePortal(always(status));
      expect(await caught(portal.downloadFile('a'))).toMatchObject({ status, retryable: true });
    },
  );

  it.each(['bytes 0-3/10', 'bytes 5-9/10', 'bytes 9-4/10', 'lines 4-8/10', undefined])(
    'refuses a 206 with Content-Range %s for bytes 4 to 8',
    async (contentRange) => {
      const headers = contentRange === undefined ? {} : { 'content-range': contentRange };
      const { portal } = await servePortal((_request, response) => void response.writeHead(206, headers).end('12345'));
      expect(await caught(portal.downloadFile('a', { start: 4, end: 8 }))).toMatchObject({
        status: 206,
        retryable: true,
      });
    },
  );

  it('whose connection breaks is an error of its body, never a shorter file', async () => {
    const { simulator, portal } = await simulate();
    await simulator.addFile({ fileId: 'a', size: 300_000 }, { dropAfterBytes: 100_000 });
    const { body } = await portal.downloadFile('a');
    expect((await collect(body)).error).toBeInstanceOf(Error);
  });

  it('stops with its signal', async () => {
    const { simulator, portal } = await simulate();
    await simulator.addFile({ fileId: 'a', size: 300_000 }, { stallAfterBytes: 1_000 });
    const stop = new AbortController();
    const { body } = await portal.downloadFile('a', { signal: stop.signal });
    body.once('data', () => stop.abort(new TransientError('stopped')));
    expect((await collect(body)).error).toBeInstanceOf(Error);
  });
});

describe('an upload', () => {
  const names = ['result.csv', 'år "1" æøå 😀.csv', "it's; a=b, c%22.txt", 'a"; name=x.csv', 'b" ; filename="c'];

  it.each(names)('brings the content and the name %j, as a form or streamed', async (fileName) => {
    const { simulator, portal } = await simulate();
    await simulator.addFile({ fileId: 'f', size: 1 });
    const { file, md5 } = fileOf(randomBytes(1_000_003), fileName);

    await portal.returnFile('f', file);
    await portal.returnLargeFile('f', file);
    await portal.sendFile(projectNo, file);
    await portal.sendLargeFile(projectNo, file);

    const { received, violations } = await simulator.snapshot();
    // As browsers write it, for a form has no other way that all servers read.
    const inForm = fileName.replaceAll('"', '%22');
    expect(violations).toEqual([]);
    expect(received).toMatchObject([
      { call: 'POST /data/{fileId}', fileId: 'f', fileName: inForm, size: file.size, md5 },
      { call: 'POST /data/large-file/{fileId}', fileId: 'f', size: file.size, md5 },
      { call: 'POST /data/project/{projectNo}', projectNo, fileName: inForm, size: file.size, md5 },
      { call: 'POST /data/project/{projectNo}/{fileName}', projectNo, fileName, size: file.size, md5 },
    ]);
  });

  it('may be of an empty file', async () => {
    const { simulator, portal } = await simulate();
    const { file, md5 } = fileOf(Buffer.alloc(0));
    await portal.sendFile(projectNo, file);
    await portal.sendLargeFile(projectNo, file);
    expect((await simulator.snapshot()).received).toMatchObject([
      { size: 0, md5 },
      { size: 0, md5 },
    ]);
  });

  it.each([
    ['octet-stream', 'multipart/form-data'],
    ['form-data', 'application/octet-stream'],
  ] as const)(
    'as %s is tried the other way on 415, with the content opened again',
    async (largeFileEncoding, streamingEncoding) => {
      const { simulator, portal } = await simulate({ largeFileEncoding });
      await simulator.setFaults({ streamingEncoding });
      const { file, md5, opened } = fileOf(randomBytes(3_000_000));
      await portal.sendLargeFile(projectNo, file);
      expect(opened()).toBe(2);
      expect((await simulator.snapshot()).received).toMatchObject([{ size: 3_000_000, md5 }]);
    },
  );

  it('that gets 415 both ways fails for good, after two requests', async () => {
    const { portal, requests } = await servePortal(always(415));
    const { file } = fileOf(randomBytes(10));
    expect(await caught(portal.returnLargeFile('f', file))).toMatchObject({ status: 415, retryable: false });
    expect(requests.map(({ headers }) => headers['content-type']?.split(';')[0])).toEqual([
      'application/octet-stream',
      'multipart/form-data',
    ]);
  });

  it('tells its length before its content', async () => {
    const { portal, requests } = await servePortal(always(200));
    const { file } = fileOf(randomBytes(200_000));
    await portal.sendFile('7', file);
    await portal.sendLargeFile('7', file);
    for (const { headers, body } of requests) {
      expect(headers['content-length']).toBe(`${body.length}`);
      expect(headers).not.toHaveProperty('transfer-encoding');
    }
  });

  it.each([1_000, -1_000])('whose content is %i bytes off never arrives whole', async (difference) => {
    const { simulator, portal } = await simulate();
    const { file } = fileOf(randomBytes(200_000));
    for (const send of [portal.sendFile, portal.sendLargeFile]) {
      expect(await caught(send(projectNo, { ...file, size: file.size + difference }))).toMatchObject({
        retryable: true,
      });
    }
    expect((await simulator.snapshot()).received).toEqual([]);
  });

  it('whose content fails passes on that error', async () => {
    const { simulator, portal } = await simulate();
    const failure = new TransientError('the bucket is gone');
    async function* content() {
      yield Buffer.alloc(100_000);
      throw failure;
    }
    const file = { fileName: 'a', size: 200_000, open: async () => Readable.from(content()) };
    expect(await caught(portal.sendLargeFile(projectNo, file))).toBe(failure);
    expect(await caught(portal.sendFile(projectNo, file))).toBe(failure);
    expect(await caught(portal.sendFile(projectNo, { ...file, open: () => Promise.reject(failure) }))).toBe(failure);
    const failing = async () => Readable.from(content()).destroy(failure);
    expect(await caught(portal.sendLargeFile(projectNo, { ...file, open: failing }))).toBe(failure);
    expect((await simulator.snapshot()).received).toEqual([]);
  });

  it('that the portal refuses at once lets go of the content', async () => {
    const { portal } = await servePortal((_request, response) => {
      response.writeHead(403, { connection: 'close', 'content-type': 'application/json' }).end('{"message":"no"}');
    });
    const content = Readable.from(Array(500).fill(Buffer.alloc(65_536)));
    const file = { fileName: 'a', size: 500 * 65_536, open: async () => content };
    expect(await caught(portal.sendLargeFile(projectNo, file))).toMatchObject({
      call: 'POST /data/project/{projectNo}/{fileName}',
    });
    expect(content.destroyed).toBe(true);
  });

  it.each(['a/b', 'a\\b', 'a\nb', '\0', '', '..', '\ud800'])('of a file named %j is not sent', async (fileName) => {
    const { portal, requests } = await servePortal(always(200));
    const { file, opened } = fileOf(randomBytes(1), fileName);
    for (const send of [portal.sendFile, portal.sendLargeFile, portal.returnFile, portal.returnLargeFile]) {
      expect(await caught(send('7', file))).toBeInstanceOf(InvalidInputError);
    }
    expect(requests.length + opened()).toBe(0);
  });

  it('as a form is not for files over 2 GB', async () => {
    const { portal, requests } = await servePortal(always(200));
    const { file } = fileOf(randomBytes(1));
    for (const size of [maxFormBytes + 1, -1, 1.5, Number.NaN]) {
      expect(await caught(portal.sendFile('7', { ...file, size }))).toBeInstanceOf(InvalidInputError);
      expect(await caught(portal.returnFile('7', { ...file, size }))).toBeInstanceOf(InvalidInputError);
    }
    expect(requests).toHaveLength(0);
  });
});

describe('the other calls, at a portal that is strict about requests', () => {
  it('break no rule', async () => {
    const { simulator, portal } = await simulate();
    const ids = [
      await simulator.send('CreateProject', { projectNo: 7 }),
      await simulator.send('DeleteProject', { projectNo: '7' }, { messageId: '../%2f "x"' }),
      await simulator.send(
        'CreateProject',
        { projectNo: 8 },
        { messageId: 2n ** 64n + 1n, dataAsString: true, timestamp: null },
      ),
      await simulator.sendRaw('{"messageId":"\\ud800"}'),
    ];
    const { items, error } = await collect(portal.listMessages());
    expect(error).toBeUndefined();
    expect(items.map(({ messageId }) => messageId)).toEqual([ids[0], '../%2f "x"', '18446744073709551617', undefined]);

    const [first = '', ...others] = items.flatMap(({ messageId }) => messageId ?? []);
    expect(await portal.markMessage(first)).toBe('marked');
    expect(await portal.markMessage(first)).toBe('already-marked');
    expect(await portal.markMessage('unknown')).toBe('not-found');
    for (const other of others) expect(await portal.markMessage(other)).toBe('marked');
    expect(await portal.confirmProject('7')).toBe('confirmed');
    expect(await portal.confirmProject('7')).toBe('already-confirmed');
    await portal.createUserAccess({ accessIdentifier: 'a/1', loginName: 'u', oneTimePassword: 'p"1' });
    await portal.resetPassword('a/1', 'p"2');

    const { violations, credentials } = await simulator.snapshot();
    expect(violations).toEqual([]);
    expect(credentials.get('a/1')).toMatchObject([
      { oneTimePassword: 'p"1', loginName: 'u' },
      { oneTimePassword: 'p"2' },
    ]);
  });
});
