import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { OperatorContext } from '../../../shared/decisions/context.ts';
import type { WorkspaceTables } from '../../../shared/platform/tables.ts';
import { systemClock } from '../../../shared/platform/time.ts';
import { clientConfig, nameOf, type StackResources } from './find-stack.ts';

/** Clients and resources of a gateway, for commands. */
export interface OperatedGateway extends OperatorContext {
  tables: OperatorContext['tables'] & WorkspaceTables;
  s3: S3Client;
  sqs: SQSClient;
  lambda: LambdaClient;
  secretsManager: SecretsManagerClient;
  /** Names or ARNs by name. */
  functions: Record<string, string>;
  /** ARNs by name. */
  secrets: Record<string, string>;
  /** URLs by name. */
  queues: Record<string, string>;
  /** Where clients connect to the WebSocket API; undefined for a stack that is older. */
  liveUrl: string | undefined;
  /** The bucket of the files. */
  bucket: string;
  /** Access key of the operator, whose owner AWS knows; undefined on this machine. */
  accessKey(): Promise<string | undefined>;
}

/** Milliseconds; a file of any size may take as long as it likes while bytes come. */
const timeouts = { connectionTimeout: 5_000, socketTimeout: 60_000 };

/** @throws ConfigurationError naming what the stack lacks */
export function openGateway(resources: StackResources): OperatedGateway {
  const { tables, buckets, queues, functions, secrets, endpoints, credentials, liveUrl } = resources;
  const table = (name: string) => nameOf(tables, name);
  const s3 = new S3Client({
    ...clientConfig(endpoints.s3, credentials),
    requestHandler: timeouts,
    maxAttempts: 5,
    // The name of a bucket is no host at an endpoint of one's own.
    forcePathStyle: Boolean(endpoints.s3 ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
    // verify-file compares for itself, and goes on where a connection broke.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const dynamodb = new DynamoDBClient({ ...clientConfig(endpoints.dynamodb, credentials), maxAttempts: 5 });
  return {
    db: DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
    s3,
    sqs: new SQSClient({ ...clientConfig(endpoints.sqs, credentials), maxAttempts: 5 }),
    // A poll takes minutes at most, and is begun once.
    lambda: new LambdaClient({
      ...clientConfig(endpoints.lambda, credentials),
      requestHandler: { requestTimeout: 330_000 },
      maxAttempts: 1,
    }),
    secretsManager: new SecretsManagerClient({
      ...clientConfig(endpoints.secretsManager, credentials),
      maxAttempts: 5,
    }),
    functions,
    secrets,
    queues,
    liveUrl,
    clock: systemClock,
    tables: {
      projects: table('projects'),
      members: table('members'),
      users: table('users'),
      messages: table('messages'),
      lines: table('lines'),
      files: table('files'),
      history: table('history'),
      unpublished: table('unpublished'),
      incidents: table('incidents'),
      control: table('control'),
      accounts: table('accounts'),
      sessions: table('sessions'),
      attempts: table('attempts'),
      workspaces: table('workspaces'),
    },
    bucket: nameOf(buckets, 'files'),
    internalBucket: nameOf(buckets, 'internal'),
    accessKey: async () => (endpoints.dynamodb ? undefined : (await dynamodb.config.credentials()).accessKeyId),
  };
}
