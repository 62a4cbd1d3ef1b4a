import { PermanentError } from '../platform/errors.ts';

/** The token is older than 36 hours. */
export class Expired extends PermanentError {
  override readonly name = 'Expired';

  constructor() {
    super('token expired');
  }
}

/** The signature is not one of the issuer's keys. */
export class VerificationFailed extends PermanentError {
  override readonly name = 'VerificationFailed';

  constructor() {
    super('the signature does not match');
  }
}

/** The token is not of the documented form; the text names the field and the rule. */
export class InvalidToken extends PermanentError {
  override readonly name = 'InvalidToken';
}
