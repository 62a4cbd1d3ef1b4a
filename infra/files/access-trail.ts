import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { GatewayBucket } from '../constructs/bucket.ts';
import type { GatewayKey } from '../constructs/key.ts';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import { output } from '../constructs/output.ts';

const principals = [new ServicePrincipal('cloudtrail.amazonaws.com')];

/** A trail of all reads, writes and deletions of files. CloudTrail delivers it within minutes and charges by the event. */
export class Audit extends Construct {
  private readonly trailName = `${Stack.of(this).stackName}-files`;

  constructor(scope: Construct, id: string, files: GatewayBucket, key: GatewayKey) {
    super(scope, id);
    const bucket = this.createBucket(key);
    key.addToResourcePolicy(this.onlyTrail(['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'], '*'));
    const trail = new CfnTrail(this, 'Trail', {
      trailName: this.trailName,
      s3BucketName: bucket.bucketName,
      kmsKeyId: key.keyArn,
      isLogging: true,
      enableLogFileValidation: true,
      eventSelectors: [
        {
          includeManagementEvents: false,
          readWriteType: 'All',
          dataResources: [{ type: 'AWS::S3::Object', values: [files.arnForObjects('')] }],
        },
      ],
    });
    if (bucket.policy) trail.node.addDependency(bucket.policy);
  }

  private createBucket(key: GatewayKey): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledgeNagFinding(bucket, 'AwsSolutions-S1', 'it holds the log of accesses itself');
    bucket.addToResourcePolicy(this.onlyTrail(['s3:GetBucketAcl'], bucket.bucketArn));
    bucket.addToResourcePolicy(this.onlyTrail(['s3:PutObject'], bucket.arnForObjects(`AWSLogs/${Aws.ACCOUNT_ID}/*`)));
    output(this, 'AuditBucket', bucket.bucketName);
    return bucket;
  }

  /**
   * Statement for the trail alone. By its name, because the trail depends on this statement (AWS CloudTrail user guide, "Amazon
   * S3 bucket policy for CloudTrail" and "Configure AWS KMS key policies for CloudTrail").
   */
  private onlyTrail(actions: string[], resource: string): PolicyStatement {
    const arn = `arn:${Aws.PARTITION}:cloudtrail:${Aws.REGION}:${Aws.ACCOUNT_ID}:trail/${this.trailName}`;
    const conditions = { StringEquals: { 'aws:SourceArn': arn } };
    return new PolicyStatement({ principals, actions, resources: [resource], conditions });
  }
}
