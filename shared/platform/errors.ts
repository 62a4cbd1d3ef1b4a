/**
 * Base of every error that the gateway raises on purpose. What matters to a caller is one thing: can a retry help?
 * A message never carries a secret: no API key, password, token or file content.
 */
export abstract class GatewayError extends Error {
  /** Whether doing the same again, later, may succeed. */
  abstract readonly retryable: boolean;
  /** Of the class, written out: bundles are minified, and names end up in logs and tables. */
  abstract override readonly name: string;
}

/** Something outside was busy, slow or gone for the moment. */
export class TransientError extends GatewayError {
  override readonly name: string = 'TransientError';
  readonly retryable = true;
}

/** No retry can help: a person, or another input, is needed. */
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

/** Whether a retry may help against any thrown value; what we do not know is worth a retry. */
export function isRetryable(error: unknown): boolean {
  return error instanceof GatewayError ? error.retryable : true;
}

/** A short text for logs and tables: the name and message of an error, at most `max` characters, never its stack. */
export function describeError(error: unknown, max = 500): string {
  const text = error instanceof Error ? textOf(error) : String(error);
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

/** What Node and the SDK leave without words gets some. */
function textOf(error: Error & { code?: unknown; $metadata?: { httpStatusCode?: number } }): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  if (error.message === '' && first instanceof Error) return textOf(first);
  if (error.message === 'aborted' && error.code === 'ECONNRESET') return 'the connection broke off before the end';
  // An answer to HEAD has no body to say more.
  const status = error.$metadata?.httpStatusCode;
  if (error.message === 'UnknownError' && status !== undefined)
    return `${error.name}: answered ${status}, without a reason`;
  return `${error.name}: ${error.message}`;
}
