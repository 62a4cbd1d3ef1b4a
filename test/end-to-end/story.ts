import { expect } from 'vitest';
import type { FileBehaviour } from '../../infra/local/portal/faults.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { isResult } from '../../shared/files/rows.ts';
import type { EndToEnd } from './setup.ts';

/** Makes an id of a word: a text, or a bigint that is sent as an integer. */
export type Name = (word: string) => string | bigint;

/** Messages of every type about one project, all of which fit. */
export interface Story {
  name: Name;
  /** Elements for the portal's list, in order. */
  elements: string[];
}

/**
 * Tells a story with all ten types, half of them with their data as a text.
 *
 * @param large bytes of the largest file
 * @param behaviour how the portal serves the files
 */
export async function tellStory(
  portal: PortalSimulator,
  name: Name,
  large = 3_000,
  behaviour: FileBehaviour = {},
): Promise<Story> {
  const sizes = { file: large, returned: 20, deleted: 100 };
  const files = await Promise.all(
    Object.entries(sizes).map(async ([word, size]) => {
      const details = await portal.addFile({ fileId: `${name(word)}`, size }, behaviour);
      return { ...details, fileId: name(word) };
    }),
  );
  const [projectNo, other] = [name('project'), name('other-project')];
  const [access, revoked] = [name('access'), name('revoked')];
  const steps: [messageType: string, data: object][] = [
    ['CreateProject', { projectNo }],
    ['CreateProjectAccess', { projectNo, accessIdentifier: access }],
    ['CreateProjectAccess', { projectNo, accessIdentifier: revoked }],
    ['DataDeliveryReady', { dataDeliveryId: name('delivery'), projectNo, files }],
    ['DisableProjectAccess', { accessIdentifier: access }],
    ['EnableProjectAccess', { accessIdentifier: access }],
    ['ResetPassword', { accessIdentifier: access }],
    ['ReturnDataFile', { fileId: name('returned') }],
    ['DeleteDataFile', { fileId: name('deleted') }],
    ['DeleteProjectAccess', { accessIdentifier: revoked }],
    ['CreateProject', { projectNo: other }],
    ['DeleteProject', { projectNo: other }],
  ];
  const elements = steps.map(([messageType, data], index) =>
    toJson({ messageId: name(`m${index}`), messageType, data: index % 2 === 0 ? data : toJson(data), extra: [{}] }),
  );
  return { name, elements };
}

/** JSON with bigints as integers. */
function toJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `bigint ${item}` : item));
  return text.replaceAll(/"bigint (\d+)"/g, '$1');
}

/** State after a story. */
export type StoryResult = Pick<EndToEnd, 'portal' | 'rows' | 'objects' | 'md5Of' | 'uploads'>;

/** Assesses that exactly these stories came true, each in its order, and nothing else. */
export async function expectTold(outcome: StoryResult, stories: readonly Story[]): Promise<void> {
  const names = (...words: string[]) => stories.flatMap(({ name }) => words.map((word) => `${name(word)}`)).sort();
  const { rows, objects, md5Of, uploads } = outcome;
  const [projects, users, files] = [await rows('projects'), await rows('users'), await deliveredFiles(rows)];
  expect(projects.map(({ projectNo, state }) => `${projectNo} ${state}`).sort()).toEqual(
    names('project')
      .map((id) => `${id} active`)
      .sort(),
  );
  expect(users.map(({ accessIdentifier, enabled }) => `${accessIdentifier} ${enabled}`).sort()).toEqual(
    names('access')
      .map((id) => `${id} true`)
      .sort(),
  );
  expect(files.map(({ fileId, state }) => `${fileId} ${state}`).sort()).toEqual(
    names('file', 'returned')
      .map((id) => `${id} stored`)
      .sort(),
  );
  expect(await objects('files')).toEqual(stories.flatMap(keysOf).sort());
  for (const { objectKey, checksum } of files) expect(await md5Of(objectKey), objectKey).toBe(checksum);
  expect(await uploads()).toEqual([]);
  await expectPortalTold(outcome, names);
  await expectHistory(outcome, stories);
}

function keysOf({ name }: Story): string[] {
  const segment = (word: string) => encodeURIComponent(`${name(word)}`);
  return ['file', 'returned'].map((word) => `projects/${segment('project')}/files/${segment(word)}`);
}

/** The rows of what the portal delivered. */
const deliveredFiles = async (rows: StoryResult['rows']) =>
  (await rows('files')).filter((row): row is FileRow => !isResult(row));

/** A message that was carried out again after a crash sent the same password again. */
async function expectPortalTold({ portal, rows }: StoryResult, names: (...words: string[]) => string[]): Promise<void> {
  const { credentials, received, violations } = await portal.snapshot();
  expect(violations).toEqual([]);
  const methodsOf = (id: string) =>
    new Map(credentials.get(id)?.map(({ oneTimePassword, method }) => [oneTimePassword, method])).values();
  for (const id of names('access')) expect([...methodsOf(id)], id).toEqual(['POST', 'PATCH']);
  // Its deletion passes what failed, and so a creation behind that, or one that could not tell the portal.
  for (const id of names('revoked')) expect([[], ['POST']], id).toContainEqual([...methodsOf(id)]);
  expect(names('access', 'revoked')).toEqual(expect.arrayContaining([...credentials.keys()]));
  const checksums = new Map((await deliveredFiles(rows)).map(({ fileId, checksum }) => [fileId, checksum]));
  const returned = new Map(received.map(({ fileId = '', md5 }) => [fileId, md5]));
  expect([...returned.keys()].sort()).toEqual(names('returned'));
  for (const [fileId, md5] of returned) expect(md5).toBe(checksums.get(fileId));
}

const eventsOf: Record<string, string[]> = {
  'project#project': ['created'],
  'project#other-project': ['created', 'deletion begun', 'deleted'],
  'access#access': ['created', 'disabled', 'enabled', 'password reset'],
  'access#revoked': ['created', 'deleted'],
  'file#file': ['registered', 'stored'],
  'file#returned': ['registered', 'stored', 'returned'],
};

/** Every subject's history counts from 1 on. A file is deleted before or after it was stored. */
async function expectHistory({ rows }: StoryResult, stories: readonly Story[]): Promise<void> {
  const subjects = Map.groupBy(await rows('history'), (event) => event.subject);
  for (const [subject, events] of subjects) {
    const sequences = events.map(({ sequence }) => sequence).sort((a, b) => a - b);
    expect(sequences, subject).toEqual(events.map((_, index) => index + 1));
  }
  for (const { name } of stories) {
    for (const [subject, expected] of Object.entries(eventsOf)) {
      const [kind, word = ''] = subject.split('#');
      const events = subjects.get(`${kind}#${name(word)}`)?.toSorted((a, b) => a.sequence - b.sequence) ?? [];
      const possible = subject === 'access#revoked' ? [[], expected] : [expected];
      expect(possible, subject).toContainEqual(events.map(({ event }) => event));
    }
  }
}
