import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { fileChecksum } from './content.ts';
import { createFaultBox, type FileBehaviours, noFaults, type PortalFaults } from './faults.ts';
import { createMessageStore } from './messages.ts';
import type { PortalState } from './portal.ts';
import { createRecorder, type ReceivedFile, type SentCredential, type Traffic } from './record.ts';
import { createPortalServer } from './server.ts';

export interface SimulatorOptions {
  readonly apiKey: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Message ids count from 1 instead of being UUIDs, and start again after a reset. */
  readonly integerIds?: boolean;
  /** Seed for faults with a probability; default 1. */
  readonly seed?: number;
}

export interface MessageOptions {
  /** Default: a UUID, or the next integer. A bigint is written as a JSON number. */
  readonly messageId?: unknown;
  /** Default: now. Null leaves the field out. */
  readonly timestamp?: unknown;
  /** Sends `data` as a JSON string that holds JSON. */
  readonly dataAsString?: boolean;
}

export interface SimulatedMessage extends MessageOptions {
  readonly messageType: string;
  readonly data: unknown;
}

export interface SimulatedFile {
  readonly fileId: string;
  /** Bytes. */
  readonly size: number;
  /** Files with the same seed and size have the same bytes; default: the file id. */
  readonly seed?: number | string;
}

/** An entry of DataDeliveryReady's `files`. */
export interface FileDetails {
  readonly fileId: string;
  readonly fileSize: number;
  readonly fileChecksum: string;
}

export interface MessageSnapshot {
  readonly messageId: string;
  readonly messageType: string;
  readonly marked: boolean;
  /** Milliseconds since 1970. */
  readonly markedAt?: number;
  /** 1 for the first message that was marked. */
  readonly markOrder?: number;
}

export interface SimulatorSnapshot extends Traffic {
  /** Every message since the last reset, in the order of the portal. */
  readonly messages: readonly MessageSnapshot[];
  /** By access identifier, in the order they came. */
  readonly credentials: ReadonlyMap<string, readonly SentCredential[]>;
  readonly received: readonly ReceivedFile[];
  readonly confirmed: readonly string[];
}

/** A simulated portal that behaves as documented, or as its faults define. */
export interface PortalSimulator {
  /** Base URL with a path prefix, without a slash at its end. */
  readonly url: string;
  /** Puts a message at the end of the list; gives its id as a path segment would name it. */
  send(messageType: string, data: unknown, options?: MessageOptions): Promise<string>;
  sendMany(messages: readonly SimulatedMessage[]): Promise<string[]>;
  /** Any text as an element of the list, even if it is no JSON; gives the id to withdraw it by. */
  sendRaw(element: string): Promise<string>;
  /** Takes a message off the list without its being marked. */
  withdraw(messageId: string): Promise<void>;
  /** Number of unmarked messages; cheap to poll. */
  pending(): Promise<number>;
  /** Adds a file, or replaces the one of that id. */
  addFile(file: SimulatedFile, behaviour?: FileBehaviours): Promise<FileDetails>;
  /** Replaces the behaviour of a file; its count of requests starts again. */
  setFileBehaviour(fileId: string, behaviour: FileBehaviours): Promise<void>;
  /** Sets the given faults and keeps the others. */
  setFaults(faults: Partial<PortalFaults>): Promise<void>;
  clearFaults(): Promise<void>;
  snapshot(): Promise<SimulatorSnapshot>;
  /** Forgets messages, marks, credentials, confirmations and received files; keeps files, faults and the traffic. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a portal in this process. */
export async function startSimulator(options: SimulatorOptions): Promise<PortalSimulator> {
  const portal = createPortal(options);
  const server = createPortalServer(portal);
  const url = await listen(server, portal.prefix, options);
  let nextId = 1;

  function write({ messageType, data, ...given }: SimulatedMessage): string {
    const id = given.messageId ?? (options.integerIds ? nextId++ : randomUUID());
    const timestamp = given.timestamp === undefined ? new Date().toISOString() : given.timestamp;
    const fields = JSON.stringify({
      messageType,
      ...(timestamp !== null && { timestamp }),
      data: given.dataAsString ? JSON.stringify(data) : data,
    });
    return portal.messages.add(`{"messageId":${typeof id === 'bigint' ? id : JSON.stringify(id)},${fields.slice(1)}`);
  }

  return {
    url,
    send: async (messageType, data, more = {}) => write({ messageType, data, ...more }),
    sendMany: async (messages) => messages.map(write),
    sendRaw: async (element) => portal.messages.add(element),
    withdraw: async (messageId) => portal.messages.withdraw(messageId),
    pending: async () => portal.messages.pendingCount(),
    addFile: (file, behaviour = {}) => addFile(portal, file, behaviour),
    async setFileBehaviour(fileId, behaviour) {
      const file = portal.files.get(fileId);
      if (file === undefined) throw new RangeError(`no file ${fileId}`);
      Object.assign(file, { behaviours: [behaviour].flat(), requests: 0, broken: new Set() });
    },
    setFaults: async (faults) => portal.faults.set(faults),
    clearFaults: async () => portal.faults.set(noFaults),
    snapshot: async () => takeSnapshot(portal),
    async reset() {
      nextId = 1;
      for (const part of [portal.messages, portal.credentials, portal.confirmed]) part.clear();
      portal.received.length = 0;
      portal.lists.length = 0;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function createPortal({ apiKey, seed = 1 }: SimulatorOptions): PortalState {
  return {
    apiKey,
    prefix: '/HPCApi',
    messages: createMessageStore(Date.now),
    files: new Map(),
    confirmed: new Set(),
    credentials: new Map(),
    received: [],
    lists: [],
    faults: createFaultBox(seededRandom(seed)),
    recorder: createRecorder(),
    now: Date.now,
  };
}

async function listen(server: Server, prefix: string, options: SimulatorOptions): Promise<string> {
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : options.port;
  return `http://${host}:${port}${prefix}`;
}

async function addFile(portal: PortalState, file: SimulatedFile, behaviour: FileBehaviours): Promise<FileDetails> {
  const { fileId, size } = file;
  const seed = String(file.seed ?? fileId);
  const checksum = await fileChecksum({ seed, size });
  const behaviours = [behaviour].flat();
  portal.files.set(fileId, { fileId, seed, size, checksum, behaviours, requests: 0, broken: new Set() });
  return { fileId, fileSize: behaviours[0]?.statedSize ?? size, fileChecksum: checksum };
}

function takeSnapshot(portal: PortalState): SimulatorSnapshot {
  const messages = portal.messages.all().map(({ messageId, messageType, markedAt, markOrder }) => ({
    messageId,
    messageType,
    marked: markedAt !== undefined,
    ...(markedAt !== undefined && { markedAt }),
    ...(markOrder !== undefined && { markOrder }),
  }));
  const { credentials, received, confirmed } = portal;
  return structuredClone({ ...portal.recorder.traffic, messages, credentials, received, confirmed: [...confirmed] });
}

/** A linear congruential generator (Knuth's MMIX constants), sufficient for random faults. */
function seededRandom(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 11n) / 2 ** 53;
  };
}
