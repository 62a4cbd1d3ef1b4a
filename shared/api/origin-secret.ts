import { configuration } from '../platform/configuration.ts';
import { secretReader } from '../platform/secrets.ts';
import { systemClock } from '../platform/time.ts';
import type { ReadOriginSecret } from './client-address.ts';

/**
 * Reads the secret that CloudFront adds to requests, which the function's environment names.
 *
 * @throws ConfigurationError when the variable is missing
 */
export function originSecretFromEnvironment(): ReadOriginSecret {
  const { ORIGIN_VERIFY_SECRET_ARN: secretArn } = configuration(['ORIGIN_VERIFY_SECRET_ARN']);
  const read = secretReader(secretArn, systemClock);
  return async () => (await read()).text;
}
