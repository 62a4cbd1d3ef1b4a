import { PermanentError, TransientError } from '../../platform/errors.ts';

/** A request was sent, and has no answer: it may have been carried out. */
export class UnansweredError extends TransientError {
  override readonly name = 'UnansweredError';
}

/** A request was not sent in time, so it was not carried out. */
export class NotSentError extends TransientError {
  override readonly name = 'NotSentError';
}

/** The server refuses a token that is new. */
export class AuthenticationError extends PermanentError {
  override readonly name = 'AuthenticationError';
}

/** The client was closed by its owner. */
export class ClosedError extends PermanentError {
  override readonly name = 'ClosedError';
}
