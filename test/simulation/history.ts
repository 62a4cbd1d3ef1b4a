import type { MessageContent } from '../../shared/portal/messages.ts';
import { FilesSent } from './files-sent.ts';
import { type AccessKind, Fitting, type ProjectKind } from './fitting.ts';
import type { Random } from './random.ts';

/** A message that the portal sends. */
export interface SentMessage {
  messageId: string;
  /** Milliseconds after the beginning. */
  at: number;
  raw: string;
  projectNo: string;
  /** None when nobody can make anything of it. */
  content?: MessageContent;
}

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

/** What a portal's messages are mostly about: mostly what makes sense, so that much takes effect. */
const themes: readonly (readonly Kind[])[] = [
  [...ofProjects, ...ofAccesses],
  [...ofProjects, ...ofFiles],
  [...ofProjects, ...ofProjects, ...ofAccesses, ...ofFiles],
];

/** What a portal sends: messages about a few projects and accesses, in the order of their times. */
export function drawHistory(random: Random): SentMessage[] {
  const projects = Array.from({ length: random.integer(1, 3) }, (_, index) => projectNumbers[index] as string);
  const accesses = projects.map((projectNo) =>
    Array.from({ length: random.integer(1, 3) }, (_, index) => `access-${projectNo}-${index}`),
  );
  const misfits = random.pick([0, 0.1, 0.5]);
  const files = new FilesSent(random, misfits === 0 || random.chance(0.5));
  const fitting = new Fitting();
  const drawing = { random, files, fitting, misfits };
  const kinds = random.pick(themes);
  const atOnce = random.chance(0.4);
  const messages: SentMessage[] = [];
  let at = 0;
  for (const [index, projectNo] of projects.entries()) {
    if (random.chance(0.9))
      messages.push(message(drawing, messages.length, at, 'createProject', projectNo, accesses[index] ?? []));
  }
  const length = random.integer(3, 22);
  while (messages.length < length) {
    const project = random.integer(0, projects.length - 1);
    at = Math.min(historyLasts, at + (random.chance(atOnce ? 0.9 : 0.5) ? 0 : random.next() * 90_000));
    messages.push(
      message(
        drawing,
        messages.length,
        at,
        random.pick(kinds),
        projects[project] as string,
        accesses[project] as string[],
      ),
    );
  }
  return messages;
}

interface Drawing {
  random: Random;
  files: FilesSent;
  fitting: Fitting;
  /** How many of the messages need not fit, 0 to 1. */
  misfits: number;
}

function message(
  { random, files, fitting, misfits }: Drawing,
  index: number,
  at: number,
  kind: Kind,
  projectNo: string,
  accesses: readonly string[],
): SentMessage {
  const messageId = `m${index + 1}`;
  if (kind === 'odd') return { messageId, at, projectNo: messageId, raw: drawOdd(random, messageId) };
  const access = random.pick(accesses);
  let content: MessageContent;
  if (isFileKind(kind)) content = files.contentOf(kind, projectNo);
  else content = contentOf(random.chance(misfits) ? kind : fitting.instead(kind, projectNo, access), projectNo, access);
  files.note(content);
  fitting.note(content);
  const { type: messageType, data } = content;
  const sent = { messageId, messageType, data: random.chance(0.3) ? JSON.stringify(data) : data };
  return { messageId, at, projectNo, content, raw: JSON.stringify(sent) };
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
