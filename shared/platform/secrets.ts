import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { createSecretsManager } from './clients.ts';
import { ConfigurationError } from './errors.ts';
import type { Clock } from './time.ts';

/** How long a secret that was read serves, in milliseconds: a new one is picked up without a deploy. */
const keptFor = 60_000;

export interface Secret {
  /** Without surrounding space. */
  text: string;
  /** Secrets Manager's name for this value, another one for each value that is put; tells nothing about it. */
  version: string | undefined;
}

/**
 * Reads a secret when it is asked for, and keeps it for a minute.
 *
 * @throws ConfigurationError when nobody has put a value
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
