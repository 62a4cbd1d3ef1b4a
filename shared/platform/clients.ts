import { DynamoDBClient, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { jsonHandler } from './sdk-http.ts';
import { noteServerTime } from './server-time.ts';

export function createDatabase(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ requestHandler: jsonHandler(5_000), maxAttempts: 5 });
  // The SDK prepares each request and answer for an unused log, which is the largest single cost of a small call.
  client.middlewareStack.remove('loggerMiddleware');
  // Retry writes refused because of a concurrent transaction on their item, which the SDK does not do by itself.
  client.middlewareStack.add(
    (next) => (args) =>
      next(args).catch((error: unknown) => {
        throw error instanceof TransactionConflictException ? Object.assign(error, { $retryable: {} }) : error;
      }),
    { step: 'finalizeRequest', name: 'retryConflicts', priority: 'low' },
  );
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export const createSqs = (): SQSClient => new SQSClient({ requestHandler: jsonHandler(5_000), maxAttempts: 3 });

export const createSfn = (): SFNClient => new SFNClient({ requestHandler: jsonHandler(5_000), maxAttempts: 3 });

export const createSecretsManager = (): SecretsManagerClient =>
  new SecretsManagerClient({ requestHandler: jsonHandler(5_000), maxAttempts: 3 });

export const createEventBridge = (): EventBridgeClient =>
  new EventBridgeClient({ requestHandler: jsonHandler(5_000), maxAttempts: 3 });

/** S3 client for objects and parts of up to about 100 MiB. */
export function createS3(): S3Client {
  const agent = { keepAlive: true, maxSockets: 100 };
  const client = new S3Client({
    // Shorter than a lease.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 2_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    }),
    // A custom endpoint does not resolve bucket names as hosts.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  client.middlewareStack.remove('loggerMiddleware'); // As for DynamoDB above.
  noteServerTime(client);
  // Every body carries our own MD5 or CRC32, which S3 checks. Hashing it again for the signature would double the work.
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers?: Record<string, string> };
      if (request.headers?.['content-md5'] || request.headers?.['x-amz-checksum-crc32']) {
        request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      }
      return next(args);
    },
    { step: 'build', name: 'unsignedPayload', priority: 'low' },
  );
  return client;
}
