import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortalError } from '../../shared/portal/errors.ts';
import { type ListOptions, readList } from '../../shared/portal/list.ts';
import { collect, servePortal } from './server.ts';

const good = (id: string) => `{"messageId":"${id}","messageType":"CreateProject","data":{"projectNo":1}}`;

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, piece = 0; start < bytes.length; piece++) {
    const end = start + Math.max(1, sizes[piece % sizes.length] ?? 1);
    yield bytes.subarray(start, end);
    start = end;
  }
}

function read(document: string | Uint8Array, sizes: readonly number[] = [65_536], options?: ListOptions) {
  return collect(readList(inPieces(Buffer.from(document), sizes), options));
}

const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });

describe('a list', () => {
  it('has the elements that JSON.parse finds, however it is cut into pieces', async () => {
    const space = fc.constantFrom(undefined, 1, '\t', ' \r\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), space, pieces, async (values, indent, sizes) => {
        const document = JSON.stringify(values, null, indent);
        const { items, error } = await read(document, sizes);
        expect(error).toBeUndefined();
        expect(items.map(({ raw }) => JSON.parse(raw))).toEqual(JSON.parse(document));
      }),
      { numRuns: 300 },
    );
  });

  it('that ends early gives its complete elements and then an error worth a retry', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        pieces,
        async (values, part, sizes) => {
          const document = Buffer.from(JSON.stringify(values));
          const { items, error } = await read(document.subarray(0, Math.floor(document.length * part)), sizes);
          expect(error).toBeInstanceOf(PortalError);
          expect(error).toMatchObject({ retryable: true, call: 'GET /messages' });
          expect(items.map(({ raw }) => JSON.parse(raw))).toEqual(
            JSON.parse(document.toString()).slice(0, items.length),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never ends cleanly when it is no JSON array', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), pieces, async (bytes, sizes) => {
        const { error } = await read(bytes, sizes);
        if (error === undefined) expect(Buffer.from(bytes).toString().trim()).toMatch(/^\ufeff?\s*\[[\s\S]*\]$/);
        else expect(error).toBeInstanceOf(PortalError);
      }),
      { numRuns: 1000 },
    );
  });

  it('may start with a byte order mark, and be empty', async () => {
    expect(await read(`\ufeff [${good('a')}]\n`, [1])).toMatchObject({ items: [{ messageId: 'a' }], error: undefined });
    expect(await read(' [ ] ')).toEqual({ items: [], error: undefined });
  });

  it.each([
    ['nothing', '', 0],
    ['an HTML page', '<!doctype html><html></html>', 0],
    ['an object', '{"messages":[]}', 0],
    ['no closing bracket', `[${good('a')},${good('b')}`, 2],
    ['half an element', `[${good('a')},${good('b').slice(0, 30)}`, 1],
    ['a comma at the end', `[${good('a')},]`, 1],
    ['no comma between elements', `[${good('a')}${good('b')}]`, 1],
    ['two commas', `[${good('a')},,${good('b')}]`, 1],
    ['more after its end', `[${good('a')}] []`, 1],
    ['a page in its middle', `[${good('a')},<html>`, 1],
    ['an element that is no JSON at all', `[${good('a')},undefined]`, 1],
  ])('with %s breaks off after its complete elements', async (_what, document, complete) => {
    for (const sizes of [[1], [7], [65_536]]) {
      const { items, error } = await read(document, sizes);
      expect(items).toHaveLength(complete);
      expect(error).toBeInstanceOf(PortalError);
      expect(error).toMatchObject({ retryable: true });
    }
  });

  it('breaks off at bytes outside of strings that no JSON has', async () => {
    const { items, error } = await read(
      Buffer.concat([Buffer.from(`[${good('a')},{`), Buffer.from([0xff]), Buffer.from('}]')]),
    );
    expect(items).toHaveLength(1);
    expect(error).toMatchObject({ retryable: true });
  });
});

describe('an answer without messages', () => {
  const listed = async (...[status, body, headers = {}]: [number, string, Record<string, string>?]) => {
    const { portal } = await servePortal((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
    return collect(portal.listMessages());
  };

  it.each([
    ['204', 204, '', {}],
    ['null', 200, 'null', {}],
    ['null between spaces', 200, '\ufeff \r\nnull\n', {}],
    ['no byte, by its length', 200, '', { 'content-length': '0' }],
    ['no byte, in chunks', 200, '', { 'transfer-encoding': 'chunked' }],
    ['white space', 200, ' \n', { 'content-length': '2' }],
  ])('(%s) is an empty list', async (_what, status, body, headers) => {
    expect(await listed(status, body, headers)).toEqual({ items: [], error: undefined });
  });

  it.each([
    ['nothing, ended by the connection alone', undefined, '', 'the portal answered with nothing'],
    ['an HTML page', 'application/json', '<!doctype html><p>Closed</p>', 'the portal answered with an HTML page'],
    ['an HTML page that says so', 'text/html', '<!doctype html><p>Closed</p>', '200 with an HTML page: Closed'],
    ['an error in place of a list', 'application/json', '{"statusCode":500}', 'a JSON object in place of a list'],
    ['a text', 'application/json', '"maintenance"', 'a JSON value in place of a list'],
    ['a half null', 'application/json', 'nul', 'ends before'],
    ['no null', 'application/json', 'nothing', 'the portal answered with no JSON'],
    ['plain text', 'text/plain', 'Service closed', 'the portal answered with no JSON'],
    ['a page after a list', 'application/json', '[]<html>', 'goes on after its closing bracket, at byte 2'],
    ['a page in a list', 'application/json', `[${good('a')},<html>`, 'is interrupted by an HTML page at byte'],
  ])('(%s) is none and is named', async (_what, type, body, problem) => {
    const { portal } = await servePortal((_request, response) => {
      if (type !== undefined) response.writeHead(200, { 'content-type': type }).end(body);
      else response.socket?.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
    });
    const { error } = await collect(portal.listMessages());
    expect(error).toMatchObject({ retryable: true, message: expect.stringContaining(problem) });
  });
});

describe('one bad element', () => {
  it.each([
    ['a number', '5'],
    ['a lone surrogate', '{"messageId":"\\ud800","messageType":"CreateProject","data":{"projectNo":1}}'],
    ['a NUL', '{"messageId":"\0"}'],
    ['wrong brackets', '{"a":[1}]'],
    ['no JSON', '{messageId: 1}'],
    ['a wrong escape', '{"messageId":"\\x"}'],
    ['an escaped quote at its end', '{"messageId":"\\\\\\""}'],
    ['deep nesting', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ])('(%s) leaves its neighbours readable', async (_what, element) => {
    const { items, error } = await read(`[${good('a')}, ${element} ,${good('b')}]`, [11]);
    expect(error).toBeUndefined();
    expect(items).toMatchObject([{ messageId: 'a' }, { readable: false, raw: element }, { messageId: 'b' }]);
  });

  it('that is not UTF-8 leaves its neighbours readable', async () => {
    const document = Buffer.concat([
      Buffer.from(`[{"messageId":"`),
      Buffer.from([0xc3, 0x28]),
      Buffer.from(`"},${good('b')}]`),
    ]);
    const { items } = await read(document);
    expect(items).toMatchObject([{ readable: false, problem: 'message: must be UTF-8' }, { messageId: 'b' }]);
  });

  it('that is too long is cut, told apart by its content, and leaves its neighbours readable', async () => {
    const long = (end: string) => `{"messageId":"long","x":"${'é'.repeat(5_000)}${end}"}`;
    const document = `[${good('a')},${long('1')},${long('2')},${good('b')}]`;
    const { items, error } = await read(document, [100], { maxElementBytes: 4_000 });
    expect(error).toBeUndefined();
    expect(items.map(({ readable }) => readable)).toEqual([true, false, false, true]);
    expect(items[1]).toMatchObject({ problem: 'message: is too long to be read' });
    expect(Buffer.byteLength(items[1]?.raw ?? '')).toBeLessThanOrEqual(1_026);
    expect(items[1]?.contentHash).not.toBe(items[2]?.contentHash);
  });
});

describe('a long list', () => {
  it('is read in seconds, one element at a time', async () => {
    const count = 100_000;
    const text = `{"messageId":"x","messageType":"CreateProject","filler":"${'y'.repeat(220)}","data":{"projectNo":1}}`;
    async function* document() {
      for (let index = 0; index < count; index += 200) {
        yield Buffer.from(`${index === 0 ? '[' : ','}${Array(200).fill(text).join(',')}`);
      }
      yield Buffer.from(']');
    }
    const start = performance.now();
    let readable = 0;
    for await (const message of readList(document())) readable += message.readable ? 1 : 0;
    expect(readable).toBe(count);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('is not read ahead of who takes its elements', async () => {
    let given = 0;
    async function* document() {
      for (yield Buffer.from('['); ; given++) yield Buffer.from(`${given > 0 ? ',' : ''}${good('a')}`);
    }
    for await (const _message of readList(document())) break;
    expect(given).toBeLessThan(3);
  });
});
