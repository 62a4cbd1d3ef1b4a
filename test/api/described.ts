import { Ajv2020 } from 'ajv/dist/2020.js';
import * as z from 'zod';
import { openApi } from '../../shared/api/openapi.ts';
import { allRoutes } from './all-routes.ts';

const content = z.object({ schema: z.looseObject({}).optional() });
const operationsSchema = z.record(
  z.string(),
  z.object({ responses: z.record(z.string(), z.object({ content: z.record(z.string(), content).optional() })) }),
);

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const paths = Object.entries(openApi(allRoutes).paths).map(([path, operations]) => ({
  segments: path.split('/'),
  operations: new Map(Object.entries(operationsSchema.parse(operations))),
}));

/**
 * The difference between an answer and its description; undefined where there is none, or the request is for no route.
 *
 * @param body what the answer's JSON says
 */
export function differenceOfAnswer(
  { method, path }: { method: string; path: string },
  { status, body }: { status: number; body: unknown },
): string | undefined {
  const given = path.replace(/\/$/, '').split('/');
  const found = paths
    .filter(({ segments, operations }) => operations.has(method.toLowerCase()) && fits(segments, given))
    .toSorted((one, other) => parametersIn(one.segments) - parametersIn(other.segments))[0];
  const operation = found?.operations.get(method.toLowerCase());
  if (!operation) return undefined;
  // A parameter in a form that the route does not take is answered as a path that there is not.
  if (status === 404) return undefined;
  const answer = operation.responses[status];
  if (!answer) return `${status} is not described`;
  const { schema } = answer.content?.['application/json'] ?? {};
  if (!schema || ajv.validate(schema, body)) return undefined;
  return `${status}: ${ajv.errorsText()}: ${JSON.stringify(body)}`;
}

const fits = (segments: readonly string[], given: readonly string[]) =>
  segments.length === given.length &&
  segments.every((segment, index) => segment.startsWith('{') || segment === given[index]);

const parametersIn = (segments: readonly string[]) => segments.filter((segment) => segment.startsWith('{')).length;
