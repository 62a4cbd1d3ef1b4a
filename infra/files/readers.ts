import { Aws } from 'aws-cdk-lib';
import { ArnPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { escapeId } from '../../shared/portal/id.ts';
import type { GatewayBucket } from '../constructs/bucket.ts';
import type { GatewayKey } from '../constructs/key.ts';
import type { Settings } from '../settings.ts';

/** Lets the roles in the settings, and no others, read the files of their projects. */
export function grantRead(bucket: GatewayBucket, key: GatewayKey, readers: Settings['readerRoleArns']): void {
  for (const [projectNo, roleArns] of Object.entries(readers)) {
    const principals = roleArns.map((arn) => new ArnPrincipal(arn));
    const prefix = `projects/${escapeId(projectNo)}/files/`;
    bucket.addToResourcePolicy(
      new PolicyStatement({ principals, actions: ['s3:GetObject'], resources: [bucket.arnForObjects(`${prefix}*`)] }),
    );
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['s3:ListBucket'],
        resources: [bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': `${prefix}*` } },
      }),
    );
  }
  const all = [...new Set(Object.values(readers).flat())].sort();
  if (all.length === 0) return;
  // Without the bucket's ARN, because the bucket depends on the key. The roles have no access to other objects under the key.
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: all.map((arn) => new ArnPrincipal(arn)),
      actions: ['kms:Decrypt'],
      resources: ['*'],
      conditions: { StringEquals: { 'kms:ViaService': `s3.${Aws.REGION}.amazonaws.com` } },
    }),
  );
}
