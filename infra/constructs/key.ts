import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { output } from './output.ts';
import type { Statement } from './rights.ts';

/** All actions needed to store data under a key. */
const everyUse = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Actions on the key through a service, by use of the service, according to the services' guides. */
const uses = {
  dynamodb: {
    // Amazon DynamoDB developer guide, "Authorizing use of your customer managed key".
    item: everyUse,
  },
  // Amazon S3 user guide, "Using server-side encryption with AWS KMS keys": parts of an upload are read, too.
  s3: { read: ['kms:Decrypt'], write: ['kms:Decrypt', 'kms:GenerateDataKey'] },
  // Amazon SQS developer guide, "Configuring KMS permissions for Amazon SQS".
  sqs: { send: ['kms:Decrypt', 'kms:GenerateDataKey'], take: ['kms:Decrypt'] },
  // AWS Secrets Manager user guide, "Permissions for the KMS key".
  secretsmanager: { read: ['kms:Decrypt'] },
};

/**
 * The key that encrypts all data of the gateway: tables, objects, queues, secrets, logs, events. It is rotated every year and,
 * like the data that needs it, retained after the stack is deleted.
 */
export class GatewayKey extends Key {
  constructor(scope: Construct) {
    const { stackName } = Stack.of(scope);
    super(scope, 'Key', {
      description: `Data of ${stackName}`,
      alias: stackName,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    output(this, 'EncryptionKey', this.keyId);
    // Amazon CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
        actions: everyUse,
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:*`,
          },
        },
      }),
    );
  }

  /** Lets an AWS service send messages about this account to encrypted queues and topics. */
  allowService(service: string): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(service)],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }

  /**
   * Lets EventBridge encrypt the events of a bus and of its archives (Amazon EventBridge user guide, "Encrypting event buses
   * with AWS KMS keys" and "Encrypting archives with AWS KMS keys").
   */
  allowEventBus(busArn: string): void {
    const principals = [new ServicePrincipal('events.amazonaws.com')];
    const actions = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
    const conditions = { StringEquals: { 'kms:EncryptionContext:aws:events:event-bus:arn': busArn } };
    this.addToResourcePolicy(new PolicyStatement({ principals, actions, resources: ['*'], conditions }));
    // DescribeKey encrypts nothing, so it has no encryption context for a condition.
    this.addToResourcePolicy(new PolicyStatement({ principals, actions: ['kms:DescribeKey'], resources: ['*'] }));
  }

  /** Statement that a use of a service needs. It allows the key only through that service, never by calling KMS directly. */
  statement<Service extends keyof typeof uses>(service: Service, what: keyof (typeof uses)[Service]): Statement {
    const actions: Record<string, string[]> = uses[service];
    return {
      actions: actions[String(what)] ?? [],
      resources: [this.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.com` } },
    };
  }
}
