import { GatewayError } from '../platform/errors.ts';

export interface PortalFailure {
  /** Name of the call in the interface description, without its arguments: `PATCH /messages/{id}`. */
  call: string;
  problem: string;
  retryable: boolean;
  status?: number | undefined;
  /** The portal's Retry-After, in milliseconds. */
  retryAfter?: number | undefined;
  /** The version of the API key that was sent. */
  keyVersion?: string | undefined;
  cause?: unknown;
}

/** A call to the portal failed. The text contains the call, the status and the portal's own words, never an id or a secret. */
export class PortalError extends GatewayError {
  override readonly name: string = 'PortalError';
  override readonly retryable: boolean;
  readonly call: string;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;

  constructor({ call, problem, retryable, status, retryAfter, cause }: PortalFailure) {
    super(`${call}: ${problem}`, cause === undefined ? undefined : { cause });
    this.call = call;
    this.retryable = retryable;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** The portal refused the API key (401). No call works until a person corrects the key. */
export class PortalUnauthorizedError extends PortalError {
  override readonly name = 'PortalUnauthorizedError';
  /** The version of the refused key, if keys have versions. */
  readonly keyVersion: string | undefined;

  constructor(failure: PortalFailure) {
    super({ ...failure, status: 401, retryable: true });
    this.keyVersion = failure.keyVersion;
  }
}
