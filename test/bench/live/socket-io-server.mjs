import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { Server } from 'socket.io';

// The WebSocket API's competitor in the benchmark: rooms, and tokens of the same tables at the handshake. It stores nothing.
// Usage: node socket-io-server.mjs TABLES

const { sessions } = JSON.parse(process.argv[2]);
const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));

async function accountOf(token) {
  const sessionId = Buffer.from(token, 'base64url').subarray(0, 16).toString('base64url');
  const { Item } = await db.send(new GetCommand({ TableName: sessions, Key: { sessionId }, ConsistentRead: true }));
  const hash = createHash('sha256').update(token).digest('base64url');
  return Item?.tokenHash === hash ? Item.account : undefined;
}

const server = createServer();
const io = new Server(server, { transports: ['websocket'] });
io.use(async (socket, next) => {
  const account = await accountOf(String(socket.handshake.auth.token));
  if (account === undefined) return next(new Error('Access Denied'));
  const [, room] = /^(.+)\./.exec(account) ?? [];
  if (room !== undefined) await socket.join(room);
  next();
});
io.on('connection', (socket) => {
  socket.on('publish', ({ room, id }) => io.to(room).emit('published', { id }));
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
