import type * as z from 'zod';

/** Characters of a value that a text quotes. */
const longestQuote = 200;

/** A problem of a body in the words of Python's `jsonschema`, which clients of the documented API know. */
export interface IssueText {
  text: string;
  /** How deep the problem lies: a missing property lies at the object that lacks it. */
  depth: number;
}

/** @param body the JSON text that has the problem */
export function describeIssue(issue: z.core.$ZodIssue, body: string): IssueText {
  const { path } = issue;
  const value = at(path, JSON.parse(body, keepNumbers));
  if (issue.code === 'invalid_type' && value === undefined && path.length > 0) {
    return { text: `${quote(path.at(-1))} is a required property`, depth: path.length - 1 };
  }
  if (issue.code === 'invalid_value' && issue.values.length === 1) {
    return { text: `${quote(issue.values[0])} was expected`, depth: path.length };
  }
  return { text: `${quote(value)} ${ruleOf(issue)}`, depth: path.length };
}

function ruleOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is not of type '${typeNames[issue.expected] ?? issue.expected}'`;
    case 'invalid_value':
      return `is not one of ${quote(issue.values)}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'is too short'
        : `is less than the minimum of ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'is too long'
        : `is greater than the maximum of ${issue.maximum}`;
    case 'invalid_format':
      return `is not a '${issue.format}'`;
    case 'invalid_union':
      return 'is not valid under any of the given schemas';
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = { int: 'integer', record: 'object' };

/** A number as it is written: `5.0` is no `5` in Python. */
class Numeral {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

const keepNumbers = (_name: string, value: unknown, { source }: { source?: string } = {}) =>
  typeof value === 'number' && source !== undefined ? new Numeral(source) : value;

function at(path: readonly PropertyKey[], value: unknown): unknown {
  let found = value;
  for (const name of path) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, name)) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

function quote(value: unknown): string {
  const text = pythonText(value);
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
}

/** A value as Python prints it. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value instanceof Numeral) return numeralText(value.source);
  if (typeof value === 'string') return stringText(value);
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([name, item]) => `${stringText(name)}: ${pythonText(item)}`)
    .join(', ')}}`;
}

function numeralText(source: string): string {
  if (!/[.e]/i.test(source)) return source;
  const number = Number(source);
  return Number.isInteger(number) && Math.abs(number) < 1e16 ? number.toFixed(1) : String(number);
}

function stringText(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\']|\p{Cc}/gu, (character) => {
    if (character === "'") return mark === "'" ? "\\'" : character;
    return escapes[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return mark + escaped + mark;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
