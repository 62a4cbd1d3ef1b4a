import { Refusal } from '../../api/answer.ts';
import { bodyText, parseJson, type SentBody } from '../../api/json-body.ts';
import { jsonFault } from '../../platform/python-json.ts';
import { refuse } from '../errors.ts';

/** Parsed body of a request, and its text. */
export interface JsonBody {
  fields: Readonly<Record<string, unknown>>;
  text: string;
}

/** Parses a body whatever its content type is. @throws Refusal in the words of the documented API */
export function readJson(sent: SentBody): JsonBody {
  const text = bodyText(sent);
  const fields = parse(text);
  if (!isObject(fields)) throw refuse(400, 'Invalid JSON: an object is expected');
  return { fields, text };
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const message = Reflect.get(Object(error.answer.body), 'message');
    throw refuse(400, `Invalid JSON: ${message === 'The body is not JSON' ? jsonFault(text) : message}`);
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text of a field. @throws Refusal when it is no text, or a longer one */
export function textOf(fields: JsonBody['fields'], name: string, longest: number): string {
  const value = fields[name];
  if (typeof value !== 'string') throw refuse(400, `${name} must be a string.`);
  if ([...value].length > longest) throw refuse(400, `${name} must have ${longest} characters at most.`);
  return value;
}
