import { createHash } from 'node:crypto';
import type { MessageType } from '../../../shared/portal/message-schema.ts';
import type { FaultRule, FileBehaviour } from '../portal/faults.ts';
import type { FileDetails, SimulatedFile } from '../portal/simulator.ts';

/** A file that the portal delivers in a scenario. */
export interface ScenarioFile extends SimulatedFile {
  projectNo: string;
  behaviour?: FileBehaviour;
}

/** A file that a researcher puts where the gateway takes it from to send it to the portal. */
export interface ScenarioResult {
  projectNo: string;
  fileName: string;
  size: number;
}

export interface ScenarioMessage {
  messageId: string;
  messageType: MessageType;
  data: object;
  timestamp: string;
}

/** Condition at the portal for the next scene. */
export type Cue = { messagesMarked: string[] } | { fileBegun: string; bytes: number; messageId: string };

/** Messages at the portal and results here that come at the same time. */
export interface Scene {
  cue?: Cue;
  /** Whether the researcher has to be at work, too. */
  researcherWorks?: true;
  messages: ScenarioMessage[];
  results?: ScenarioResult[];
}

/** State of the scenario's projects at its end; nothing else of them is left. */
export interface ExpectedState {
  projects: string[];
  /** `passwordFrom` is the message whose one-time password is current. */
  users: { accessIdentifier: string; projectNo: string; enabled: boolean; passwordFrom: string }[];
  /** Ids of the files that are stored. */
  files: string[];
  /** Credentials of each access that the portal receives, in order, by message. */
  credentials: Record<string, { method: 'POST' | 'PATCH'; messageId: string }[]>;
  returned: string[];
  /** Ids of messages that do not fit the tables. */
  mismatches: string[];
  /** The first is marked before the second, which began long before it. */
  overtaken: [string, string];
}

export interface Scenario {
  scenes: Scene[];
  /** A person who signs in with an access until a message revokes it. */
  researcher: { accessIdentifier: string; revokedBy: string };
  expectedState: ExpectedState;
}

const MB = 1_000_000;
const smallFiles = 24;

/** Each of these calls fails once. */
export const plannedFaults: FaultRule[] = (
  ['POST /user-accesses', 'PATCH /user-accesses/{accessIdentifier}', 'PATCH /messages/{id}'] as const
).map((call) => ({ kind: 'status', status: 500, calls: [call], times: 1 }));

/** Names of projects, accesses and files, different for each number of a scenario. */
function namesOf(number: number) {
  const project = (place: number) => String(number * 1000 + place);
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
 * The files of a scenario. One is so slow that messages overtake it, one is wrong the first time.
 * @param number of the scenario, from 1
 * @param failures number of times that the planned fault occurs
 */
export function scenarioFiles(number: number, failures = 1): ScenarioFile[] {
  const { project, large, medium, small, long, corrupted } = namesOf(number);
  return [
    { fileId: large, projectNo: project(1), size: 200 * MB },
    { fileId: medium, projectNo: project(1), size: 40 * MB },
    ...small.map((fileId, index) => ({ fileId, projectNo: project(2), size: 4_000 + (index * index * 7 * MB) / 600 })),
    { fileId: long, projectNo: project(3), size: 120 * MB, behaviour: { bytesPerSecond: 6 * MB } },
    { fileId: corrupted, projectNo: project(4), size: 20 * MB, behaviour: { corruptFirst: failures } },
  ].map((file) => ({ ...file, size: Math.round(file.size) }));
}

/** @param number of the scenario, from 1 */
export function scenarioResults(number: number): ScenarioResult[] {
  const { project, result } = namesOf(number);
  return [{ projectNo: project(1), fileName: result, size: 12 * MB }];
}

/**
 * Creates a day at the portal: the messages that it sends and the state that should result.
 *
 * @param number from 1; each number gives other names
 * @param startedAt milliseconds since 1970; with the same times the messages are the same
 * @param details the files as the portal announces them
 */
export function createScenario(number: number, startedAt: number, details: readonly FileDetails[]): Scenario {
  const { project, access, large, medium, small, long, corrupted } = namesOf(number);
  const [small1 = '', small2 = '', small3 = ''] = small;
  const anna = access(1, 'anna');
  const bo = access(1, 'bo');
  const clara = access(2, 'clara');
  const david = access(3, 'david');
  const eva = access(4, 'eva');

  let sent = 0;
  const message = (messageType: MessageType, data: object): ScenarioMessage => {
    sent += 1;
    const timestamp = new Date(startedAt + sent * 1_000).toISOString();
    return { messageId: uuidOf(`${startedAt} ${number} ${sent}`), messageType, data, timestamp };
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
  const ids = (messages: readonly ScenarioMessage[]) => messages.map(({ messageId }) => messageId);

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
        results: scenarioResults(number),
      },
      { cue: { messagesMarked: ids([...deliveries, revocation]) }, messages: evening },
    ],
    researcher: { accessIdentifier: david, revokedBy: revocation.messageId },
    expectedState: {
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
