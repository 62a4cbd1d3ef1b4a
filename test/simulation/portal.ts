import { Readable } from 'node:stream';
import type { Secret } from '../../shared/platform/secrets.ts';
import type { Clock } from '../../shared/platform/time.ts';
import { createPortal, type MarkOutcome, type Portal } from '../../shared/portal/client.ts';
import { PortalError, PortalUnauthorizedError } from '../../shared/portal/errors.ts';
import { type ListedMessage, parseMessage } from '../../shared/portal/parse-message.ts';
import type { Calls, Process } from './calls.ts';
import { Downloads } from './downloads.ts';
import type { SimulatedFaults } from './faults.ts';
import { type FileServer, fileCalls } from './file-calls.ts';
import { canonicalId } from './ids.ts';
import type { MessageKind } from './kinds.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './time.ts';
import { Uploads } from './uploads.ts';

export interface PortalMessage {
  /** As `canonicalId` spells it. */
  messageId: string;
  /** The project that the portal says it is about: a portal may insist on the order of those. */
  projectNo: string;
  /** Parsed content of each of its wordings. */
  listed: ListedMessage[];
  sentAt: number;
  /** When the portal first agreed that it is processed. */
  acceptedAt?: number;
  /** Since when it is not listed any more. */
  markedAt?: number;
  /** How often the portal agreed. */
  marks: number;
  /** How often it has to agree before it keeps that. */
  marksNeeded: number;
}

export interface ReceivedCredentials {
  accessIdentifier: string;
  /** None when it was reset. */
  loginName?: string;
  oneTimePassword: string;
}

/** A file for a project's researchers. */
export interface ReceivedResult {
  projectNo: string;
  fileName: string;
  content: string;
}

/** The portal: what it lists, what it was told, and how it misbehaves. */
export class SimulatedPortal {
  readonly messages: PortalMessage[] = [];
  readonly credentials: ReceivedCredentials[] = [];
  readonly files: Downloads;
  readonly uploads: Uploads;
  /** Returned files: `fileId content`. */
  readonly returned = new Set<string>();
  readonly results: ReceivedResult[] = [];
  /** Told of every file that comes back. */
  onReturn: (fileId: string, content: string) => void = () => {};
  /** Told of every result that arrives. */
  onResult: (received: ReceivedResult) => void = () => {};
  /** In how far it misbehaves. */
  kinds: ReadonlySet<MessageKind> = new Set();
  /** Whether an older message of the same project has to be marked first. */
  insistsOnOrder = false;
  /** The key in the secret. */
  key: Secret = { text: 'key-1', version: '1' };
  isDownUntil = 0;
  /** Told before a message is marked for the first time. */
  onMark: (messageId: string) => void = () => {};
  #refusedVersion: string | undefined;
  #wasStale = false;
  #wasReset = false;
  readonly #scheduler: Scheduler;
  readonly #faults: SimulatedFaults;
  readonly #random: Random;
  readonly #calls: Calls;

  constructor(scheduler: Scheduler, faults: SimulatedFaults, random: Random, calls: Calls) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
    this.#calls = calls;
    this.files = new Downloads(scheduler, faults, random.fork('files'));
    this.uploads = new Uploads(scheduler, faults, random);
  }

  /** Whether a message is marked, as far as a list may tell: a stale one tells nothing, nor does one of a portal set up anew. */
  isMarked(messageId: string): boolean {
    return this.#wasStale || this.#wasReset || this.#find(messageId)?.acceptedAt !== undefined;
  }

  #find(messageId: string): PortalMessage | undefined {
    const id = canonicalId(messageId);
    return this.messages.find((each) => each.messageId === id);
  }

  /** Forgets everything, as a portal does that is set up anew. */
  reset(): void {
    this.#wasReset = true;
    this.messages.length = 0;
  }

  /** @param wordings its JSON texts: the first one is listed at first */
  send(message: Pick<PortalMessage, 'messageId' | 'projectNo'>, wordings: readonly string[]): void {
    const { messageId, projectNo } = message;
    const listed = wordings.map((raw) => parseMessage(raw));
    this.messages.push({
      messageId,
      projectNo,
      listed,
      sentAt: this.#scheduler.now,
      marks: 0,
      marksNeeded: this.#drawMarks(),
    });
  }

  #drawMarks(): number {
    const chance = this.#random.fork('marks');
    const isForgetful = this.kinds.has('marks not kept') && chance.chance(0.1);
    return isForgetful ? chance.pick([2, 5, Number.POSITIVE_INFINITY]) : 1;
  }

  /** From now on no call gets through with this key. */
  refuseKey(): void {
    this.#refusedVersion = this.key.version;
  }

  /** The portal takes the key again that it refused. */
  forgiveKey(): void {
    this.#refusedVersion = undefined;
  }

  /** Somebody puts another key into the secret. */
  changeKey(): void {
    const version = `${Number(this.key.version) + 1}`;
    this.key = { text: `key-${version}`, version };
  }

  /** The portal as one process has it. @param apiKey gives the key that it calls with */
  seenBy(process: Process, apiKey: (call: string) => Promise<Secret>, clock: Clock): Portal {
    const call = async <Result>(name: string, perform: () => Result, signal?: AbortSignal, detail = '') => {
      const { version } = await apiKey(name);
      return this.#calls.make(process, {
        service: 'portal',
        what: () => `${name} ${detail}`,
        perform: () => this.#answer(name, version, perform),
        lost: () => failure(name, 'no answer'),
        busy: () => failure(name, 'answered 500', 500),
        needsSender: true,
        signal,
      });
    };
    const notSimulated = () => Promise.reject(new Error('not simulated'));
    const list = this.#list.bind(this);
    return {
      async *listMessages(signal) {
        const { messages, isComplete, document } = await call('GET /messages', list, signal);
        if (document !== undefined) return yield* portalAnswering(document, apiKey, clock).listMessages(signal);
        yield* messages;
        if (!isComplete) throw failure('GET /messages', 'the list ends early');
      },
      markMessage: (id, signal) => call('PATCH /messages/{id}', () => this.#mark(id), signal, id),
      confirmProject: notSimulated,
      createUserAccess: (access, signal) =>
        call('POST /user-accesses', () => void this.credentials.push(access), signal, access.accessIdentifier),
      resetPassword: (accessIdentifier, oneTimePassword, signal) =>
        call(
          'PATCH /user-accesses/{accessIdentifier}',
          () => void this.credentials.push({ accessIdentifier, oneTimePassword }),
          signal,
          accessIdentifier,
        ),
      ...fileCalls(this.#calls, process, this.#fileServer(), apiKey, clock),
    };
  }

  #answer<Result>(name: string, keyVersion: string | undefined, perform: () => Result): Result {
    const { now } = this.#scheduler;
    if (now < this.isDownUntil) throw failure(name, 'answered 503', 503);
    if (keyVersion === this.#refusedVersion) {
      throw new PortalUnauthorizedError({ call: name, problem: 'answered 401', retryable: true, keyVersion });
    }
    return perform();
  }

  #fileServer(): FileServer {
    return {
      downloads: this.files,
      uploads: this.uploads,
      refusal: (key) => {
        if (this.#scheduler.now < this.isDownUntil) return 503;
        return key === `key-${this.#refusedVersion}` ? 401 : undefined;
      },
      onReturn: (fileId, content) => {
        this.returned.add(`${canonicalId(fileId)} ${content}`);
        this.onReturn(fileId, content);
      },
      onResult: (projectNo, fileName, content) => this.#receive(projectNo, fileName, content),
    };
  }

  #list(): Listed {
    const fault = this.#faults.draw('list', ['list truncated', 'list stale', 'list is a page']);
    if (fault === 'list is a page')
      return { messages: [], isComplete: true, document: { status: 200, text: '<html>Back soon</html>' } };
    this.#wasStale ||= fault === 'list stale';
    const at = this.#scheduler.now - (fault === 'list stale' ? this.#random.next() * 200_000 : 0);
    const messages = this.messages
      .filter(({ sentAt, markedAt }) => sentAt <= at && (markedAt === undefined || markedAt > at))
      .map((message) => this.#wordingOf(message));
    if (fault !== 'list truncated') return { messages, isComplete: true, ...this.#emptyIn(messages) };
    return { messages: messages.slice(0, this.#random.integer(0, messages.length)), isComplete: false };
  }

  /** A message as it is listed this time. */
  #wordingOf({ listed, sentAt }: PortalMessage): ListedMessage {
    const [first] = listed;
    if (listed.length === 1 || sentAt > this.#scheduler.now - 30_000) return first as ListedMessage;
    return this.#random.fork('wordings').pick(listed);
  }

  /** This portal's form of an empty list. */
  #emptyIn(messages: readonly ListedMessage[]): { document?: Document } {
    if (messages.length > 0 || !this.kinds.has('empty list in other words')) return {};
    return { document: emptyLists[Math.floor(this.#random.fork('empty').at(0) * emptyLists.length)] as Document };
  }

  #receive(projectNo: string, fileName: string, content: string): void {
    const received = { projectNo, fileName, content };
    this.results.push(received);
    this.onResult(received);
  }

  #mark(messageId: string): MarkOutcome {
    const message = this.#find(messageId);
    if (!message) return 'not-found';
    if (message.markedAt !== undefined) return 'already-marked';
    const older = this.messages.slice(0, this.messages.indexOf(message));
    const isEarly = older.some(({ projectNo, markedAt }) => projectNo === message.projectNo && markedAt === undefined);
    if (this.insistsOnOrder && isEarly) return 'not-found';
    this.onMark(message.messageId);
    const wasAccepted = message.acceptedAt !== undefined;
    message.acceptedAt ??= this.#scheduler.now;
    message.marks += 1;
    if (message.marks >= message.marksNeeded) message.markedAt = this.#scheduler.now;
    return wasAccepted && this.#random.fork('marks').chance(0.5) ? 'already-marked' : 'marked';
  }
}

interface Listed {
  messages: ListedMessage[];
  isComplete: boolean;
  /** Answer instead of the list. */
  document?: Document;
}

/** An answer to the question for the list. */
interface Document {
  status: number;
  text: string;
}

const emptyLists: readonly Document[] = [
  { status: 204, text: '' },
  { status: 200, text: '' },
  { status: 200, text: 'null' },
  { status: 200, text: ' []\n' },
];

/** The gateway's own client at a portal with one answer to everything. */
function portalAnswering({ status, text }: Document, apiKey: (call: string) => Promise<Secret>, clock: Clock): Portal {
  const headers = status === 204 ? {} : { 'content-length': `${Buffer.byteLength(text)}` };
  const http = async () => ({
    statusCode: status,
    toWholeRequest: true,
    headers,
    body: Readable.from(text === '' ? [] : [Buffer.from(text)]),
  });
  return createPortal({ baseUrl: 'http://127.0.0.1', apiKey, clock, http });
}

const failure = (call: string, problem: string, status?: number) =>
  new PortalError({ call, problem, retryable: true, status });
