import type { PortalFaults } from './faults.ts';

/** A message as the portal keeps it. */
export interface PortalMessage {
  /** The id as a path segment names it; `raw:` and a number when the element has none that can be read. */
  readonly messageId: string;
  readonly messageType: string;
  /** The list element, as JSON text. */
  readonly element: string;
  /** Group for in-order marking: the project if known, else the access or file, else the message itself. */
  readonly line: string;
  markedAt?: number;
  /** 1 for the first message that was marked. */
  markOrder?: number;
}

export type MarkStatus = 200 | 400 | 403 | 404;

export interface MessageStore {
  add(element: string): string;
  /** Takes a message off the list without a mark. */
  withdraw(messageId: string): void;
  /** The unmarked messages, oldest first. */
  pending(): PortalMessage[];
  pendingCount(): number;
  all(): readonly PortalMessage[];
  mark(messageId: string, faults: PortalFaults): MarkStatus;
  markAll(messageIds: readonly string[], faults: PortalFaults): MarkStatus;
  clear(): void;
}

export function createMessageStore(now: () => number): MessageStore {
  let messages: PortalMessage[] = [];
  const byId = new Map<string, PortalMessage[]>();
  // Insertion order is the portal's order.
  const listed = new Set<PortalMessage>();
  const lines = new Map<string, Set<PortalMessage>>();
  const owners = new Map<string, string>();
  let marks = 0;

  function unlist(message: PortalMessage): void {
    listed.delete(message);
    lines.get(message.line)?.delete(message);
  }

  /** The answer to marking a message if the messages in `before` were already marked. */
  function judge(messageId: string, faults: PortalFaults, before: ReadonlySet<string>): MarkStatus {
    if (faults.otherCentreIds.includes(messageId)) return 403;
    const named = byId.get(messageId);
    if (named === undefined) return 404;
    const first = named.find((message) => listed.has(message));
    if (first === undefined) return named.some(({ markedAt }) => markedAt !== undefined) ? 400 : 404;
    return faults.inOrderMarking && hasOlder(first, before) ? 404 : 200;
  }

  function hasOlder(message: PortalMessage, before: ReadonlySet<string>): boolean {
    for (const older of lines.get(message.line) ?? []) {
      if (older === message) return false;
      if (!before.has(older.messageId)) return true;
    }
    return false;
  }

  function apply(messageId: string): void {
    for (const message of byId.get(messageId) ?? []) {
      if (!listed.has(message)) continue;
      marks += 1;
      message.markedAt = now();
      message.markOrder = marks;
      unlist(message);
    }
  }

  return {
    add(element) {
      const message = readMessage(element, messages.length, owners);
      messages.push(message);
      listed.add(message);
      append(byId, message.messageId, message);
      const line = lines.get(message.line) ?? new Set();
      lines.set(message.line, line.add(message));
      return message.messageId;
    },
    withdraw(messageId) {
      for (const message of byId.get(messageId) ?? []) unlist(message);
    },
    pending: () => [...listed],
    pendingCount: () => listed.size,
    all: () => messages,
    mark(messageId, faults) {
      const status = judge(messageId, faults, new Set());
      if (status === 200) apply(messageId);
      return status;
    },
    markAll(messageIds, faults) {
      const before = new Set<string>();
      const statuses = new Set<MarkStatus>();
      for (const messageId of messageIds) {
        const status = judge(messageId, faults, before);
        statuses.add(status);
        if (status === 200) before.add(messageId);
      }
      const refused = ([403, 404, 400] as const).find((status) => statuses.has(status));
      if (refused === undefined || faults.bulkMarking === 'partial') for (const messageId of before) apply(messageId);
      return refused ?? 200;
    },
    clear() {
      messages = [];
      marks = 0;
      for (const index of [byId, listed, lines, owners]) index.clear();
    },
  };
}

function append<K, V>(index: Map<K, V[]>, key: K, value: V): void {
  const values = index.get(key);
  if (values === undefined) index.set(key, [value]);
  else values.push(value);
}

/** Parses JSON and keeps integers as written: `JSON.parse` alone would round large ones. */
export function parseExactly(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? (context?.source ?? value) : value,
  );
}

/** Reads the fields of any list element as far as possible. Records in `owners` the projects of accesses and files. */
function readMessage(element: string, position: number, owners: Map<string, string>): PortalMessage {
  const message = tryParse(element);
  const id = scalar(field(message, 'messageId'));
  const messageId = id ?? `raw:${position}`;
  const messageType = scalar(field(message, 'messageType')) ?? '';
  const data = field(message, 'data');
  return {
    messageId,
    messageType,
    element,
    line: lineOf(typeof data === 'string' ? tryParse(data) : data, messageId, owners),
  };
}

function lineOf(data: unknown, messageId: string, owners: Map<string, string>): string {
  const projectNo = scalar(field(data, 'projectNo'));
  const access = scalar(field(data, 'accessIdentifier'));
  const file = scalar(field(data, 'fileId'));
  const subject = access === undefined ? file && `file ${file}` : `access ${access}`;
  if (projectNo === undefined) return subject === undefined ? `message ${messageId}` : (owners.get(subject) ?? subject);
  const line = `project ${projectNo}`;
  if (subject !== undefined) owners.set(subject, line);
  const files = field(data, 'files');
  for (const entry of Array.isArray(files) ? files : []) owners.set(`file ${scalar(field(entry, 'fileId'))}`, line);
  return line;
}

function tryParse(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    // Malformed elements are allowed: they are listed unchanged and have no fields.
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function scalar(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
