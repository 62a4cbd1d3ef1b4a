import { refusals } from './refusals.ts';
import { textProblem } from './text-problem.ts';

/** Bytes: a body of 1 MiB and more is refused. */
const maxBodyBytes = 2 ** 20 - 1;
/** Objects and arrays within one another. */
const maxDepth = 32;

/** A body as API Gateway passes it on. */
export interface SentBody {
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

const jsonType = /^application\/(?:[\w.-]+\+)?json$/;

/** Whether a Content-Type is JSON in UTF-8. */
export function isJson(contentType = ''): boolean {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return jsonType.test(type) && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
}

/**
 * The text of a body.
 *
 * @throws Refusal when it is too large or not UTF-8
 */
export function bodyText({ body = '', isBase64Encoded }: SentBody): string {
  // Base64 has four characters for three bytes: what is far too long is not decoded.
  if (body.length > (maxBodyBytes * 4) / 3 + 4) throw refusals.tooLarge(maxBodyBytes);
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBodyBytes) throw refusals.tooLarge(maxBodyBytes);
  const text = isBase64Encoded ? bytes.toString('utf8') : body;
  // API Gateway replaces bytes that are not UTF-8 by this character, as Node does.
  if (text.includes('\ufffd')) throw refusals.badJson('The body is not UTF-8');
  return text;
}

/** Strings and the punctuation of a valid JSON text. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/**
 * Parses JSON strictly: no name twice in an object, no `__proto__`, no deep nesting, no text with a `textProblem`.
 *
 * @throws Refusal naming the rule that the text breaks
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusals.badJson('The body is not JSON');
  }
  const names = countNames(text);
  if (check(value) !== names) throw refusals.badJson('The body has a name twice in an object');
  return value;
}

/** How many names the objects of a valid JSON text have, each counted as often as it is there. */
function countNames(text: string): number {
  let depth = 0;
  let names = 0;
  for (const [token] of text.matchAll(tokens)) {
    if (token === ':') names += 1;
    else if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > maxDepth) throw refusals.badJson(`The body is nested more than ${maxDepth} deep`);
  }
  return names;
}

/** Refuses names and strings that do harm further on. @returns how many names the objects of a value have */
function check(value: unknown): number {
  const problem = typeof value === 'string' ? textProblem(value) : undefined;
  if (problem !== undefined) throw refusals.badJson(`The body has a string that ${problem}`);
  if (value === null || typeof value !== 'object') return 0;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + check(item), 0);
  let names = 0;
  for (const [name, item] of Object.entries(value)) {
    if (name === '__proto__') throw refusals.badJson('The body has the name __proto__');
    names += 1 + check(name) + check(item);
  }
  return names;
}
