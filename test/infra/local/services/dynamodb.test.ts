import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { createTable, startDynamoDb } from '../../../../infra/local/services/dynamodb.ts';
import { query } from '../../../../shared/platform/dynamodb.ts';

it('gives a table of an older template the index that it lacks, with all that the table has', async () => {
  const dynamo = await startDynamoDb();
  onTestFinished(() => dynamo[Symbol.asyncDispose]());
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  const before = {
    AttributeDefinitions: [text('subject')],
    KeySchema: [{ AttributeName: 'subject', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  const index = {
    IndexName: 'byProject',
    KeySchema: [{ AttributeName: 'projectNo', KeyType: 'HASH' }],
    Projection: { ProjectionType: 'ALL' },
  };
  const after = {
    ...before,
    AttributeDefinitions: [text('subject'), text('projectNo')],
    GlobalSecondaryIndexes: [index],
  };
  const db = DynamoDBDocumentClient.from(dynamo.client);
  await createTable(dynamo.client, { id: 'things', properties: before });
  await db.send(new PutCommand({ TableName: 'things', Item: { subject: 'old', projectNo: '7' } }));

  for (let start = 0; start < 2; start++) await createTable(dynamo.client, { id: 'things', properties: after });

  const found = query(db, {
    TableName: 'things',
    IndexName: 'byProject',
    ConsistentRead: false,
    KeyConditionExpression: 'projectNo = :projectNo',
    ExpressionAttributeValues: { ':projectNo': '7' },
  });
  expect(await Array.fromAsync(found)).toEqual([{ subject: 'old', projectNo: '7' }]);
});
