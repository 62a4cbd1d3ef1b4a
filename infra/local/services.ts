import { join } from 'node:path';
import type { ServiceEndpoints } from './endpoints.ts';
import type { MachineError } from './machine-errors.ts';
import { bucketName, type Resources, readResources } from './resources.ts';
import { readCorsRules } from './s3/cors.ts';
import { bucketNotifier, readNotifications } from './s3/notifications.ts';
import { startS3 } from './s3/start.ts';
import type { S3Faults } from './s3/worker.ts';
import { createTable, type DynamoDb, startDynamoDb } from './services/dynamodb.ts';
import { createGuard, type Guard, type LocalCredentials } from './services/guard.ts';
import { type Actions, type Invocations, startJsonServer } from './services/json-server.ts';
import { type Sqs, startSqs } from './services/sqs.ts';
import type { Template } from './template.ts';

export interface Services {
  resources: Resources;
  /** Decides about signed requests. */
  guard: Guard;
  endpoints: ServiceEndpoints;
  sqs: Sqs;
  dynamoDb: DynamoDb;
  s3Faults: S3Faults;
  /** Lets the pages in that the buckets' CORS rules name. @param own see `readCorsRules` */
  letPagesIn(own: ReadonlyMap<string, string>): void;
  /** Actions of Step Functions, Secrets Manager and EventBridge, filled when the functions are ready. */
  actions: Actions;
  /** Implementation of Lambda's Invoke, filled at the same time. */
  lambda: Invocations;
}

/**
 * Starts the services, with the tables, buckets and queues of the template in them.
 * @param credentials the accepted credentials
 * @param onProblem called with errors of the machine itself, such as a full disk
 * @param started collects the services to stop
 */
export async function startServices(
  template: Template,
  dataDirectory: string,
  credentials: LocalCredentials,
  onProblem: (service: MachineError['service'], error: string) => void,
  started: AsyncDisposableStack,
): Promise<Services> {
  const guard = createGuard(credentials.secretAccessKey);
  const sqs = started.use(await startSqs(guard));
  const resources = readResources(template, sqs.endpoint);
  const dynamoDb = started.use(
    await startDynamoDb(dataDirectory, credentials, (error) => onProblem('DynamoDB', error)),
  );
  const buckets = resources.of('AWS::S3::Bucket');
  const notifying = { notifications: readNotifications(buckets), notify: bucketNotifier(sqs) };
  const told = { ...notifying, onProblem: (error: string) => onProblem('S3', error) };
  const s3 = started.use(await startS3(join(dataDirectory, 's3'), told, credentials));
  const actions: Actions = {};
  const lambda: Services['lambda'] = {};
  const json = started.use(await startJsonServer(actions, lambda, guard));

  const tables = [...resources.of('AWS::DynamoDB::Table'), ...resources.of('AWS::DynamoDB::GlobalTable')];
  await Promise.all([
    ...tables.map((table) => createTable(dynamoDb.client, table)),
    ...buckets.map(({ id }) => s3.createBucket(bucketName(id))),
    ...resources.of('AWS::SQS::Queue').map((queue) => sqs.createQueue(queue)),
  ]);
  const endpoints = {
    dynamodb: dynamoDb.endpoint,
    s3: s3.endpoint,
    sqs: sqs.endpoint,
    stepFunctions: json.endpoint,
    secretsManager: json.endpoint,
    eventBridge: json.endpoint,
    ecs: json.endpoint,
    lambda: json.endpoint,
    mail: json.endpoint,
  };
  const letPagesIn = (own: ReadonlyMap<string, string>) => s3.setCors(readCorsRules(buckets, own));
  return { resources, guard, endpoints, sqs, dynamoDb, s3Faults: s3.faults, letPagesIn, actions, lambda };
}
