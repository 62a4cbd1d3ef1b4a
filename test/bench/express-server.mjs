import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import express from 'express';

// The HTTP API's competitor in the benchmark: a minimal server that reads the same tables. Usage: node express-server.mjs TABLES

const { sessions, accounts } = JSON.parse(process.argv[2]);
const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const read = async (TableName, Key) => (await db.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;

const app = express();
app.get('/accounts/user/:username', async (request, response) => {
  const token = request.get('token') ?? '';
  const sessionId = Buffer.from(token, 'base64url').subarray(0, 16).toString('base64url');
  const session = await read(sessions, { sessionId });
  const hash = createHash('sha256').update(token).digest('base64url');
  if (session?.tokenHash !== hash) return response.status(401).json({ error: 'Access Denied' });
  const account = await read(accounts, { account: request.params.username });
  if (!account) return response.status(404).json({ error: 'There is no such user' });
  const { userName, email, fname, lname, blockLogin } = account;
  response.json({ username: userName, email, fname, lname, blockLogin });
});
const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
