import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { region } from '../../infra/local/resources.ts';
import { createTablesOnUse } from './lazy-tables.ts';
import type { Outside } from './outside.ts';
import type { Services } from './services.ts';

const requestHandler = new NodeHttpHandler();
const common = {
  region,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
  requestHandler,
};

/** Clients of the embedded services whose every command passes `outside`. Executions are not run but written down. */
export function createClients({ dynamo, sqs, s3 }: Services, outside: Outside) {
  const executions: unknown[] = [];
  const dynamoClient = new DynamoDBClient({ ...common, endpoint: dynamo.endpoint });
  createTablesOnUse(dynamoClient);
  const sqsClient = new SQSClient({ ...common, endpoint: sqs.endpoint, useQueueUrlAsEndpoint: false });
  const s3Client = new S3Client({
    ...common,
    endpoint: s3.endpoint,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const sfnClient = new SFNClient({ ...common, endpoint: 'http://127.0.0.1:1' });
  const step = { step: 'initialize', priority: 'high' } as const;
  dynamoClient.middlewareStack.add(
    (next, context) => (args) =>
      outside.pass(context.commandName ?? '', args.input, (isRepeated) => {
        context.isRepeated = isRepeated;
        return next(args);
      }),
    step,
  );
  // Where the SDK repeats: behind what makes the request, with the token by which DynamoDB knows a transaction.
  dynamoClient.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.isRepeated) await next(args);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  sqsClient.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        outside.pass(commandName ?? '', args.input, () => next(args)),
    step,
  );
  s3Client.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        outside.pass(commandName ?? '', args.input, () => next(args)),
    step,
  );
  sfnClient.middlewareStack.add(
    () => async (args) => {
      executions.push(args.input);
      return { output: { $metadata: {}, executionArn: 'arn', startDate: new Date(0) }, response: undefined };
    },
    step,
  );
  const db = DynamoDBDocumentClient.from(dynamoClient, { marshallOptions: { removeUndefinedValues: true } });
  return { db, sqs: sqsClient, s3: s3Client, sfn: sfnClient, executions };
}
