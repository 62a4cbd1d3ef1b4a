import { configuration } from '../platform/configuration.ts';
import { passwordKeys } from '../platform/password-keys.ts';
import { secretReader } from '../platform/secrets.ts';
import { systemClock } from '../platform/time.ts';
import { OneTimePasswords } from './one-time-passwords.ts';

/**
 * Creates the source of one-time passwords from the function's environment. @throws ConfigurationError naming the variables
 * that are missing or wrong
 */
export function credentialsFromEnvironment(): OneTimePasswords {
  const env = configuration(['CENTRE', 'PASSWORD_SECRET_ARN']);
  const read = secretReader(env.PASSWORD_SECRET_ARN, systemClock);
  return new OneTimePasswords(
    env.CENTRE,
    passwordKeys(async () => (await read()).text),
  );
}
