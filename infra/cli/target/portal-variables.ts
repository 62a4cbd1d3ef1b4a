import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { systemClock } from '../../../shared/platform/time.ts';
import { createPortal } from '../../../shared/portal/client.ts';

/** Where a portal is, and the key that it lets a centre in with. */
export interface PortalAccess {
  /** HTTPS, but for loopback. */
  url: string;
  apiKey: string;
  /** Reads the key again where a file holds it; gives the last one while the file has none. */
  currentKey?: () => string;
}

/**
 * The portal that the variables DST_BASE_URL and DST_API_KEY (or DST_API_KEY_FILE, a file that holds the key) name.
 *
 * @returns nothing when DST_BASE_URL isn't set
 * @throws ConfigurationError naming the variable that is missing or wrong; never the key
 */
export function portalFromVariables(variables: NodeJS.ProcessEnv): PortalAccess | undefined {
  const url = variables.DST_BASE_URL;
  if (!url) return undefined;
  const apiKey = readApiKey(variables);
  checkUrl(url);
  return { url, apiKey, ...(variables.DST_API_KEY ? {} : { currentKey: rereading(variables, apiKey) }) };
}

function rereading(variables: NodeJS.ProcessEnv, first: string): () => string {
  let last = first;
  return () => {
    try {
      last = readApiKey(variables);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
    }
    return last;
  };
}

function readApiKey({ DST_API_KEY, DST_API_KEY_FILE }: NodeJS.ProcessEnv): string {
  if (!DST_API_KEY && !DST_API_KEY_FILE) {
    throw new ConfigurationError(
      'DST_BASE_URL is set: set DST_API_KEY, or DST_API_KEY_FILE to a file with the key, too',
    );
  }
  const name = DST_API_KEY ? 'DST_API_KEY' : 'DST_API_KEY_FILE';
  const key = (DST_API_KEY || readKeyFile(DST_API_KEY_FILE ?? '')).trim();
  if (!/^[\x21-\x7e]+$/.test(key)) throw new ConfigurationError(`${name}: the key must be visible ASCII characters`);
  return key;
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new ConfigurationError(`DST_API_KEY_FILE: ${file} can't be read (${code})`, { cause });
  }
}

/** The client has the rule: it sends the key to no other URL. */
function checkUrl(baseUrl: string): void {
  try {
    createPortal({ baseUrl, apiKey: async () => '', clock: systemClock });
  } catch (error) {
    if (error instanceof ConfigurationError) throw new ConfigurationError(`DST_BASE_URL: ${error.message}`);
    throw error;
  }
}
