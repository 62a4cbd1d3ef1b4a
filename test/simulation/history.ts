import type { MessageContent } from '../../shared/portal/message-schema.ts';
import { FilesSent } from './files-sent.ts';
import { type AccessKind, Fitting, type ProjectKind } from './fitting.ts';
import { uuidOf } from './ids.ts';
import type { MessageKind } from './kinds.ts';
import type { Random } from './random.ts';
import { drawStory } from './stories.ts';
import { beginning } from './time.ts';
import { drawWordings } from './wording.ts';

/** A message that the portal sends. Its ids are spelled as the simulation compares them. */
export interface SentMessage {
  messageId: string;
  /** Milliseconds after the beginning. */
  at: number;
  /** The JSON texts in which the portal may list it: the first one at first. */
  wordings: string[];
  projectNo: string;
  /** None when nobody can make anything of it. */
  content?: MessageContent;
}

/** The number of the project that a message creates whose id belonged to another message. */
export const projectOfReused = (messageId: string) => `again-${messageId}`;

/** When the portal has sent everything, in milliseconds after the beginning. */
export const historyLasts = 6 * 60_000;

/** One of them has to be escaped where it goes. */
const projectNumbers = ['700000', '700001', '70 0/æ'];

type FileKind = 'deliver' | 'return' | 'deleteFile';
type OtherKind = AccessKind | ProjectKind;
type Kind = FileKind | OtherKind | 'odd';

const times = (count: number, kind: Kind): Kind[] => Array<Kind>(count).fill(kind);
const ofProjects: readonly Kind[] = ['createProject', 'deleteProject', 'odd'];
const ofAccesses: readonly Kind[] = [
  ...times(6, 'create'),
  ...times(2, 'delete'),
  ...times(3, 'disable'),
  ...times(3, 'enable'),
  ...times(3, 'reset'),
];
const ofFiles: readonly Kind[] = [...times(8, 'deliver'), ...times(5, 'return'), ...times(4, 'deleteFile')];

/** Kinds of messages by weight: most make sense, so that much takes effect. */
const themes: readonly (readonly Kind[])[] = [
  [...ofProjects, ...ofAccesses],
  [...ofProjects, ...ofFiles],
  [...ofProjects, ...ofProjects, ...ofAccesses, ...ofFiles],
];

/**
 * Messages of a portal about a few projects and accesses, in the order of their times.
 *
 * @param kinds how unkind it is
 * @param ends whether accesses are revoked and projects are deleted in the end
 */
export function drawHistory(random: Random, kinds: ReadonlySet<MessageKind>, ends = false): SentMessage[] {
  const inUuids = kinds.has('letter case');
  const projects = Array.from({ length: random.integer(1, 3) }, (_, index) => projectNumbers[index] as string);
  const accesses = projects.map((projectNo) =>
    Array.from({ length: random.integer(1, 3) }, (_, index) => {
      const name = `access-${projectNo}-${index}`;
      return inUuids ? uuidOf(name) : name;
    }),
  );
  const misfits = random.pick([0, 0.1, 0.5]);
  const files = new FilesSent(random, misfits === 0 || random.chance(0.5), inUuids);
  const fitting = new Fitting();
  const stage = { random: random.fork('stories'), files, fitting, projects, accesses };
  const drawing = { random, files, fitting, misfits };
  const portal = new Sending(random, kinds, files, fitting);
  const types = random.pick(themes);
  const atOnce = random.chance(ends ? 0.1 : 0.4);
  const { messages } = portal;
  let at = 0;
  for (const [index, projectNo] of projects.entries()) {
    if (random.chance(0.9))
      portal.send(at, projectNo, contentFor(drawing, 'createProject', projectNo, accesses[index] ?? []));
    for (const access of ends ? (accesses[index] ?? []) : [])
      if (random.chance(0.8)) portal.send(at, projectNo, contentFor(drawing, 'create', projectNo, [access]));
  }
  // People have time to begin.
  if (ends) at = random.next() * 60_000;
  const length = random.integer(3, 22);
  while (messages.length < length) {
    const project = random.integer(0, projects.length - 1);
    const projectNo = projects[project] as string;
    at = Math.min(historyLasts, at + (random.chance(atOnce ? 0.9 : 0.5) ? 0 : random.next() * 90_000));
    const story = stage.random.chance(0.3) ? drawStory(stage, kinds, project) : undefined;
    if (!story) {
      const type = random.pick(types);
      if (type === 'odd') portal.sendOdd(at);
      else portal.send(at, projectNo, contentFor(drawing, type, projectNo, accesses[project] as string[]));
    }
    for (const content of story ?? []) {
      if (stage.random.chance(0.1)) at = Math.min(historyLasts, at + stage.random.next() * 90_000);
      portal.send(at, projectNo, content);
    }
  }
  if (ends) at = Math.max(at, random.fork('end').next() * historyLasts);
  for (const projectNo of ends ? projects : []) {
    for (const content of drawEnd(random.fork('end'), fitting, projectNo)) {
      at = Math.min(historyLasts, at + random.fork('end').next() * 120_000);
      portal.send(at, projectNo, content);
    }
  }
  return messages;
}

/** Puts messages one behind the other, and learns from them. */
class Sending {
  readonly messages: SentMessage[] = [];
  readonly #random: Random;
  readonly #kinds: ReadonlySet<MessageKind>;
  readonly #files: FilesSent;
  readonly #fitting: Fitting;

  constructor(random: Random, kinds: ReadonlySet<MessageKind>, files: FilesSent, fitting: Fitting) {
    this.#random = random;
    this.#kinds = kinds;
    this.#files = files;
    this.#fitting = fitting;
  }

  send(at: number, projectNo: string, content: MessageContent): void {
    const messageId = this.#nextId();
    this.#files.note(content);
    this.#fitting.note(content);
    const about = 'projectNo' in content.data ? content.data.projectNo : projectNo;
    const wordings = drawWordings(this.#random, this.#kinds, messageId, content, beginning + at);
    this.messages.push({ messageId, at, projectNo: about, content, wordings });
  }

  /** Sends a message of which nobody can make anything. */
  sendOdd(at: number): void {
    const messageId = this.#nextId();
    const isBomb = this.#kinds.has('bomb') && this.#random.chance(0.5);
    const raw = isBomb ? drawBomb(this.#random, messageId) : drawOdd(this.#random, messageId);
    this.messages.push({ messageId, at, projectNo: messageId, wordings: [raw] });
  }

  #nextId(): string {
    const name = `m${this.messages.length + 1}`;
    return this.#kinds.has('letter case') ? uuidOf(name) : name;
  }
}

interface Drawing {
  random: Random;
  files: FilesSent;
  fitting: Fitting;
  /** How many of the messages need not fit, 0 to 1. */
  misfits: number;
}

function contentFor(
  { random, files, fitting, misfits }: Drawing,
  kind: FileKind | OtherKind,
  projectNo: string,
  accesses: readonly string[],
): MessageContent {
  const access = random.pick(accesses);
  if (isFileKind(kind)) return files.contentOf(kind, projectNo);
  return contentOf(random.chance(misfits) ? kind : fitting.instead(kind, projectNo, access), projectNo, access);
}

/** Messages that take away a project and its accesses, and sometimes make it anew. */
function drawEnd(random: Random, fitting: Fitting, projectNo: string): MessageContent[] {
  if (!fitting.hasProject(projectNo)) return [];
  const revocations = fitting
    .accessesOf(projectNo)
    .flatMap((access) =>
      random.chance(0.5) ? [contentOf(random.pick(['disable', 'delete'] as const), projectNo, access)] : [],
    );
  const deletion = random.chance(0.6) ? [contentOf('deleteProject', projectNo, '')] : [];
  const creation = deletion.length > 0 && random.chance(0.3) ? [contentOf('createProject', projectNo, '')] : [];
  return [...revocations, ...deletion, ...creation];
}

const isFileKind = (kind: FileKind | OtherKind): kind is FileKind =>
  kind === 'deliver' || kind === 'return' || kind === 'deleteFile';

function contentOf(kind: OtherKind, projectNo: string, accessIdentifier: string): MessageContent {
  if (kind === 'createProject') return { type: 'CreateProject', data: { projectNo } };
  if (kind === 'deleteProject') return { type: 'DeleteProject', data: { projectNo } };
  if (kind === 'create') return { type: 'CreateProjectAccess', data: { projectNo, accessIdentifier } };
  if (kind === 'delete') return { type: 'DeleteProjectAccess', data: { accessIdentifier } };
  if (kind === 'disable') return { type: 'DisableProjectAccess', data: { accessIdentifier } };
  if (kind === 'enable') return { type: 'EnableProjectAccess', data: { accessIdentifier } };
  return { type: 'ResetPassword', data: { accessIdentifier } };
}

const drawOdd = (random: Random, messageId: string): string =>
  random.pick([
    JSON.stringify({ messageId, messageType: 'PaintTheFence', data: { colour: 'green' } }),
    JSON.stringify({ messageId, messageType: 'CreateProject', data: 7 }),
    JSON.stringify({ messageId, messageType: 'CreateProjectAccess', data: { projectNo: '', accessIdentifier: '..' } }),
  ]);

/** A message that would be read, did it not take too much memory. */
function drawBomb(random: Random, messageId: string): string {
  const message = JSON.stringify({ messageId, messageType: 'CreateProject', data: { projectNo: `bomb-${messageId}` } });
  return `${message.slice(0, -1)},"extra":${random.chance(0.1) ? manyValues : deepNesting}}`;
}

const deepNesting = '['.repeat(1_000) + ']'.repeat(1_000);
const manyValues = `[${'{},'.repeat(260_000)}{}]`;
