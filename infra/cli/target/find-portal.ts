import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { ConfigurationError, describeError } from '../../../shared/platform/errors.ts';
import { clientConfig, findResources, nameOf, type StackResources, type Target } from './find-stack.ts';
import { type PortalAccess, portalFromVariables } from './portal-variables.ts';

/** A portal, and whether a gateway's settings name it. */
export interface FoundPortal extends PortalAccess {
  isOfGateway: boolean;
}

/**
 * The portal that a gateway works with: by the variables if they are set, else by the gateway's own settings.
 * @throws ConfigurationError when there is neither
 */
export async function findPortal(where: Target, variables: NodeJS.ProcessEnv): Promise<FoundPortal> {
  const named = portalFromVariables(variables);
  if (named) return { ...named, isOfGateway: false };
  const resources = await findResources(where);
  try {
    const url = z.url('the output PortalUrl is missing').parse(resources.portalUrl);
    return { url, apiKey: await readKey(resources), isOfGateway: true };
  } catch (cause) {
    throw new ConfigurationError(
      `The gateway's access to the portal can't be read: ${describeError(cause)}. Or set DST_BASE_URL and DST_API_KEY ` +
        '(or DST_API_KEY_FILE)',
      { cause },
    );
  }
}

async function readKey({ secrets, endpoints, credentials }: StackResources): Promise<string> {
  const client = new SecretsManagerClient(clientConfig(endpoints.secretsManager, credentials));
  const { SecretString = '' } = await client.send(
    new GetSecretValueCommand({ SecretId: nameOf(secrets, 'PortalApiKey') }),
  );
  return SecretString.trim();
}
