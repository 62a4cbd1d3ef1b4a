import type { Secret } from '../../shared/platform/secrets.ts';
import type { MarkOutcome, Portal } from '../../shared/portal/client.ts';
import { PortalError, PortalUnauthorizedError } from '../../shared/portal/errors.ts';
import { type ListedMessage, readMessage } from '../../shared/portal/messages.ts';
import type { Calls, Process } from './calls.ts';
import { Downloads } from './downloads.ts';
import type { Faults } from './faults.ts';
import { type FileServer, fileCalls } from './file-calls.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './time.ts';
import { Uploads } from './uploads.ts';

export interface PortalMessage {
  messageId: string;
  /** Its JSON text. */
  raw: string;
  /** The project that the portal says it is about: a portal may insist on the order of those. */
  projectNo: string;
  /** What anybody reads of it: always the same, whoever lists it. */
  listed: ListedMessage;
  sentAt: number;
  markedAt?: number;
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
  /** What was given back: `fileId content`. */
  readonly returned = new Set<string>();
  readonly results: ReceivedResult[] = [];
  /** Told of every result that arrives. */
  onResult: (received: ReceivedResult) => void = () => {};
  /** Whether an older message of the same project has to be marked first. */
  insistsOnOrder = false;
  /** The key in the secret. */
  key: Secret = { text: 'key-1', version: '1' };
  isDownUntil = 0;
  /** Told before a message is marked for the first time. */
  onMark: (messageId: string) => void = () => {};
  #refusedVersion: string | undefined;
  #wasStale = false;
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #calls: Calls;

  constructor(scheduler: Scheduler, faults: Faults, random: Random, calls: Calls) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#random = random;
    this.#calls = calls;
    this.files = new Downloads(scheduler, faults, random.fork('files'));
    this.uploads = new Uploads(scheduler, faults, random);
  }

  /** Whether a message is marked, as far as a list may tell: a stale one tells nothing. */
  isMarked(messageId: string): boolean {
    const message = this.messages.find((each) => each.messageId === messageId);
    return this.#wasStale || message?.markedAt !== undefined;
  }

  /** Forgets everything, as a portal does that is set up anew. */
  reset(): void {
    this.messages.length = 0;
  }

  send(message: Omit<PortalMessage, 'sentAt' | 'listed'>): void {
    this.messages.push({ ...message, listed: readMessage(message.raw), sentAt: this.#scheduler.now });
  }

  /** From now on no call gets through with this key. */
  refuseKey(): void {
    this.#refusedVersion = this.key.version;
  }

  /** Somebody puts another key into the secret. */
  changeKey(): void {
    const version = `${Number(this.key.version) + 1}`;
    this.key = { text: `key-${version}`, version };
  }

  /** The portal as one process has it. @param apiKey gives the key that it calls with */
  seenBy(process: Process, apiKey: () => Promise<Secret>): Portal {
    const call = async <Result>(name: string, perform: () => Result, signal?: AbortSignal, detail = '') => {
      const { version } = await apiKey();
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
        const { messages, isComplete } = await call('GET /messages', list, signal);
        yield* messages;
        if (!isComplete) throw failure('GET /messages', 'the list ends early');
      },
      markMessage: (id, signal) => call('PATCH /messages/{id}', () => this.#mark(id), signal, id),
      markMessages: notSimulated,
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
      ...fileCalls(this.#calls, process, this.#fileServer(), apiKey),
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
      onReturn: (fileId, content) => void this.returned.add(`${fileId} ${content}`),
      onResult: (projectNo, fileName, content) => this.#receive(projectNo, fileName, content),
    };
  }

  #list(): { messages: ListedMessage[]; isComplete: boolean } {
    const fault = this.#faults.draw('list', ['list truncated', 'list stale']);
    this.#wasStale ||= fault === 'list stale';
    const at = this.#scheduler.now - (fault === 'list stale' ? this.#random.next() * 200_000 : 0);
    const messages = this.messages
      .filter(({ sentAt, markedAt }) => sentAt <= at && (markedAt === undefined || markedAt > at))
      .map(({ listed }) => listed);
    if (fault !== 'list truncated') return { messages, isComplete: true };
    return { messages: messages.slice(0, this.#random.integer(0, messages.length)), isComplete: false };
  }

  #receive(projectNo: string, fileName: string, content: string): void {
    const received = { projectNo, fileName, content };
    this.results.push(received);
    this.onResult(received);
  }

  #mark(messageId: string): MarkOutcome {
    const index = this.messages.findIndex((message) => message.messageId === messageId);
    const message = this.messages[index];
    if (!message) return 'not-found';
    if (message.markedAt !== undefined) return 'already-marked';
    const older = this.messages.slice(0, index);
    const isEarly = older.some(({ projectNo, markedAt }) => projectNo === message.projectNo && markedAt === undefined);
    if (this.insistsOnOrder && isEarly) return 'not-found';
    this.onMark(messageId);
    message.markedAt = this.#scheduler.now;
    return 'marked';
  }
}

const failure = (call: string, problem: string, status?: number) =>
  new PortalError({ call, problem, retryable: true, status });
