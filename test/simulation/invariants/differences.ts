import { accessSubject } from '../../../shared/messages/subject.ts';
import type { Incident } from '../../../shared/operations/incidents.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import { projectOfReused } from '../history.ts';
import { expectedOf } from '../oracle.ts';
import type { World } from '../world.ts';
import { shownFiles } from './files.ts';
import { type HistoryItem, isByCentre, rows } from './rows.ts';

/** Whether a name is of what a message creates that came under the id of another one. */
const isOfReused = (name: string) => name.includes(projectOfReused(''));

const isNoReset = (text: string) => !text.startsWith('password reset');
const isNoSwitch = (text: string) => !/^(enabled|disabled) /.test(text);

/** Differences from the oracle: exact if no message ever waited for a person. */
export function* differences(world: World) {
  const moot = [...world.superseded].filter((messageId) => !world.effects.has(messageId));
  const expected = expectedOf(world.taken, new Set(moot));
  const isCertain = (subject: string) =>
    ![...expected.uncertain].some((access) => subject.endsWith(`#${access}`) || subject === access);
  const compare = (what: string, found: unknown, wanted: unknown) =>
    JSON.stringify(found) === JSON.stringify(wanted)
      ? []
      : [`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`];
  yield* compare(
    'projects',
    rows<{ projectNo: string }>(world, 'projects')
      .map(({ projectNo }) => projectNo)
      .filter((projectNo) => !isOfReused(projectNo))
      .sort(),
    [...expected.projects].sort(),
  );
  const users = rows<UserRow>(world, 'users').filter(({ accessIdentifier }) => isCertain(accessIdentifier));
  const shown = users.map(({ accessIdentifier, projectNo, enabled, passwordMessageId }) => [
    accessIdentifier,
    projectNo,
    enabled,
    passwordMessageId,
  ]);
  const wanted = [...expected.users]
    .filter(([access]) => isCertain(access))
    .map(([access, { projectNo, enabled, passwordMessageId }]) => [access, projectNo, enabled, passwordMessageId]);
  yield* compare('users', shown.sort(), wanted.sort());
  const files = [...expected.files].map(([fileId, projectNo]) => ({
    fileId,
    text: `${fileId} of ${projectNo}, stored`,
  }));
  const textsOf = (all: { fileId: string; text: string }[]) =>
    all.filter(({ fileId }) => isCertain(fileId)).map(({ text }) => text);
  yield* compare('files', textsOf(shownFiles(world)).sort(), textsOf(files).sort());
  // Whether a deletion finds a file stored, or returned, depends on the time.
  const timeless = rows<HistoryItem>(world, 'history').filter(
    (item) =>
      !isOfReused(item.subject) &&
      !['stored', 'returned'].includes(item.event) &&
      !item.subject.startsWith('file#outbox/') &&
      !item.subject.startsWith('process') &&
      !isByCentre(item),
  );
  const subjects = Map.groupBy(timeless, ({ subject }) => subject);
  for (const subject of new Set([...subjects.keys(), ...expected.history.keys()])) {
    if (!isCertain(subject) || world.passed.has(subject)) continue;
    const events = (subjects.get(subject) ?? []).toSorted((a, b) => a.sequence - b.sequence);
    const texts = events
      .map(({ event, messageId }) => `${event} by ${messageId}`)
      // A revocation that passes a creation disables what there was before, too.
      .filter((text, index, all) => !(text.startsWith('disabled') && all.includes(text, index + 1)));
    const wantedTexts = expected.history.get(subject) ?? [];
    // A revocation passes a new password that is still to be told.
    yield* compare(`history of ${subject}`, texts.filter(isNoReset), wantedTexts.filter(isNoReset));
    yield* compare(`passwords of ${subject}`, texts.filter(isNoSwitch), wantedTexts.filter(isNoSwitch));
  }
  const isAboutCertain = (messageId: string) => {
    if (expected.uncertainMisfits.has(messageId)) return false;
    const { type, data } = world.sent.get(messageId)?.content ?? {};
    // It fits when something that waited for the project is made moot by it.
    if (type === 'DeleteProject' && moot.length > 0) return false;
    if (data && 'fileId' in data) return isCertain(data.fileId);
    if (data && 'files' in data) return data.files.every(({ fileId }) => isCertain(fileId));
    if (!data || !('accessIdentifier' in data)) return true;
    return isCertain(data.accessIdentifier) && !world.passed.has(accessSubject(data.accessIdentifier));
  };
  const mismatches = rows<Incident>(world, 'incidents')
    .filter(({ kind }) => kind === 'mismatch')
    .map(({ subject }) => subject);
  yield* compare(
    'mismatches',
    mismatches.filter(isAboutCertain).sort(),
    [...expected.mismatches].filter(isAboutCertain).sort(),
  );
}
