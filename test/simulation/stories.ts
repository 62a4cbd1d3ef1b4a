import type { MessageContent } from '../../shared/portal/message-schema.ts';
import type { FilesSent } from './files-sent.ts';
import type { Fitting } from './fitting.ts';
import { type MessageKind, messageKinds } from './kinds.ts';
import type { Random } from './random.ts';

/** Context of a story. */
export interface Stage {
  random: Random;
  files: FilesSent;
  fitting: Fitting;
  /** All projects of the history, and the accesses that each may get. */
  projects: readonly string[];
  accesses: readonly (readonly string[])[];
}

type Story = (stage: Stage, project: number) => MessageContent[];

const file = (type: 'DeleteDataFile' | 'ReturnDataFile', fileId: string): MessageContent => ({
  type,
  data: { fileId },
});

const access = (
  type: 'DeleteProjectAccess' | 'DisableProjectAccess' | 'EnableProjectAccess' | 'ResetPassword',
  accessIdentifier: string,
): MessageContent => ({ type, data: { accessIdentifier } });

const creation = (projectNo: string, accessIdentifier: string): MessageContent => ({
  type: 'CreateProjectAccess',
  data: { projectNo, accessIdentifier },
});

const project = (type: 'CreateProject' | 'DeleteProject', projectNo: string): MessageContent => ({
  type,
  data: { projectNo },
});

const fileIdsOf = (delivery: MessageContent) =>
  delivery.type === 'DataDeliveryReady' ? delivery.data.files.map(({ fileId }) => fileId) : [];

/** The message that creates a project, unless it exists. */
const existing = ({ fitting }: Stage, projectNo: string) =>
  fitting.hasProject(projectNo) ? [] : [project('CreateProject', projectNo)];

const nameOf = ({ projects }: Stage, index: number) => projects[index] as string;

/** An access of a project, and the message that makes it when it is not there yet. */
function anAccess({ random, fitting, accesses }: Stage, projectNo: string, index: number): [string, MessageContent[]] {
  const known = fitting.accessesOf(projectNo);
  if (known.length > 0) return [random.pick(known), []];
  const made = random.pick(accesses[index] as string[]);
  return [made, [creation(projectNo, made)]];
}

/** A file of a project, and the delivery that brings it when it is not there yet. */
function aFile({ random, files }: Stage, projectNo: string): [string, MessageContent[]] {
  const known = files.of(projectNo);
  if (known.length > 0 && random.chance(0.5)) return [random.pick(known), []];
  const delivery = files.delivery(projectNo);
  return [fileIdsOf(delivery)[0] as string, [delivery]];
}

const stories: Partial<Record<MessageKind, Story>> = {
  'return then deletion': (stage, index) => {
    const projectNo = nameOf(stage, index);
    const [fileId, delivery] = aFile(stage, projectNo);
    const deletion = stage.random.chance(0.7) ? file('DeleteDataFile', fileId) : project('DeleteProject', projectNo);
    return [...existing(stage, projectNo), ...delivery, file('ReturnDataFile', fileId), deletion];
  },

  'revocation behind a deletion': (stage, index) => {
    const projectNo = nameOf(stage, index);
    const [fileId, delivery] = aFile(stage, projectNo);
    const [accessIdentifier, made] = anAccess(stage, projectNo, index);
    const revocation = stage.random.pick(['DeleteProjectAccess', 'DisableProjectAccess'] as const);
    return [
      ...existing(stage, projectNo),
      ...made,
      ...delivery,
      file('DeleteDataFile', fileId),
      access(revocation, accessIdentifier),
      ...(stage.random.chance(0.3) ? [project('DeleteProject', projectNo)] : []),
    ];
  },

  'stray identifiers': (stage, index) => {
    const { random, files } = stage;
    const projectNo = nameOf(stage, index);
    const elsewhere = random.pick([...stage.projects, 'elsewhere']);
    if (random.chance(0.5)) {
      const [fileId, delivery] = aFile(stage, projectNo);
      const further = random.pick(['ReturnDataFile', 'DeleteDataFile'] as const);
      const stray = files.delivery(elsewhere, [fileId]);
      return [...existing(stage, projectNo), ...delivery, stray, file(further, fileId)];
    }
    const [accessIdentifier, made] = anAccess(stage, projectNo, index);
    const strayFile = files.of(projectNo)[0];
    return [
      ...existing(stage, projectNo),
      ...made,
      ...(random.chance(0.5) ? [access('DisableProjectAccess', accessIdentifier)] : []),
      creation(elsewhere, accessIdentifier),
      ...(strayFile === undefined ? [] : [files.delivery(elsewhere, [strayFile])]),
      access(random.pick(['EnableProjectAccess', 'ResetPassword'] as const), accessIdentifier),
      access('DisableProjectAccess', accessIdentifier),
    ];
  },

  'moved identifiers': (stage, index) => {
    const { random, files } = stage;
    const from = nameOf(stage, index);
    const to = random.pick(stage.projects);
    const ready = [...existing(stage, from), ...(to === from ? [] : existing(stage, to))];
    if (random.chance(0.5)) {
      const [fileId, delivery] = aFile(stage, from);
      return [...ready, ...delivery, file('DeleteDataFile', fileId), files.delivery(to, [fileId])];
    }
    const [accessIdentifier, made] = anAccess(stage, from, index);
    const isWhole = random.chance(0.2) && to !== from;
    const removal = isWhole ? project('DeleteProject', from) : access('DeleteProjectAccess', accessIdentifier);
    return [...ready, ...made, removal, creation(to, accessIdentifier)];
  },

  redelivery: (stage, index) => {
    const projectNo = nameOf(stage, index);
    const [fileId, delivery] = aFile(stage, projectNo);
    const after = stage.random.pick([[], [], [file('DeleteDataFile', fileId)], [file('ReturnDataFile', fileId)]]);
    return [...existing(stage, projectNo), ...delivery, stage.files.delivery(projectNo, [fileId]), ...after];
  },

  'inverted order': (stage, index) => {
    const projectNo = nameOf(stage, index);
    const { random, files, accesses } = stage;
    const made = random.chance(0.7)
      ? files.delivery(projectNo)
      : creation(projectNo, random.pick(accesses[index] as string[]));
    return [made, ...existing(stage, projectNo)];
  },
};

/**
 * Messages of one list that belong together, by the unkind kinds of a run.
 *
 * @param index of the project that the story begins with
 * @returns nothing when no kind of the run has a story
 */
export function drawStory(stage: Stage, kinds: ReadonlySet<MessageKind>, index: number): MessageContent[] | undefined {
  const told = messageKinds.flatMap((kind) => (kinds.has(kind) ? (stories[kind] ?? []) : []));
  return told.length > 0 ? stage.random.pick(told)(stage, index) : undefined;
}
