import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../shared/platform/errors.ts';
import type { OutboundFile, Portal } from '../../shared/portal/client.ts';
import { PortalError, PortalUnauthorizedError } from '../../shared/portal/errors.ts';
import { always, apiKey, caught, collect, errorDetails, prefix, servePortal } from './server.ts';

const file: OutboundFile = { fileName: 'result.csv', size: 3, open: async () => Readable.from([Buffer.from('abc')]) };
const access = { accessIdentifier: 'a/1', loginName: 'user-1', oneTimePassword: 'pass word"1' };
const form = expect.stringMatching(/^multipart\/form-data; boundary=/);

interface Case {
  name: string;
  call: (portal: Portal) => Promise<unknown>;
  sent: { method: string; url: string; type?: unknown; body?: string };
  /** Outcome of each status that is no error. */
  outcomes: Record<number, unknown>;
}

const marks = { 200: 'marked', 204: 'marked', 400: 'already-marked', 403: 'forbidden', 404: 'not-found' };
const done = { 200: undefined, 201: undefined, 204: undefined };

const cases: Case[] = [
  {
    name: 'GET /messages',
    call: async (portal) => {
      const { items, error } = await collect(portal.listMessages());
      if (error) throw error;
      return items.length;
    },
    sent: { method: 'GET', url: '/messages' },
    outcomes: {},
  },
  {
    name: 'PATCH /messages/{id}',
    call: (portal) => portal.markMessage('../%2f 😀'),
    sent: { method: 'PATCH', url: '/messages/..%2F%252f%20%F0%9F%98%80', body: '' },
    outcomes: marks,
  },
  {
    name: 'POST /projects/{projectNo}/confirm',
    call: (portal) => portal.confirmProject('7/7'),
    sent: { method: 'POST', url: '/projects/7%2F7/confirm', body: '' },
    outcomes: { 200: 'confirmed', 204: 'confirmed', 400: 'already-confirmed' },
  },
  {
    name: 'POST /user-accesses',
    call: (portal) => portal.createUserAccess(access),
    sent: { method: 'POST', url: '/user-accesses', type: 'application/json', body: JSON.stringify(access) },
    outcomes: done,
  },
  {
    name: 'PATCH /user-accesses/{accessIdentifier}',
    call: (portal) => portal.resetPassword('a/1', 'pass"word'),
    sent: { method: 'PATCH', url: '/user-accesses/a%2F1', type: 'application/json', body: '"pass\\"word"' },
    outcomes: done,
  },
  {
    name: 'GET /data/{fileId}',
    call: async (portal) => {
      const { body } = await portal.downloadFile('f?1');
      return Buffer.concat(await body.toArray()).toString();
    },
    sent: { method: 'GET', url: '/data/f%3F1' },
    outcomes: { 200: '' },
  },
  {
    name: 'POST /data/{fileId}',
    call: (portal) => portal.returnFile('f?1', file),
    sent: { method: 'POST', url: '/data/f%3F1', type: form },
    outcomes: done,
  },
  {
    name: 'POST /data/large-file/{fileId}',
    call: (portal) => portal.returnLargeFile('f?1', file),
    sent: { method: 'POST', url: '/data/large-file/f%3F1', type: 'application/octet-stream', body: 'abc' },
    outcomes: done,
  },
  {
    name: 'POST /data/project/{projectNo}',
    call: (portal) => portal.sendFile('7', file),
    sent: { method: 'POST', url: '/data/project/7', type: form },
    outcomes: done,
  },
  {
    name: 'POST /data/project/{projectNo}/{fileName}',
    call: (portal) => portal.sendLargeFile('7', { ...file, fileName: 'år #1.csv' }),
    sent: { method: 'POST', url: '/data/project/7/%C3%A5r%20%231.csv', type: 'application/octet-stream', body: 'abc' },
    outcomes: done,
  },
];

const retryableStatuses = [408, 425, 429, 500, 502, 503, 504];
/** For calls that transfer a file. */
const passingStatuses = [301, 302, 304, 307, 403, 404];
const finalStatuses = [301, 302, 304, 307, 400, 401, 403, 404, 405, 409, 410, 413, 415, 416, 422];

describe.each(cases)('$name', ({ name, call, sent, outcomes }) => {
  it('sends what the portal describes, with the key', async () => {
    const { portal, requests } = await servePortal(always(200));

    await caught(call(portal));

    const { type, body, ...rest } = sent;
    expect(requests[0]).toMatchObject({ ...rest, url: prefix + sent.url });
    expect(requests[0]?.headers['x-api-key']).toBe(apiKey);
    expect(requests[0]?.headers['content-type']).toEqual(type);
    if (body !== undefined) expect(requests[0]?.body.toString()).toBe(body);
  });

  it.each(Object.entries(outcomes))('takes %s for %s', async (status, outcome) => {
    const { portal } = await servePortal(always(Number(status), ''));
    expect(await call(portal)).toBe(outcome);
  });

  it.each([...retryableStatuses, ...finalStatuses].filter((status) => !(status in outcomes)))(
    'takes %i for an error',
    async (status) => {
      const { portal } = await servePortal(always(status, errorDetails(status), { 'retry-after': '600' }));
      const passing = name.includes('/data/') ? passingStatuses : [];
      const retryable = [401, ...retryableStatuses, ...passing].includes(status);
      const error = await caught(call(portal));
      expect(error).toBeInstanceOf(status === 401 ? PortalUnauthorizedError : PortalError);
      expect(error).toMatchObject({ call: name, status, retryable });
      expect(error).toHaveProperty('message', expect.stringContaining(status === 304 ? '304' : `told ${status}`));
    },
  );

  it('ends with its signal, as an error worth a retry', async () => {
    const stop = new AbortController();
    const { portal, requests } = await servePortal(() => stop.abort());
    expect(await caught(callWith(portal, stop.signal))).toMatchObject({
      call: name,
      retryable: true,
      status: undefined,
    });
    expect(requests).toHaveLength(1);
  });

  /** The same call with a signal, by a portal whose every method gets it as its last argument. */
  function callWith(portal: Portal, signal: AbortSignal): Promise<unknown> {
    return call({
      listMessages: () => portal.listMessages(signal),
      markMessage: (id) => portal.markMessage(id, signal),
      confirmProject: (projectNo) => portal.confirmProject(projectNo, signal),
      createUserAccess: (fields) => portal.createUserAccess(fields, signal),
      resetPassword: (identifier, password) => portal.resetPassword(identifier, password, signal),
      downloadFile: (fileId) => portal.downloadFile(fileId, { signal }),
      returnFile: (fileId, content) => portal.returnFile(fileId, content, signal),
      returnLargeFile: (fileId, content) => portal.returnLargeFile(fileId, content, signal),
      sendFile: (projectNo, content) => portal.sendFile(projectNo, content, signal),
      sendLargeFile: (projectNo, content) => portal.sendLargeFile(projectNo, content, signal),
    });
  }
});

describe('a call with an id that would lead elsewhere', () => {
  it.each(['', '.', '..', '\ud800'])('(%j) is not sent', async (id) => {
    const { portal, requests } = await servePortal(always(200));
    const calls = [
      portal.markMessage(id),
      portal.confirmProject(id),
      portal.resetPassword(id, 'x'),
      portal.downloadFile(id),
      portal.returnFile(id, file),
      portal.returnLargeFile(id, file),
      portal.sendFile(id, file),
      portal.sendLargeFile(id, file),
      portal.sendLargeFile('7', { ...file, fileName: id }),
    ];
    for (const call of calls) expect(await caught(call)).toBeInstanceOf(InvalidInputError);
    expect(requests).toHaveLength(0);
  });
});

describe('a page in place of the portal’s answer', () => {
  it.each([200, 400])('proves nothing done (%i)', async (status) => {
    const { portal } = await servePortal(
      always(status, '<html>Down for maintenance</html>', { 'content-type': 'text/html; charset=utf-8' }),
    );
    for (const call of [portal.markMessage('a'), portal.confirmProject('7'), portal.createUserAccess(access)]) {
      expect(await caught(call)).toBeInstanceOf(PortalError);
    }
    expect(await caught(portal.markMessage('a'))).toMatchObject({ status, retryable: true });
  });
});

describe('the list', () => {
  const message = '{"messageId":"a","messageType":"CreateProject","data":{"projectNo":1}}';

  it('is read as it comes, strictly when told so', async () => {
    const { portal } = await servePortal(always(200, `[${message},5]`));
    expect(await collect(portal.listMessages())).toMatchObject({
      items: [{ messageId: 'a' }, { readable: false }],
      error: undefined,
    });
    const { portal: strict } = await servePortal(always(200, `[${message}]`), { strict: true });
    expect(await collect(strict.listMessages())).toMatchObject({
      items: [{ readable: false, problem: 'messageId: must be a UUID' }],
    });
  });

  it.each([
    ['ends', (text: string) => ({ headers: {}, text, cut: false })],
    ['loses its connection', (text: string) => ({ headers: { 'content-length': '1000' }, text, cut: true })],
  ])('that %s halfway gives its complete messages and then an error worth a retry', async (_how, part) => {
    const { portal, requests } = await servePortal((_request, response) => {
      const { headers, text, cut } = part(`[${message},${message},{"mess`);
      response.writeHead(200, headers);
      response.write(text, () => (cut ? response.destroy() : response.end()));
    });
    const { items, error } = await collect(portal.listMessages());
    expect(items).toHaveLength(2);
    expect(error).toBeInstanceOf(PortalError);
    expect(error).toMatchObject({ call: 'GET /messages', retryable: true });
    expect(requests).toHaveLength(1);
  });

  it('may be left before its end', async () => {
    const { portal } = await servePortal((_request, response) => {
      response.writeHead(200).write(`[${message},`);
    });
    for await (const { messageId } of portal.listMessages()) {
      expect(messageId).toBe('a');
      break;
    }
  });
});
