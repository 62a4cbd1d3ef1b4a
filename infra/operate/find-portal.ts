import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { region } from '../local/resources.ts';
import { type PortalAccess, portalFromVariables } from './portal-variables.ts';

/** Which gateway a command is about. */
export interface Whereabouts {
  /** The data directory of a gateway that runs on this machine. */
  dataDirectory: string | undefined;
}

const endpointsSchema = z.object({
  portal: z.object({ url: z.url() }),
  secretsManager: z.object({ endpoint: z.url(), secrets: z.object({ PortalApiKey: z.string() }) }),
});

/**
 * The portal that a gateway works with: by the variables if they are set, else by the gateway's own settings.
 * @throws ConfigurationError when there is neither
 */
export async function findPortal({ dataDirectory }: Whereabouts, variables: NodeJS.ProcessEnv): Promise<PortalAccess> {
  const named = portalFromVariables(variables);
  if (named) return named;
  if (dataDirectory === undefined) {
    throw new ConfigurationError('Set DST_BASE_URL and DST_API_KEY (or DST_API_KEY_FILE), or give --data-dir');
  }
  return portalOfLocal(dataDirectory);
}

async function portalOfLocal(directory: string): Promise<PortalAccess> {
  const file = join(directory, 'endpoints.json');
  if (!existsSync(file)) throw new ConfigurationError(`No gateway runs in ${directory}: ${file} is missing`);
  const { portal, secretsManager } = endpointsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const { endpoint, secrets } = secretsManager;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secrets.PortalApiKey }));
    return { url: portal.url, apiKey: SecretString.trim() };
  } finally {
    client.destroy();
  }
}
