import * as z from 'zod';
import { errorBody } from './error-body.ts';
import { refusals } from './refusals.ts';
import type { DescribedAnswers, RouteDescription } from './route.ts';

/** The rest of a document is JSON Schema, as zod makes it. */
interface Operation {
  readonly operationId: string;
  readonly [field: string]: unknown;
}

/**
 * Describes the HTTP API as an OpenAPI 3.1 document, by the schemas that requests are parsed with.
 *
 * @param routes by subsystem
 */
export function openApi(routes: Readonly<Record<string, readonly RouteDescription[]>>) {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [tag, ofTag] of Object.entries(routes)) {
    for (const route of ofTag) {
      paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, tag) };
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'DST Gateway',
      version: '1',
      description:
        'What people and programs of the centre use. Each path is answered with a slash at its end, too. A request of `/accounts` or `/processes` that creates may carry the header `Idempotency-Key`: sent again with the same key, it gets the same answer.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.keys(routes).map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'token' },
        bearer: { type: 'http', scheme: 'bearer' },
        uws: { type: 'apiKey', in: 'header', name: 'UWS-Authorization', description: '`Token` and the token' },
      },
    },
  };
}

function operationOf(route: RouteDescription, tag: string): Operation {
  const { method, path, summary, access, answers } = route;
  return {
    operationId: [method.toLowerCase(), ...path.split(/\W+/).filter(Boolean)].join('_'),
    tags: [tag],
    summary,
    description: access.description,
    security: securityOf(access.token),
    parameters: [...parametersOf(route, 'path'), ...parametersOf(route, 'query')],
    ...requestBodyOf(route),
    responses: responsesOf({ ...commonAnswers(route), ...answers }),
  };
}

function requestBodyOf({ described, ...route }: RouteDescription): object {
  const { body = described?.body, form = described?.form } = route;
  if (!body && !form) return {};
  const content = {
    ...(body && json(body, 'input')),
    ...(form && { 'multipart/form-data': { schema: withFiles(schemaOf(form, 'input')) } }),
  };
  return { requestBody: { required: true, content } };
}

/** Every other field is a file. */
const withFiles = (schema: object) => ({
  ...schema,
  additionalProperties: { type: 'string', contentMediaType: 'application/octet-stream' },
});

function securityOf(token: boolean | 'optional'): Record<string, never[]>[] {
  const schemes = [{ token: [] }, { bearer: [] }, { uws: [] }];
  if (token === 'optional') return [{}, ...schemes];
  return token ? schemes : [];
}

function parametersOf(route: RouteDescription, place: 'path' | 'query'): object[] {
  const schema = place === 'path' ? route.parameters : route.query;
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function responsesOf(answers: DescribedAnswers): Record<string, object> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, body, contentType }]) => [
      status,
      { description, content: contentType === undefined ? json(body, 'output') : { [contentType]: {} } },
    ]),
  );
}

const json = (schema: z.ZodType, io: 'input' | 'output') => ({ 'application/json': { schema: schemaOf(schema, io) } });

function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...bare } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return bare;
}

/** Refusals that a route has in common with others. A status of its own declaration goes before. */
function commonAnswers({ access, body: json, form, described, query }: RouteDescription): DescribedAnswers {
  const body = json ?? form ?? described?.body ?? described?.form;
  return {
    ...((access.token || body || query) && {
      400: { description: 'No token, or a request that breaks a rule', body: errorBody },
    }),
    ...(access.token && {
      401: { description: 'A token that is not valid', body: errorLike(refusals.invalidToken().answer.body) },
      403: { description: 'No permission', body: errorLike(refusals.notPermitted().answer.body) },
    }),
    ...((body || query) && { 413: { description: 'A body or an answer that is too large', body: errorBody } }),
    405: { description: 'Another method', body: errorLike(refusals.methodNotAllowed([]).answer.body) },
    429: { description: 'Too many requests', body: z.looseObject({}) },
    500: { description: 'A fault of the service', body: errorBody },
    503: { description: 'The service is busy: try again', body: errorBody },
    ...access.answers,
  };
}

const errorLike = (example: unknown) => errorBody.meta({ examples: [example] });
