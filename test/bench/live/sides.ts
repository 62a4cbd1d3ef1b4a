import { once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { region } from '../../../infra/local/resources.ts';
import { historyWrites } from '../../../shared/history/history.ts';
import { systemClock } from '../../../shared/platform/time.ts';
import { transact } from '../../../shared/platform/transaction.ts';
import type { LoadOptions } from './load-options.ts';

type SideOptions = LoadOptions['side'];

/** A server, as its clients and publishers see it. */
interface Side extends AsyncDisposable {
  connect(token: string): Promise<void>;
  addPublisher(token: string): Promise<void>;
  /** @param onId called with the id that receivers will see, before it is published */
  publish(room: string, number: number, onId: (id: string) => void): Promise<void>;
}

/** @param onPush called with the id of a push that a client got */
export function openSide(options: SideOptions, onPush: (id: string) => void): Side {
  if (options.kind === 'socket.io') return openSocketIo(options.url, onPush);
  return options.kind === 'service' ? openService(options.url, onPush) : openEvents(options, onPush);
}

function openSocketIo(url: string, onPush: (id: string) => void): Side {
  const sockets: Socket[] = [];
  const publishers: Socket[] = [];
  const open = async (token: string) => {
    const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { token } });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return socket;
  };
  return {
    async connect(token) {
      (await open(token)).on('published', ({ id }: { id: string }) => onPush(id));
    },
    async addPublisher(token) {
      publishers.push(await open(token));
    },
    async publish(room, number, onId) {
      onId(`${number}`);
      publishers[number % publishers.length]?.emit('publish', { room, id: `${number}` });
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.disconnect();
    },
  };
}

const pushSchema = z.object({
  action: z.string(),
  offset: z.number(),
  id: z.string().optional(),
  event: z.object({ subject: z.string(), sequence: z.number() }).optional(),
});

/** Milliseconds between two messages, which the server waits for. */
const keepaliveInterval = 20_000;

function openSockets(url: string) {
  const sockets: WebSocket[] = [];
  const timers: NodeJS.Timeout[] = [];
  let ended = false;
  return {
    /** Connects a client that opts into offsets. */
    async open(token: string): Promise<WebSocket> {
      const socket = new WebSocket(url);
      await once(socket, 'open');
      sockets.push(socket);
      socket.send(JSON.stringify({ action: 'auth', token, features: ['resume'] }));
      const [answer] = await once(socket, 'message');
      if (JSON.parse(String(answer)).success !== true) throw new Error(`not authenticated: ${answer}`);
      let last = '';
      socket.on('message', (data) => {
        last = String(data);
      });
      socket.on('close', (code) => {
        if (!ended) throw new Error(`a connection was closed with ${code} after ${last}`);
      });
      timers.push(setInterval(() => socket.send('{"action":"keepalive"}'), keepaliveInterval));
      return socket;
    },
    end() {
      ended = true;
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.terminate();
    },
  };
}

/** Hands on the ids of pushes. @throws Error when an offset is missing or comes twice */
function receivePushes(socket: WebSocket, onPush: (id: string) => void): void {
  const offsets = new Set<number>();
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    if (message.push !== true) return;
    const { id, offset, event } = pushSchema.parse(message);
    if (offsets.has(offset)) throw new Error(`The offset ${offset} came twice`);
    offsets.add(offset);
    onPush(id ?? `${event?.subject}#${event?.sequence}`);
  });
}

function openService(url: string, onPush: (id: string) => void): Side {
  const sockets = openSockets(url);
  const publishers: WebSocket[] = [];
  return {
    async connect(token) {
      receivePushes(await sockets.open(token), onPush);
    },
    async addPublisher(token) {
      publishers.push(await sockets.open(token));
    },
    async publish(room, number, onId) {
      onId(`${number}`);
      publishers[number % publishers.length]?.send(JSON.stringify({ action: 'publish', room, id: `${number}` }));
    },
    async [Symbol.asyncDispose]() {
      sockets.end();
    },
  };
}

/** Events of the bridge: a room is the subject of which its members hear. */
function openEvents({ url, dynamodb }: Extract<SideOptions, { kind: 'events' }>, onPush: (id: string) => void): Side {
  const sockets = openSockets(url);
  const client = new DynamoDBClient({ region, endpoint: dynamodb.endpoint, credentials: dynamodb.credentials });
  const db = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    async connect(token) {
      receivePushes(await sockets.open(token), onPush);
    },
    async addPublisher() {},
    async publish(subject, number, onId) {
      const sequence = number + 1;
      onId(`${subject}#${sequence}`);
      const event = { subject, sequence, event: 'changed' } as const;
      await transact(db, systemClock, historyWrites(dynamodb.tables, [event], { at: Date.now() }));
    },
    async [Symbol.asyncDispose]() {
      sockets.end();
      client.destroy();
    },
  };
}
