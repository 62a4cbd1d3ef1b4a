import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ConfigurationError } from './errors.ts';

/** How long a secret that was read serves, in milliseconds: a new one is picked up without a deploy. */
const keptFor = 60_000;

/**
 * Reads a secret when it is asked for, and keeps it for a minute.
 *
 * @returns gives the secret's text without surrounding space
 * @throws ConfigurationError when nobody has put a value
 */
export function secretReader(secretId: string): () => Promise<string> {
  const client = new SecretsManagerClient({});
  let kept: { text: Promise<string>; until: number } | undefined;
  const read = async () => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    if (!SecretString) throw new ConfigurationError(`The secret ${secretId} has no value`);
    return SecretString.trim();
  };
  return async () => {
    if (!kept || kept.until <= Date.now()) kept = { text: read(), until: Date.now() + keptFor };
    try {
      return await kept.text;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
}
