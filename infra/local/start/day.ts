import { createHash } from 'node:crypto';
import type { MessageType } from '../../../shared/portal/messages.ts';
import type { FaultRule, FileBehaviour } from '../portal/faults.ts';
import type { FileDetails, NewFile } from '../portal/simulator.ts';

/** A file that the portal delivers on this day. */
export interface DayFile extends NewFile {
  projectNo: string;
  behaviour?: FileBehaviour;
}

/** A file that a researcher puts where the gateway takes it from to send it to the portal. */
export interface DayResult {
  projectNo: string;
  fileName: string;
  size: number;
}

export interface DayMessage {
  messageId: string;
  messageType: MessageType;
  data: object;
  timestamp: string;
}

/** What has to have happened at the portal before it sends more. */
export type Cue = { messagesMarked: string[] } | { fileBegun: string; bytes: number; messageId: string };

/** What comes at one time: messages at the portal, results here. */
export interface Scene {
  cue?: Cue;
  /** Whether the researcher has to be at work, too. */
  researcherWorks?: true;
  messages: DayMessage[];
  results?: DayResult[];
}

/** What everybody should have at the end of the day; nothing else of the day's projects is left. */
export interface Ending {
  projects: string[];
  /** `passwordFrom` is the message whose one-time password is current. */
  users: { accessIdentifier: string; projectNo: string; enabled: boolean; passwordFrom: string }[];
  /** Ids of the files that are stored. */
  files: string[];
  /** What the portal is sent: the credentials of each access in order, by message. */
  credentials: Record<string, { method: 'POST' | 'PATCH'; messageId: string }[]>;
  returned: string[];
  /** Messages that don't fit the tables. */
  mismatches: string[];
  /** The first is marked before the second, which began long before it. */
  overtaken: [string, string];
}

export interface Day {
  scenes: Scene[];
  /** A person who signs in with an access until a message revokes it. */
  researcher: { accessIdentifier: string; revokedBy: string };
  ending: Ending;
}

const MB = 1_000_000;
const smallFiles = 24;

/** Each of these calls fails once. */
export const dayFaults: FaultRule[] = (
  ['POST /user-accesses', 'PATCH /user-accesses/{accessIdentifier}', 'PATCH /messages/{id}'] as const
).map((call) => ({ kind: 'status', status: 500, calls: [call], times: 1 }));

/** Names of a day's projects, accesses and files: each day has its own. */
function namesOf(day: number) {
  const project = (place: number) => String(day * 1000 + place);
  const file = (place: number, name: string) => `${project(place)}-${name}`;
  return {
    project,
    access: (place: number, name: string) => `${project(place)}-${name}`,
    large: file(1, 'population.parquet'),
    medium: file(1, 'households.parquet'),
    small: Array.from({ length: smallFiles }, (_, index) => file(2, `table-${String(index + 1).padStart(2, '0')}.csv`)),
    long: file(3, 'registers.parquet'),
    corrupted: file(4, 'income.parquet'),
    result: 'regional means.csv',
  };
}

/**
 * The files of a day. One comes so slowly that others overtake it, one is wrong the first time.
 * @param day from 1
 * @param failures how often what fails does so
 */
export function filesOf(day: number, failures = 1): DayFile[] {
  const { project, large, medium, small, long, corrupted } = namesOf(day);
  return [
    { fileId: large, projectNo: project(1), size: 200 * MB },
    { fileId: medium, projectNo: project(1), size: 40 * MB },
    ...small.map((fileId, index) => ({ fileId, projectNo: project(2), size: 4_000 + (index * index * 7 * MB) / 600 })),
    { fileId: long, projectNo: project(3), size: 120 * MB, behaviour: { bytesPerSecond: 6 * MB } },
    { fileId: corrupted, projectNo: project(4), size: 20 * MB, behaviour: { corruptFirst: failures } },
  ].map((file) => ({ ...file, size: Math.round(file.size) }));
}

/** @param day from 1 */
export function resultsOf(day: number): DayResult[] {
  const { project, result } = namesOf(day);
  return [{ projectNo: project(1), fileName: result, size: 12 * MB }];
}

/**
 * What the portal sends on a day, and what should come of it.
 *
 * @param day from 1
 * @param startedAt milliseconds since 1970; with the same times the messages are the same
 * @param details the day's files as the portal announces them
 */
export function dayOf(day: number, startedAt: number, details: readonly FileDetails[]): Day {
  const { project, access, large, medium, small, long, corrupted } = namesOf(day);
  const [small1 = '', small2 = '', small3 = ''] = small;
  const anna = access(1, 'anna');
  const bo = access(1, 'bo');
  const clara = access(2, 'clara');
  const david = access(3, 'david');
  const eva = access(4, 'eva');

  let sent = 0;
  const message = (messageType: MessageType, data: object): DayMessage => {
    sent += 1;
    const timestamp = new Date(startedAt + sent * 1_000).toISOString();
    return { messageId: uuidOf(`${startedAt} ${day} ${sent}`), messageType, data, timestamp };
  };
  const createProject = (place: number) => message('CreateProject', { projectNo: project(place) });
  const createAccess = (place: number, accessIdentifier: string) =>
    message('CreateProjectAccess', { projectNo: project(place), accessIdentifier });
  const onAccess = (type: MessageType, accessIdentifier: string) => message(type, { accessIdentifier });
  const onFile = (type: MessageType, fileId: string) => message(type, { fileId });
  const deliver = (place: number, fileIds: string[]) => {
    const files = details.filter((file) => fileIds.includes(file.fileId));
    return message('DataDeliveryReady', {
      dataDeliveryId: `${project(place)}-delivery`,
      projectNo: project(place),
      files,
    });
  };

  const projects = [1, 2, 3, 4].map(createProject);
  const accesses = [
    createAccess(1, anna),
    createAccess(1, bo),
    createAccess(2, clara),
    createAccess(3, david),
    createAccess(4, eva),
  ] as const;
  const [createAnna, createBo, createClara, createDavid, createEva] = accesses;
  const twice = createProject(2);
  const deliveries = [
    deliver(1, [large, medium]),
    deliver(2, small),
    deliver(3, [long]),
    deliver(4, [corrupted]),
  ] as const;
  const [delivery1, delivery2, delivery3] = deliveries;

  const revocation = onAccess('DisableProjectAccess', david);
  const resetAnna = onAccess('ResetPassword', anna);
  const switches = [onAccess('DisableProjectAccess', bo), onAccess('EnableProjectAccess', bo)];
  const nobody = onAccess('DisableProjectAccess', access(3, 'nobody'));

  const returns = [onFile('ReturnDataFile', medium), onFile('ReturnDataFile', small1)];
  const deletions = [onFile('DeleteDataFile', small2), onFile('DeleteDataFile', small3)];

  const evening = [
    onAccess('DeleteProjectAccess', bo),
    onAccess('DeleteProjectAccess', eva),
    message('DeleteProject', { projectNo: project(4) }),
    onAccess('EnableProjectAccess', david),
  ];
  const ids = (messages: readonly DayMessage[]) => messages.map(({ messageId }) => messageId);

  return {
    scenes: [
      { messages: [...projects, ...accesses, twice, ...deliveries] },
      {
        cue: { fileBegun: long, bytes: 20 * MB, messageId: delivery3.messageId },
        researcherWorks: true,
        messages: [revocation, resetAnna, ...switches, nobody],
      },
      {
        cue: { messagesMarked: ids([delivery1, delivery2]) },
        messages: [...returns, ...deletions],
        results: resultsOf(day),
      },
      { cue: { messagesMarked: ids([...deliveries, revocation]) }, messages: evening },
    ],
    researcher: { accessIdentifier: david, revokedBy: revocation.messageId },
    ending: {
      projects: [project(1), project(2), project(3)],
      users: [
        { accessIdentifier: anna, projectNo: project(1), enabled: true, passwordFrom: resetAnna.messageId },
        { accessIdentifier: clara, projectNo: project(2), enabled: true, passwordFrom: createClara.messageId },
        { accessIdentifier: david, projectNo: project(3), enabled: true, passwordFrom: createDavid.messageId },
      ],
      files: [large, medium, ...small.filter((fileId) => fileId !== small2 && fileId !== small3), long],
      credentials: {
        [anna]: [
          { method: 'POST', messageId: createAnna.messageId },
          { method: 'PATCH', messageId: resetAnna.messageId },
        ],
        [bo]: [{ method: 'POST', messageId: createBo.messageId }],
        [clara]: [{ method: 'POST', messageId: createClara.messageId }],
        [david]: [{ method: 'POST', messageId: createDavid.messageId }],
        [eva]: [{ method: 'POST', messageId: createEva.messageId }],
      },
      returned: [medium, small1],
      mismatches: [twice.messageId, nobody.messageId],
      overtaken: [revocation.messageId, delivery3.messageId],
    },
  };
}

/** A name's UUID (RFC 9562, version 8): the same each time. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
