import type * as z from 'zod';
import { pythonRepr } from '../platform/python-repr.ts';

/** Characters of a value that a text quotes. */
const longestQuote = 200;

/** A problem of a body in the words of Python's `jsonschema`, which clients of the documented API know. */
export interface IssueText {
  text: string;
  /** How deep the problem lies: a missing property lies at the object that lacks it. */
  depth: number;
}

/** @param body that has the problem, as `parseKeepingNumbers` reads it */
export function describeIssue(issue: z.core.$ZodIssue, body: unknown): IssueText {
  const { path } = issue;
  const value = at(path, body);
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
      return hasLength(issue.origin) ? 'is too short' : `is less than the minimum of ${issue.minimum}`;
    case 'too_big':
      return hasLength(issue.origin) ? 'is too long' : `is greater than the maximum of ${issue.maximum}`;
    case 'invalid_format':
      return `is not a '${issue.format}'`;
    case 'invalid_union':
      return 'is not valid under any of the given schemas';
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = { int: 'integer', record: 'object' };

const hasLength = (origin: string) => origin === 'string' || origin === 'array';

function at(path: readonly PropertyKey[], value: unknown): unknown {
  let found = value;
  for (const name of path) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, name)) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

function quote(value: unknown): string {
  const text = pythonRepr(value);
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
}
