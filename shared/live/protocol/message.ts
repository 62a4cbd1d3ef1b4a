import { InvalidInputError } from '../../platform/errors.ts';
import { problemOfSize } from '../../portal/outline.ts';

/** A message as clients send it: a JSON object. */
export type Message = Readonly<Record<string, unknown>>;

/**
 * Reads a text frame.
 *
 * @throws InvalidInputError when it is no JSON object
 */
export function parseMessage(text: string): Message {
  // Values nested too deep could be parsed, but not answered.
  const problem = problemOfSize(text);
  if (problem !== undefined) throw new InvalidInputError(`the message ${problem}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInputError('the message must be JSON');
  }
  if (!isObject(value)) throw new InvalidInputError('the message must be a JSON object');
  return value;
}

export const isObject = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
