import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PortalSimulator, startSimulator } from '../../../../infra/local/portal/simulator.ts';
import { apiKey, fileForm, listIds, send, sendJson } from './simulator-client.ts';

let simulator: PortalSimulator;

beforeEach(async () => {
  simulator = await startSimulator({ apiKey });
});
afterEach(() => simulator.stop());

const md5 = (content: string | Buffer): string => createHash('md5').update(content).digest('hex');
const octets = { 'Content-Type': 'application/octet-stream' };

async function violations(): Promise<string[]> {
  return (await simulator.snapshot()).violations.map(({ rule }) => rule);
}

describe('messages', () => {
  it('lists what is not marked, oldest first, data as an object or as a string', async () => {
    await simulator.send('CreateProject', { projectNo: 1 }, { messageId: 'a', timestamp: 'soon' });
    await simulator.send('DeleteProject', { projectNo: 1 }, { messageId: 7, timestamp: null, dataAsString: true });
    await simulator.send('Unknown', {}, { messageId: 12345678901234567890n });

    const { status, headers, body } = await send(simulator, 'GET /messages');

    expect(status).toBe(200);
    expect(headers['content-type']).toMatch('application/json');
    expect(JSON.parse(body.toString()).slice(0, 2)).toEqual([
      { messageId: 'a', messageType: 'CreateProject', timestamp: 'soon', data: { projectNo: 1 } },
      { messageId: 7, messageType: 'DeleteProject', data: '{"projectNo":1}' },
    ]);
    expect(body.toString()).toContain('"messageId":12345678901234567890,');
  });

  it('marks one: 200, then 400; 404 when unknown, 403 when another centre’s', async () => {
    await simulator.send('CreateProject', {}, { messageId: 'a' });
    await simulator.send('CreateProject', {}, { messageId: 'b' });
    await simulator.setFaults({ otherCentreIds: ['theirs'] });

    const statuses = [];
    for (const id of ['b', 'b', 'c', 'theirs']) statuses.push((await send(simulator, `PATCH /messages/${id}`)).status);

    expect(statuses).toEqual([200, 400, 404, 403]);
    expect(await listIds(simulator)).toEqual(['a']);
    const { messages, requests } = await simulator.snapshot();
    expect(messages).toEqual([
      { messageId: 'a', messageType: 'CreateProject', marked: false },
      { messageId: 'b', messageType: 'CreateProject', marked: true, markedAt: expect.any(Number), markOrder: 1 },
    ]);
    expect(requests['PATCH /messages/{id}']).toEqual({ 200: 1, 400: 1, 403: 1, 404: 1 });
  });

  it.each(['../../..', '.', 'a/b', 'æ %2F?#', '12345678901234567890'])('knows the escaped id %j', async (messageId) => {
    await simulator.send('CreateProject', {}, { messageId });
    const escaped = encodeURIComponent(messageId).replaceAll('.', '%2e');
    expect((await send(simulator, `PATCH /messages/${escaped}`)).status).toBe(200);
    expect(await simulator.pending()).toBe(0);
  });

  it('knows a big integer id by its digits', async () => {
    await simulator.sendRaw('{"messageId": 12345678901234567890, "messageType": "CreateProject", "data": {}}');
    expect((await send(simulator, 'PATCH /messages/12345678901234567890')).status).toBe(200);
  });

  it('marks a list: all or nothing', async () => {
    for (const messageId of ['a', 'b', 3]) await simulator.send('CreateProject', {}, { messageId });
    const refused = await sendJson(simulator, 'PATCH /messages', ['a', 'unknown']);
    expect([refused.status, await simulator.pending()]).toEqual([404, 3]);
    expect((await sendJson(simulator, 'PATCH /messages', ['a', 3])).status).toBe(200);
    expect(await listIds(simulator)).toEqual(['b']);
    expect((await sendJson(simulator, 'PATCH /messages', ['a', 'b'])).status).toBe(400);
    expect(await simulator.pending()).toBe(1);
  });

  it('marks what it can of a list, when set so', async () => {
    await simulator.sendMany(['a', 'b'].map((messageId) => ({ messageType: 'CreateProject', data: {}, messageId })));
    await simulator.setFaults({ bulkMarking: 'partial' });
    expect((await sendJson(simulator, 'PATCH /messages', ['a', 'unknown', 'b'])).status).toBe(404);
    expect(await simulator.pending()).toBe(0);
  });

  it('lists hostile elements as they are, and withdraws them', async () => {
    const id = await simulator.sendRaw('{"messageId": ');
    expect((await send(simulator, 'GET /messages')).body.toString()).toBe('[{"messageId": ]');
    await simulator.withdraw(id);
    expect(await listIds(simulator)).toEqual([]);
  });

  it('starts integer ids again after a reset', async () => {
    const integers = await startSimulator({ apiKey, integerIds: true });
    const first = [await integers.send('CreateProject', {}), await integers.send('CreateProject', {})];
    await integers.reset();
    const again = await integers.send('DeleteProject', {});
    expect([first, again, await listIds(integers)]).toEqual([['1', '2'], '1', [1]]);
    await integers.stop();
  });

  it('lists 100,000 messages', async () => {
    const many = Array.from({ length: 100_000 }, (_, projectNo) => ({
      messageType: 'CreateProject',
      data: { projectNo },
    }));
    const ids = await simulator.sendMany(many);
    expect(await listIds(simulator)).toEqual(ids);
  });
});

describe('projects and accesses', () => {
  it('confirms a project once, and only a known one', async () => {
    await simulator.setFaults({ knownProjects: ['1'] });
    const statuses = [];
    for (const no of [1, 1, 2]) statuses.push((await send(simulator, `POST /projects/${no}/confirm`)).status);
    expect(statuses).toEqual([200, 400, 404]);
    expect((await simulator.snapshot()).confirmed).toEqual(['1']);
  });

  it('keeps every credential, in order', async () => {
    const created = { accessIdentifier: '__proto__', loginName: 'anna', oneTimePassword: 'one' };
    expect((await sendJson(simulator, 'POST /user-accesses', created)).status).toBe(200);
    expect((await sendJson(simulator, 'PATCH /user-accesses/__proto__', 'two')).status).toBe(200);
    expect((await simulator.snapshot()).credentials.get('__proto__')).toMatchObject([
      { method: 'POST', loginName: 'anna', oneTimePassword: 'one' },
      { method: 'PATCH', oneTimePassword: 'two' },
    ]);
  });

  it.each([
    ['POST /user-accesses', { accessIdentifier: 'a', loginName: 'b' }],
    ['POST /user-accesses', { accessIdentifier: 'a', loginName: 'b', oneTimePassword: 'secret', more: 1 }],
    ['PATCH /user-accesses/a', { oneTimePassword: 'secret' }],
    ['PATCH /user-accesses/a', ''],
    ['PATCH /messages', { ids: [] }],
  ])('refuses %s with %j', async (call, body) => {
    expect((await sendJson(simulator, call, body)).status).toBe(400);
    expect(await violations()).toEqual([expect.stringMatching(/^a body that is not /)]);
  });
});

describe('files', () => {
  beforeEach(async () => {
    await simulator.addFile({ fileId: 'f/1', size: 10 });
    await simulator.addFile({ fileId: 'theirs', size: 10 }, { forbidden: true });
  });

  it('takes a file back as a form, or streamed', async () => {
    const form = await send(simulator, 'POST /data/f%2F1', fileForm('content'));
    const streamed = await send(simulator, 'POST /data/large-file/f%2F1', { headers: octets, body: 'large' });
    expect([form.status, streamed.status]).toEqual([200, 200]);
    expect((await simulator.snapshot()).received).toMatchObject([
      { call: 'POST /data/{fileId}', fileId: 'f/1', fileName: 'table.csv', size: 7, md5: md5('content') },
      { call: 'POST /data/large-file/{fileId}', fileId: 'f/1', size: 5, md5: md5('large') },
    ]);
    expect(await violations()).toEqual([]);
  });

  it('takes a result file, named by the form or by the path', async () => {
    const form = await send(simulator, 'POST /data/project/7', fileForm('', 'DataFile', 'a %22b%22 å.csv'));
    const streamed = await send(simulator, 'POST /data/project/7/b%20%C3%A5.csv', { headers: octets, body: 'large' });
    expect([form.status, streamed.status]).toEqual([200, 200]);
    expect((await simulator.snapshot()).received).toMatchObject([
      { call: 'POST /data/project/{projectNo}', projectNo: '7', fileName: 'a %22b%22 å.csv', size: 0, md5: md5('') },
      { call: 'POST /data/project/{projectNo}/{fileName}', projectNo: '7', fileName: 'b å.csv', md5: md5('large') },
    ]);
  });

  it('answers 404 for unknown files, 403 for those of others', async () => {
    await simulator.setFaults({ forbiddenProjects: ['8'] });
    const statuses = [];
    for (const id of ['unknown', 'theirs']) {
      statuses.push((await send(simulator, `GET /data/${id}`)).status);
      statuses.push((await send(simulator, `POST /data/${id}`, fileForm('x'))).status);
    }
    statuses.push((await send(simulator, 'POST /data/project/8', fileForm('x'))).status);
    expect(statuses).toEqual([404, 404, 403, 403, 403]);
    expect((await simulator.snapshot()).received).toEqual([]);
  });

  it('takes streamed files as forms when set so; the other encoding gets 415 and is no violation', async () => {
    const form = fileForm('large', 'DataFile', 'x');
    const before = await send(simulator, 'POST /data/large-file/f%2F1', form);
    await simulator.setFaults({ streamingEncoding: 'multipart/form-data' });
    const after = await send(simulator, 'POST /data/large-file/f%2F1', form);
    const raw = await send(simulator, 'POST /data/project/7/x', { headers: octets, body: 'large' });
    expect([before.status, after.status, raw.status]).toEqual([415, 200, 415]);
    expect(JSON.parse(before.body.toString())).toEqual({ status: 415, title: expect.any(String) });
    expect((await simulator.snapshot()).received).toMatchObject([{ size: 5, md5: md5('large') }]);
    expect(await violations()).toEqual([]);
  });

  it('refuses a form over the limit', async () => {
    await simulator.setFaults({ formLimitBytes: 1000 });
    expect((await send(simulator, 'POST /data/f%2F1', fileForm(Buffer.alloc(1000)))).status).toBe(413);
    expect((await send(simulator, 'POST /data/f%2F1', fileForm(Buffer.alloc(100)))).status).toBe(200);
  });
});

describe('Expect: 100-continue', () => {
  it.each([
    ['f', 200, true],
    ['unknown', 404, false],
  ])('of %s', async (fileId, status, continued) => {
    await simulator.addFile({ fileId: 'f', size: 1 });
    const { hostname, port, pathname } = new URL(simulator.url);
    const headers = { 'X-API-Key': apiKey, ...octets, 'Content-Length': '5', Expect: '100-continue' };
    const path = `${pathname}/data/large-file/${fileId}`;
    const sent = request({ hostname, port, path, method: 'POST', headers, agent: false });
    let asked = false;
    sent.on('continue', () => {
      asked = true;
      sent.end('large');
    });
    sent.flushHeaders();
    const [response]: IncomingMessage[] = await once(sent, 'response');
    expect([response?.statusCode, asked]).toEqual([status, continued]);
    sent.destroy();
  });
});

describe('strictness', () => {
  it.each([
    ['no API key', 'GET /messages', { headers: { 'X-API-Key': '' } }, 401, /API key/],
    ['a query', 'GET /messages?page=1', {}, 404, /query/],
    ['an unknown path', 'GET /message', {}, 404, /no call/],
    ['an empty segment', 'PATCH /messages/', {}, 404, /no call/],
    ['a wrong method', 'PUT /messages', {}, 405, /method/],
    ['an escape that is none', 'PATCH /messages/%E6', {}, 400, /UTF-8/],
    ['a body with a mark', 'PATCH /messages/a', { body: '{}' }, 400, /a body where none/],
    ['a body with GET', 'GET /messages', { headers: { 'Content-Length': '2' }, body: '{}' }, 400, /a body where none/],
    ['no Content-Type', 'PATCH /messages', { body: '[]' }, 415, /Content-Type/],
    [
      'another charset',
      'PATCH /messages',
      { headers: { 'Content-Type': 'application/json; charset=latin1' }, body: '[]' },
      415,
      /Content-Type/,
    ],
    [
      'half a JSON text',
      'PATCH /messages',
      { headers: { 'Content-Type': 'application/json' }, body: '["a"' },
      400,
      /not a JSON array/,
    ],
    [
      'no UTF-8',
      'PATCH /messages',
      { headers: { 'Content-Type': 'application/json' }, body: Buffer.from('["æ"]', 'latin1') },
      400,
      /UTF-8/,
    ],
    [
      'a chunked file',
      'POST /data/f',
      { headers: { 'Content-Type': 'application/octet-stream', 'Transfer-Encoding': 'chunked' }, body: 'x' },
      411,
      /Content-Length/,
    ],
    [
      'a form without boundary',
      'POST /data/f',
      { headers: { 'Content-Type': 'multipart/form-data' }, body: 'x' },
      415,
      /boundary/,
    ],
    ['another field', 'POST /data/f', fileForm('x', 'dataFile'), 400, /not DataFile/],
    ['no file name', 'POST /data/f', fileForm('x', 'DataFile', ''), 400, /no file name/],
    [
      'a form that breaks off',
      'POST /data/f',
      { ...fileForm('x'), body: fileForm('x').body.subarray(0, -6) },
      400,
      /closing boundary/,
    ],
    ['a form without parts', 'POST /data/f', { ...fileForm('x'), body: '--limit--\r\n' }, 400, /no part/],
    [
      'another type of stream',
      'POST /data/large-file/f',
      { headers: { 'Content-Type': 'text/csv' }, body: 'x' },
      415,
      /neither/,
    ],
  ])('records %s', async (_, call, options, status, rule) => {
    await simulator.addFile({ fileId: 'f', size: 1 });
    expect((await send(simulator, call, options)).status).toBe(status);
    expect(await violations()).toEqual([expect.stringMatching(rule)]);
  });

  it('records a request outside the base path', async () => {
    const { origin } = new URL(simulator.url);
    expect((await fetch(`${origin}/messages`, { headers: { 'X-API-Key': apiKey } })).status).toBe(404);
    expect(await violations()).toEqual([expect.stringMatching('base path')]);
  });

  it('gives ErrorDetails, and never the key that was sent', async () => {
    const { status, body } = await send(simulator, 'GET /messages', { headers: { 'X-API-Key': 'wrong-key' } });
    expect([status, JSON.parse(body.toString())]).toEqual([401, { statusCode: 401, message: expect.any(String) }]);
    expect(JSON.stringify(await simulator.snapshot())).not.toContain('wrong-key');
  });

  it('is satisfied with what fetch sends', async () => {
    await simulator.addFile({ fileId: 'f', size: 1 });
    await simulator.send('CreateProject', {}, { messageId: 'a' });
    const headers = { 'X-API-Key': apiKey };
    const form = new FormData();
    form.set('DataFile', new Blob(['content']), 'table å.csv');
    const answers = await Promise.all([
      fetch(`${simulator.url}/messages/a`, { method: 'PATCH', headers }),
      fetch(`${simulator.url}/data/f`, { method: 'POST', headers, body: form }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { received, violations: broken } = await simulator.snapshot();
    expect(received).toMatchObject([{ fileName: 'table å.csv', md5: md5('content') }]);
    expect(broken).toEqual([]);
  });
});
