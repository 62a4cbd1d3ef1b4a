import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { anyone } from '../../shared/api/access.ts';
import { answer } from '../../shared/api/answer.ts';
import { maxFormBodyBytes } from '../../shared/api/form-body.ts';
import { http } from '../../shared/api/http.ts';
import { routesOf } from '../../shared/api/route.ts';
import { formRequest, send, type TestRequest } from './requests.ts';

const route = routesOf<{ got: unknown[] }>();
const done = { description: 'Done', body: z.unknown() };

const routes = [
  route({
    method: 'POST',
    path: '/files',
    summary: 'Takes a form',
    access: anyone,
    form: z.object({ title: z.string().max(10) }),
    answers: { 200: done },
    async handler({ form }, { got }) {
      got.push(form?.files);
      return answer(200, {
        title: form?.fields.title,
        files: form?.files.map(({ field, fileName }) => [field, fileName]),
      });
    },
  }),
  route({
    method: 'POST',
    path: '/both',
    summary: 'Takes a form or JSON',
    access: anyone,
    body: z.object({ title: z.string() }),
    form: z.object({ title: z.string() }),
    answers: { 200: done },
    handler: async ({ body, form }) => answer(200, { json: body?.title, form: form?.fields.title }),
  }),
  route({
    method: 'GET',
    path: '/bytes',
    summary: 'Answers with bytes',
    access: anyone,
    answers: { 200: { ...done, contentType: 'application/octet-stream' } },
    handler: async () => answer(200, Buffer.from([0, 255, 10]), { 'content-type': 'application/octet-stream' }),
  }),
];

function setUp() {
  const got: { bytes: Buffer }[][] = [];
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const handler = http({ clock: { now: () => 0 }, log, got, authenticate: async () => undefined }, routes);
  return { got, ask: (request: TestRequest) => send(handler, request) };
}

const formOf = (...fields: [string, string | File][]) => {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  return form;
};

describe('a form', () => {
  it('comes with its fields and files, whatever their bytes and names', async () => {
    const { got, ask } = setUp();
    const bytes = fc.uint8Array({ maxLength: 300 });
    const name = fc.stringMatching(/^[^\r\n"\\\0]{1,20}$/u).filter((text) => text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, bytes), { maxLength: 3 }), async (files) => {
        const form = formOf(
          ['title', 'a'],
          ...files.map(([file, data]) => ['file', new File([data], file)] as [string, File]),
        );
        const { body } = await ask({ method: 'POST', path: '/files', ...(await formRequest(form)) });
        expect(body).toEqual({ title: 'a', files: files.map(([file]) => ['file', file]) });
        expect(got.at(-1)?.map((file) => [...file.bytes])).toEqual(files.map(([, data]) => [...data]));
      }),
      { numRuns: 50 },
    );
  });

  it('may be as a page without files sends it', async () => {
    const { ask } = setUp();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', path: '/files', headers, body: 'title=my_title' };
    expect(await ask(request)).toMatchObject({ status: 200, body: { title: 'my_title', files: [] } });
  });

  it.each<[string, Partial<TestRequest>]>([
    ['has no type', { body: 'title=a' }],
    ['is JSON', { headers: { 'content-type': 'application/json' }, body: '{"title":"a"}' }],
    ['has no boundary', { headers: { 'content-type': 'multipart/form-data' }, body: '--a' }],
    ['breaks off', { headers: { 'content-type': 'multipart/form-data; boundary=a' }, body: '--a\r\nContent-Disp' }],
  ])('that %s is refused', async (_, request) => {
    expect(await setUp().ask({ method: 'POST', path: '/files', ...request })).toMatchObject({ status: 400 });
  });

  it.each<[number, FormData]>([
    [400, formOf()],
    [400, formOf(['title', 'longer than ten'])],
    [400, formOf(['title', 'a'], ['title', 'b'])],
    [400, formOf(['title', 'a'], ['more', '\u0301'.repeat(31)])],
    [413, formOf(['title', 'a'], ['file', new File([Buffer.alloc(maxFormBodyBytes)], 'large')])],
  ])('that breaks a rule gets %i', async (status, form) => {
    expect(await setUp().ask({ method: 'POST', path: '/files', ...(await formRequest(form)) })).toMatchObject({
      status,
    });
  });

  it('or JSON is read by its Content-Type where a route takes both', async () => {
    const { ask } = setUp();
    const json = { headers: { 'content-type': 'application/json' }, body: '{"title":"a"}' };
    expect((await ask({ method: 'POST', path: '/both', ...json })).body).toEqual({ json: 'a' });
    expect((await ask({ method: 'POST', path: '/both', ...(await formRequest(formOf(['title', 'b']))) })).body).toEqual(
      { form: 'b' },
    );
  });
});

it('an answer of bytes is sent as it is', async () => {
  const { headers, body } = await setUp().ask({ method: 'GET', path: '/bytes' });
  expect(headers).toMatchObject({ 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' });
  expect(body).toEqual(Buffer.from([0, 255, 10]));
});
