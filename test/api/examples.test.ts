import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import document from '../../shared/api/openapi.json' with { type: 'json' };
import { createApi } from './functions.ts';
import { formRequest, send } from './requests.ts';

const schema = z.object({ examples: z.array(z.unknown()).default([]) });
const operationSchema = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.enum(['path', 'query']), schema })),
  requestBody: z
    .object({
      content: z.object({
        'application/json': z.object({ schema }).optional(),
        'multipart/form-data': z.object({ schema }).optional(),
      }),
    })
    .optional(),
  responses: z.record(z.string(), z.unknown()),
});
const { paths } = z.object({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) }).parse(document);

const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

describe("an example of the API's description", () => {
  it.each(operations)('of $method $path is answered as described', async ({ path, method, operation }) => {
    const { functions, tokens } = await createApi();
    const found = functions
      .flatMap(({ handler, routes }) => routes.map((route) => ({ handler, route })))
      .find(({ route }) => route.path === path && route.method === method);
    if (!found) throw new Error('There is no such route');
    const { 'application/json': json, 'multipart/form-data': form } = operation.requestBody?.content ?? {};
    const { examples = [undefined] } = (json ?? form)?.schema ?? {};
    expect(examples, 'a body has an example').not.toEqual([]);
    for (const example of examples) {
      const sent = json
        ? { headers: jsonType, body: JSON.stringify(example) }
        : form && (await formOf(Object(example)));
      const answer = await send(found.handler, {
        method,
        path: operation.parameters.reduce(fill, path),
        ...sent,
        headers: { token: tokens.admin, ...sent?.headers },
      });
      expect(answer.status).toBeLessThan(500);
      expect(Object.keys(operation.responses)).toContain(String(answer.status));
      expect(() => found.route.answers[answer.status]?.body.parse(answer.body)).not.toThrow();
    }
  });

  const jsonType = { 'content-type': 'application/json' };

  function formOf(fields: Record<string, string>) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new File(['bytes'], 'file.txt'));
    return formRequest(form);
  }

  const fill = (path: string, { name, schema: { examples } }: (typeof operations)[0]['operation']['parameters'][0]) => {
    expect(examples, `${name} has an example`).not.toEqual([]);
    return path.replace(`{${name}}`, () => encodeURIComponent(String(examples[0])));
  };
});
