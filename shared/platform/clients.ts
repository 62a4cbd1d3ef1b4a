import { DynamoDBClient, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { noteServerTime } from './server-time.ts';

const agent = { keepAlive: true, maxSockets: 100 };

/** Options of the SDK's HTTP handler. @param limit milliseconds for an answer; shorter than any lease under which calls are made */
const requestHandler = (limit: number) => ({
  connectionTimeout: 2_000,
  requestTimeout: limit,
  throwOnRequestTimeout: true,
  httpAgent: agent,
  httpsAgent: agent,
});

/** For clients of JSON services, whose answers are short. */
const jsonHandler = { ...requestHandler(5_000), socketTimeout: 5_000 };

export function createDatabase(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ requestHandler: jsonHandler, maxAttempts: 5 });
  // It prepares each answer for a log that nobody keeps: a fifth of the time that many items take.
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

export const createSqs = (): SQSClient => new SQSClient({ requestHandler: jsonHandler, maxAttempts: 3 });

export const createSfn = (): SFNClient => new SFNClient({ requestHandler: jsonHandler, maxAttempts: 3 });

/** Tries nothing twice: a mail that was sent is not known where the answer is lost. */
export const createSes = (): SESv2Client => new SESv2Client({ requestHandler: jsonHandler, maxAttempts: 1 });

export const createSecretsManager = (): SecretsManagerClient =>
  new SecretsManagerClient({ requestHandler: jsonHandler, maxAttempts: 3 });

export const createEventBridge = (): EventBridgeClient =>
  new EventBridgeClient({ requestHandler: jsonHandler, maxAttempts: 3 });

export const createEcs = (): ECSClient => new ECSClient({ requestHandler: jsonHandler, maxAttempts: 3 });

export const createLambda = (): LambdaClient => new LambdaClient({ requestHandler: jsonHandler, maxAttempts: 3 });

/** S3 client for objects and parts of up to about 100 MiB. */
export function createS3(): S3Client {
  const client = new S3Client({
    requestHandler: requestHandler(30_000),
    // A custom endpoint does not resolve bucket names as hosts.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  noteServerTime(client);
  // Every body carries our own MD5 or CRC32, which S3 checks. Hashing it again for the signature would double the work.
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers?: Record<string, string> };
      if (request.headers?.['content-md5'] || request.headers?.['x-amz-checksum-crc32']) {
        // In the letters in which the SDK's presigner writes the name: in others a presigned address would have both.
        request.headers['X-Amz-Content-Sha256'] = 'UNSIGNED-PAYLOAD';
      }
      return next(args);
    },
    { step: 'build', name: 'unsignedPayload', priority: 'low' },
  );
  return client;
}
