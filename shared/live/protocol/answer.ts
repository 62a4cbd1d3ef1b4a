import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { isObject, type Message } from './message.ts';

/**
 * Result of a handler: `[success, data]`, whose data's fields are added to the answer and win over its own; or a bare value, which
 * becomes `success`.
 */
export type HandlerResult = unknown;

/** The answer to a request that its handler has carried out. @throws InvalidInputError for a list that is no pair */
export function resultAnswer(action: unknown, result: HandlerResult): Message {
  if (!Array.isArray(result)) return { success: result ?? null, action };
  if (result.length !== 2) throw new InvalidInputError(`the handler gave ${result.length} values in place of two`);
  const [success, data = null] = result;
  if (data === null) return { success, action };
  if (isPlain(data)) return { success, action, ...data };
  const comment = `Could not add optional data. Server did not return dict. Returned <class '${pythonType(data)}'>`;
  return { success, action, comment };
}

/** The answer to a request that is not carried out. @param action nothing when the request has none that can be read */
export const refusal = (action: unknown, comment: string): Message => ({
  success: false,
  ...(action !== undefined && { action }),
  comment,
});

export const unknownAction = (action: unknown): Message => refusal(action, 'Unknown Action');

/** The answer to a request that failed, with the error's name and text and without its stack. */
export const errorAnswer = (action: unknown, error: unknown): Message =>
  refusal(action, `Error from endpoint: '${isOfService(error) ? 'the service is busy' : describeError(error)}'`);

/** Whether an error is one of AWS's services, whose texts name resources that are nobody's business. */
const isOfService = (error: unknown): boolean => error instanceof Error && '$metadata' in error;

const isPlain = (value: unknown): value is Message =>
  isObject(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value));

/** The name that Python has for the type of a value. */
function pythonType(value: unknown): string {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Set) return 'set';
  if (value instanceof Uint8Array) return 'bytes';
  return typeof value === 'function' ? 'function' : 'object';
}
