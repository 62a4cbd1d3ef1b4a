/**
 * Base of every error that the gateway throws on purpose. Callers only need to know whether a retry may help. A message never
 * carries a secret: no API key, password, token or file content.
 */
export abstract class GatewayError extends Error {
  /** Whether a later retry may succeed. */
  abstract readonly retryable: boolean;
  /** Name of the class as a literal, because bundles are minified and names appear in logs and tables. */
  abstract override readonly name: string;
}

/** An external system was temporarily busy, slow or unreachable. */
export class TransientError extends GatewayError {
  override readonly name: string = 'TransientError';
  readonly retryable = true;
}

/** No retry can help: a person or another input is needed. */
export class PermanentError extends GatewayError {
  override readonly name: string = 'PermanentError';
  readonly retryable: boolean = false;
}

/** A setting is missing or wrong; the text names the setting and the rule. */
export class ConfigurationError extends PermanentError {
  override readonly name = 'ConfigurationError';
}

/** Input from outside breaks a rule; the text names the field and the rule. */
export class InvalidInputError extends PermanentError {
  override readonly name = 'InvalidInputError';
}

/** Whether a retry may help against a thrown value. Unknown values are worth a retry. */
export function isRetryable(error: unknown): boolean {
  return error instanceof GatewayError ? error.retryable : true;
}

/** The name and message of an error for logs and tables, at most `max` characters, without the stack. */
export function describeError(error: unknown, max = 500): string {
  const text = error instanceof Error ? textOf(error) : String(error);
  // Not by `shorten`: the client for browsers has this file alone of the platform.
  return text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text.toWellFormed();
}

/** Adds a text to errors of Node and the SDK that have no message. */
function textOf(error: Error & { code?: unknown; $metadata?: { httpStatusCode?: number } }): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  if (error.message === '' && first instanceof Error) return textOf(first);
  if (error.message === 'aborted' && error.code === 'ECONNRESET') return 'the connection broke off before the end';
  // The answer to a HEAD request has no body with details.
  const status = error.$metadata?.httpStatusCode;
  if (error.message === 'UnknownError' && status !== undefined)
    return `${error.name}: answered ${status}, without a reason`;
  return `${error.name}: ${error.message}`;
}
