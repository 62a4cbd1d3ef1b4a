import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledgeNagFinding } from './nag.ts';
import { output } from './output.ts';
import type { Platform } from './platform.ts';
import type { ResourceAccess } from './rights.ts';

/**
 * Creates the secret with the private keys of signed tokens. CloudFormation makes no keys of this kind: the secret has no value
 * until an operator makes the first.
 *
 * @returns access of the functions that sign
 */
export function createSigningKeys(scope: Construct, platform: Platform): ResourceAccess {
  const secret = new CfnSecret(scope, 'SigningKeys', {
    description: 'Private keys of signed tokens, by id; "current" names the one that signs',
    kmsKeyId: platform.key.keyArn,
  });
  acknowledgeNagFinding(
    secret,
    'AwsSolutions-SMG4',
    'an operator makes a new key, and old ones verify for 36 hours more',
  );
  secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  output(scope, 'SigningKeysSecret', secret.ref);
  const { stackName } = Stack.of(scope);
  const reason = 'first key';
  output(scope, 'MakeSigningKey', `npm run operator -- signing-keys rotate --stack ${stackName} --reason "${reason}"`);
  return { environment: { SIGNING_KEYS_SECRET_ARN: secret.ref }, allows: platform.reading(secret.ref) };
}
