import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

/** Right that a request needs: an IAM action, and the resource as the request names it. */
export interface Needed {
  action: string;
  /** A table's name, a queue's URL, an ARN, `bucket` or `bucket/key`. */
  resource: string;
}

/** Rights that IAM requires for a request; `unknown` for an unknown request, which no policy allows. */
export function neededFor(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>, body: Buffer): Needed[] {
  const target = request.headers['x-amz-target'];
  if (typeof target !== 'string') return byPath(request) ?? s3(request, new URL(`${request.url}`, 'http://s3'), body);
  const [service = '', operation = ''] = target.split('.');
  return services[service]?.(operation, JSON.parse(body.toString())) ?? [{ action: 'unknown', resource: target }];
}

/** Requests of services that are known by their paths. */
function byPath({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): Needed[] | undefined {
  const path = decodeURIComponent(url);
  const [, invoked] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? [];
  if (invoked !== undefined) return [{ action: 'lambda:InvokeFunction', resource: invoked }];
  const [, stage, connection] = /^\/(\w+)\/(@connections\/[^/]+)$/.exec(path) ?? [];
  if (connection === undefined) return undefined;
  // API Gateway developer guide, "Use IAM authorization": "Use IAM policies for @connections".
  return [{ action: 'execute-api:ManageConnections', resource: `${stage}/${method}/${connection}` }];
}

const services: Record<string, (operation: string, input: unknown) => Needed[]> = {
  DynamoDB_20120810: dynamoDb,
  // A batch needs the right of its single actions.
  AmazonSQS: (operation, input) => [
    {
      action: `sqs:${operation.replace(/Batch$/, '')}`,
      resource: z.object({ QueueUrl: z.string() }).parse(input).QueueUrl,
    },
  ],
  // A token is one of the state machine's: there is but one.
  AWSStepFunctions: (operation, input) => [
    {
      action: `states:${operation}`,
      resource: z
        .union([
          z.object({ stateMachineArn: z.string() }).transform(({ stateMachineArn }) => stateMachineArn),
          z.object({ taskToken: z.string() }).transform(() => 'dst-gateway-transfer'),
        ])
        .parse(input),
    },
  ],
  AWSEvents: (operation, input) =>
    z
      .object({ Entries: z.array(z.object({ EventBusName: z.string() })) })
      .parse(input)
      .Entries.map(({ EventBusName }) => ({ action: `events:${operation}`, resource: EventBusName })),
  secretsmanager: (operation, input) => [
    { action: `secretsmanager:${operation}`, resource: z.object({ SecretId: z.string() }).parse(input).SecretId },
  ],
};

const onTable = z.object({ TableName: z.string(), IndexName: z.string().optional() });
const batch = z.object({ RequestItems: z.record(z.string(), z.unknown()) });
const transaction = z.object({ TransactItems: z.array(z.record(z.string(), onTable)) });
const actionOf: Record<string, string> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

function dynamoDb(operation: string, input: unknown): Needed[] {
  const needed = (action: string, resource: string) => ({ action: `dynamodb:${action}`, resource });
  if (operation === 'TransactWriteItems') {
    return transaction
      .parse(input)
      .TransactItems.flatMap((item) => Object.entries(item))
      .map(([kind, { TableName }]) => needed(actionOf[kind] ?? kind, TableName));
  }
  if (operation.startsWith('Batch')) {
    return Object.keys(batch.parse(input).RequestItems).map((table) => needed(operation, table));
  }
  const { TableName, IndexName } = onTable.parse(input);
  return [needed(operation, IndexName === undefined ? TableName : `${TableName}/index/${IndexName}`)];
}

/** Amazon S3 user guide, "Required permissions for Amazon S3 API operations". */
function s3(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  { pathname, searchParams }: URL,
  body: Buffer,
): Needed[] {
  const [bucket = '', ...segments] = decodeURIComponent(pathname).slice(1).split('/');
  const key = segments.join('/');
  const has = (name: string) => searchParams.has(name);
  const onBucket = (action: string) => [{ action: `s3:${action}`, resource: bucket }];
  const onObject = (action: string) => [{ action: `s3:${action}`, resource: `${bucket}/${key}` }];
  if (key === '') {
    if (method === 'GET' && has('uploads')) return onBucket('ListBucketMultipartUploads');
    if (method === 'GET' && has('list-type')) return onBucket('ListBucket');
    if (method === 'POST' && has('delete')) {
      const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)];
      return keys.map(([, each]) => ({ action: 's3:DeleteObject', resource: `${bucket}/${each}` }));
    }
  } else {
    if (method === 'GET' && has('uploadId')) return onObject('ListMultipartUploadParts');
    if (method === 'GET' || method === 'HEAD') return onObject('GetObject');
    if (method === 'PUT' || (method === 'POST' && (has('uploads') || has('uploadId')))) return onObject('PutObject');
    if (method === 'DELETE' && has('uploadId')) return onObject('AbortMultipartUpload');
    // A condition on the object takes the right to read it, too ("Conditional deletes").
    const read = headers['if-match'] === undefined ? [] : onObject('GetObject');
    if (method === 'DELETE') return [...onObject('DeleteObject'), ...read];
  }
  return [{ action: 'unknown', resource: `${method} ${pathname}?${searchParams}` }];
}
