import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { ConfigurationError, describeError } from '../../shared/platform/errors.ts';
import { region } from '../local/resources.ts';
import { type PortalAccess, portalFromVariables } from './portal-variables.ts';

/** Which gateway a command is about. */
export interface Whereabouts {
  /** The data directory of a gateway that runs on this machine; without it the gateway is on AWS. */
  dataDirectory: string | undefined;
  /** The CloudFormation stack of a gateway on AWS. */
  stack: string;
}

const endpointsSchema = z.object({
  portal: z.object({ url: z.url() }),
  secretsManager: z.object({ endpoint: z.url(), secrets: z.object({ PortalApiKey: z.string() }) }),
});

/**
 * The portal that a gateway works with: by the variables if they are set, else by the gateway's own settings.
 * @throws ConfigurationError when there is neither
 */
export async function findPortal(where: Whereabouts, variables: NodeJS.ProcessEnv): Promise<PortalAccess> {
  const named = portalFromVariables(variables);
  if (named) return named;
  return where.dataDirectory === undefined ? portalOfStack(where.stack) : portalOfLocal(where.dataDirectory);
}

async function portalOfStack(stack: string): Promise<PortalAccess> {
  try {
    const answer = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: stack }));
    const output = (name: string) =>
      answer.Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
    const url = z.url('must have the output PortalUrl').parse(output('PortalUrl'));
    return { url, apiKey: await readKey(new SecretsManagerClient({}), output('PortalApiKeySecret')) };
  } catch (cause) {
    throw new ConfigurationError(
      `The stack ${stack} can't be read: ${describeError(cause)}. For another one give --stack, for a gateway on this ` +
        'machine --data-dir, or set DST_BASE_URL and DST_API_KEY (or DST_API_KEY_FILE)',
      { cause },
    );
  }
}

async function readKey(client: SecretsManagerClient, SecretId: string | undefined): Promise<string> {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  return SecretString.trim();
}

async function portalOfLocal(directory: string): Promise<PortalAccess> {
  const file = join(directory, 'endpoints.json');
  if (!existsSync(file)) throw new ConfigurationError(`No gateway runs in ${directory}: ${file} is missing`);
  const { portal, secretsManager } = endpointsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const { endpoint, secrets } = secretsManager;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  return { url: portal.url, apiKey: await readKey(client, secrets.PortalApiKey) };
}
