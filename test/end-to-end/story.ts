import { expect } from 'vitest';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import type { EndToEnd } from './setup.ts';

/** Makes an id of a word: a text, or a bigint that is sent as an integer. */
export type Name = (word: string) => string | bigint;

/** Messages of every type about one project, all of which fit. */
export interface Story {
  name: Name;
  /** Elements for the portal's list, in order. */
  elements: string[];
}

/** Tells a story with all ten types, half of them with their data as a text. */
export async function tellStory(portal: PortalSimulator, name: Name): Promise<Story> {
  const files = [
    await portal.addFile({ fileId: `${name('file')}`, size: 3_000 }),
    await portal.addFile({ fileId: `${name('returned')}`, size: 20 }),
  ];
  const details = files.map((file, index) => ({ ...file, fileId: name(index === 0 ? 'file' : 'returned') }));
  const [projectNo, other] = [name('project'), name('other-project')];
  const [access, revoked] = [name('access'), name('revoked')];
  const steps: [messageType: string, data: object][] = [
    ['CreateProject', { projectNo }],
    ['CreateProjectAccess', { projectNo, accessIdentifier: access }],
    ['CreateProjectAccess', { projectNo, accessIdentifier: revoked }],
    ['DataDeliveryReady', { dataDeliveryId: name('delivery'), projectNo, files: details }],
    ['DisableProjectAccess', { accessIdentifier: access }],
    ['EnableProjectAccess', { accessIdentifier: access }],
    ['ResetPassword', { accessIdentifier: access }],
    ['ReturnDataFile', { fileId: name('returned') }],
    ['DeleteDataFile', { fileId: name('returned') }],
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

/** Assesses that exactly these stories came true, and nothing else. */
export async function expectTold(
  { portal, rows, objects, uploads }: EndToEnd,
  stories: readonly Story[],
): Promise<void> {
  const names = (word: string) => stories.map(({ name }) => `${name(word)}`).sort();
  const [projects, users, files] = [await rows('projects'), await rows('users'), await rows('files')];
  expect(projects.map(({ projectNo }) => projectNo).sort()).toEqual(names('project'));
  expect(users.map(({ accessIdentifier }) => accessIdentifier).sort()).toEqual(names('access'));
  expect(users.every(({ enabled }) => enabled)).toBe(true);
  expect(files.map(({ fileId, state }) => `${state} ${fileId}`).sort()).toEqual(
    names('file').map((id) => `stored ${id}`),
  );
  const keys = stories.map(({ name }) => `projects/${segment(name('project'))}/files/${segment(name('file'))}`);
  expect(await objects('files')).toEqual(keys.sort());
  expect(await uploads()).toEqual([]);

  const { credentials, received, violations } = await portal.snapshot();
  expect(violations).toEqual([]);
  expect([...credentials.keys()].sort()).toEqual([...names('access'), ...names('revoked')].sort());
  for (const id of names('access')) {
    const sent = credentials.get(id) ?? [];
    const methods = new Map(sent.map(({ method, oneTimePassword }) => [oneTimePassword, method]));
    expect([...methods.values()], id).toEqual(['POST', 'PATCH']);
  }
  expect([...new Set(received.map(({ fileId }) => fileId))].sort()).toEqual(names('returned'));
}

const segment = (id: string | bigint) => encodeURIComponent(`${id}`);

/** Assesses that every subject's history counts from 1 on. */
export async function expectHistoryGapless({ rows }: Pick<EndToEnd, 'rows'>): Promise<void> {
  for (const [subject, events] of Map.groupBy(await rows('history'), (event) => event.subject)) {
    const sequences = events.map(({ sequence }) => sequence).sort((a, b) => a - b);
    expect(sequences, subject).toEqual(events.map((_, index) => index + 1));
  }
}
