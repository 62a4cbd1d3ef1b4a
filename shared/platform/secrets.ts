import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { createSecretsManager } from './clients.ts';
import { ConfigurationError } from './errors.ts';
import type { Clock } from './time.ts';

/** Time for which a secret is cached, in milliseconds. A new value is used without a deployment. */
const keptFor = 60_000;

export interface Secret {
  /** Without surrounding space. */
  text: string;
  /** Secrets Manager's id of this value. It differs for each value and reveals nothing about it. */
  version: string | undefined;
}

/**
 * Creates a function that reads a secret and caches it for a minute.
 *
 * @throws ConfigurationError if the secret has no value
 */
export function secretReader(secretId: string, clock: Clock): () => Promise<Secret> {
  const client = createSecretsManager();
  let kept: { secret: Promise<Secret>; until: number } | undefined;
  const read = async () => {
    const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    if (!SecretString) throw new ConfigurationError(`The secret ${secretId} has no value`);
    return { text: SecretString.trim(), version: VersionId };
  };
  return async () => {
    if (!kept || kept.until <= clock.now()) kept = { secret: read(), until: clock.now() + keptFor };
    try {
      return await kept.secret;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
}
