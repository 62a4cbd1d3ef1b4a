import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledgeNagFinding } from './nag.ts';
import { output } from './output.ts';
import type { Platform } from './platform.ts';
import type { ResourceAccess } from './rights.ts';

/** Proof that a request came through the gateway's own distribution of CloudFront, and not another one's. */
export interface OriginVerify {
  /** Reference that CloudFormation replaces by the secret when it deploys the distribution: the template has no secret. */
  readonly value: string;
  /** Access of the functions that check it. */
  readonly access: ResourceAccess;
}

/** Creates the secret that CloudFront adds to each request to the HTTP API. */
export function createOriginVerify(scope: Construct, platform: Platform): OriginVerify {
  const secret = new CfnSecret(scope, 'OriginVerify', {
    description: 'Added by CloudFront to requests to the HTTP API',
    kmsKeyId: platform.key.keyArn,
    generateSecretString: { passwordLength: 64, excludePunctuation: true },
  });
  acknowledgeNagFinding(
    secret,
    'AwsSolutions-SMG4',
    'a new value has to be given to CloudFront, too; it opens nothing, and tells the address of a client alone',
  );
  // Nothing outlives the distribution for which the value is made.
  secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
  output(scope, 'OriginVerifySecret', secret.ref);
  return {
    value: SecretValue.secretsManager(secret.ref).unsafeUnwrap(),
    access: { environment: { ORIGIN_VERIFY_SECRET_ARN: secret.ref }, allows: platform.reading(secret.ref) },
  };
}
