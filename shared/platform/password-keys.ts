import * as z from 'zod';
import { ConfigurationError } from './errors.ts';

/** The secrets from which one-time passwords are derived. Old keys stay usable for the messages that began with them. */
export interface PasswordKeys {
  current(): Promise<{ keyId: string; key: string }>;
  /** @throws ConfigurationError if no key has this id any more */
  byId(keyId: string): Promise<string>;
}

const schema = z.object({ current: z.string() }).catchall(z.string().min(32));

/**
 * Password keys from a secret of the form `{"current": "2", "1": "…", "2": "…"}`: each key under its id, and the id of the key
 * for new messages.
 *
 * @param read fetches the secret's text
 */
export function passwordKeys(read: () => Promise<string>): PasswordKeys {
  const byId = async (keyId: string) => {
    const key = keyId === 'current' ? undefined : parse(await read())[keyId];
    if (!key) throw new ConfigurationError(`The password secret has no key "${keyId}"`);
    return key;
  };
  return {
    byId,
    async current() {
      const keyId = parse(await read()).current;
      return { keyId, key: await byId(keyId) };
    },
  };
}

function parse(text: string): z.infer<typeof schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The cause is left out: it could quote the secret.
    throw new ConfigurationError('The password secret must be JSON: {"current": id, id: key of 32 characters or more}');
  }
}
