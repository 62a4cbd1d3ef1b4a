import { scryptSync } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { objectKeyOf } from '../../../shared/files/object-key.ts';
import { isResult } from '../../../shared/files/rows.ts';
import type { FileDetails } from '../portal/simulator.ts';
import type { FinalState } from './final-state.ts';
import { resultKey } from './results.ts';
import type { ExpectedState, ScenarioFile, ScenarioResult } from './scenario.ts';

/** `fileChecksum` is the MD5 in hexadecimal. */
export type ExpectedFile = ScenarioFile & Pick<FileDetails, 'fileChecksum'>;

/** `md5` is in hexadecimal. */
export type SentResult = ScenarioResult & { md5: string };

export interface Expectation {
  expectedState: ExpectedState;
  files: readonly ExpectedFile[];
  results: readonly SentResult[];
  /** Whether the scenario was interrupted before: what that portal received is unknown. */
  resumed: boolean;
}

/** Compares the final state with the expected one. @returns the differences, as texts */
export function checkScenario(expected: Expectation, found: FinalState): string[] {
  return [
    ...compare('projects', expected.expectedState.projects, found.projects.map(projectOf)),
    ...compare('users', expected.expectedState.users, found.users.map(userOf)),
    ...checkFiles(expected, found),
    ...compare('incidents', expected.expectedState.mismatches.map(mismatchOf), found.incidents.map(incidentOf)),
    ...compare('messages not marked', [], [...found.unmarked, ...found.portal.messages.filter((each) => !each.marked)]),
    ...compare('broken rules of the portal', [], found.portal.violations),
    ...checkCredentials(expected, found),
    ...checkReturns(expected, found),
    ...checkOrder(expected, found),
  ];
}

const projectOf = ({ projectNo, state }: FinalState['projects'][number]) =>
  state === 'active' ? projectNo : `${projectNo} (${state})`;

const userOf = ({ accessIdentifier, projectNo, enabled, passwordMessageId }: FinalState['users'][number]) => ({
  accessIdentifier,
  projectNo,
  enabled,
  passwordFrom: passwordMessageId,
});

const mismatchOf = (messageId: string) => ({ kind: 'mismatch', messageId, state: 'open' });
const incidentOf = ({ kind, messageId, state }: FinalState['incidents'][number]) => ({ kind, messageId, state });

/** The same things, in whatever order. */
function compare(what: string, expected: readonly unknown[], found: readonly unknown[]): string[] {
  const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
  const [wanted, there] = [sorted(expected), sorted(found)];
  if (isDeepStrictEqual(wanted, there)) return [];
  const missing = wanted.filter((value) => !there.includes(value));
  const surplus = there.filter((value) => !wanted.includes(value));
  return [`${what}: missing ${missing.join(', ') || 'none'}; not expected ${surplus.join(', ') || 'none'}`];
}

function checkFiles({ expectedState, files, results }: Expectation, found: FinalState): string[] {
  const stored = files.filter(({ fileId }) => expectedState.files.includes(fileId));
  const rows = stored.map(({ fileId, size, fileChecksum }) => ({
    fileId,
    size,
    checksum: fileChecksum,
    state: 'stored',
  }));
  const sent = results.map((result) => ({ fileId: resultKey(result), size: result.size, state: 'sent' }));
  const objects = stored.map(({ projectNo, fileId, fileChecksum }) => [objectKeyOf(projectNo, fileId), fileChecksum]);
  return [
    ...compare(
      'files',
      [...rows, ...sent],
      found.files.map((row) => {
        const { fileId, size, state } = row;
        return isResult(row) ? { fileId, size, state } : { fileId, size, checksum: row.checksum, state };
      }),
    ),
    ...compare('objects with their MD5', objects, [...found.objects]),
  ];
}

function checkCredentials({ expectedState, resumed }: Expectation, { portal, users }: FinalState): string[] {
  const problems: string[] = [];
  for (const [accessIdentifier, expected] of Object.entries(expectedState.credentials)) {
    const sent = portal.credentials.get(accessIdentifier) ?? [];
    if (!resumed) {
      const methods = sent.map(({ method }) => method);
      problems.push(
        ...compare(
          `credentials of ${accessIdentifier}`,
          expected.map(({ method }) => method),
          methods,
        ),
      );
    }
    const user = users.find((each) => each.accessIdentifier === accessIdentifier);
    const last = sent.at(-1);
    // Sent before the interruption, or for an access that is deleted: nothing is left to compare with.
    if (!user || !last || last.method !== expected.at(-1)?.method) continue;
    const { loginName = user.loginName } = last;
    if (!isPassword(last.oneTimePassword, user.passwordHash)) {
      problems.push(`users: the password of ${accessIdentifier} is not the one that the portal was sent`);
    }
    if (loginName !== user.loginName) problems.push(`users: the login name of ${accessIdentifier} is another`);
  }
  return problems;
}

/** Whether a hash, `scrypt$N$r$p$salt$hash`, is a password's. */
function isPassword(password: string, hash: string): boolean {
  const [, N, r, p, salt = '', digest = ''] = hash.split('$');
  const bytes = Buffer.from(digest, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return scryptSync(password, Buffer.from(salt, 'base64url'), bytes.length, cost).equals(bytes);
}

function checkReturns({ expectedState, files, results, resumed }: Expectation, { portal }: FinalState): string[] {
  const received = portal.received.map(({ fileId, projectNo, fileName, md5 }) =>
    projectNo === undefined ? `${fileId} ${md5}` : `${projectNo}/${fileName} ${md5}`,
  );
  const returned = files.filter(({ fileId }) => expectedState.returned.includes(fileId));
  const expected = [
    ...returned.map(({ fileId, fileChecksum }) => `${fileId} ${fileChecksum}`),
    ...results.map(({ projectNo, fileName, md5 }) => `${projectNo}/${fileName} ${md5}`),
  ];
  const what = 'files that the portal got back, or as results';
  if (!resumed) return compare(what, expected, received);
  return compare(
    what,
    expected.filter((each) => received.includes(each)),
    [...new Set(received)],
  );
}

function checkOrder({ expectedState, resumed }: Expectation, { portal }: FinalState): string[] {
  const [first, second] = expectedState.overtaken.map(
    (id) => portal.messages.find(({ messageId }) => messageId === id)?.markOrder,
  );
  if (resumed || (first !== undefined && second !== undefined && first < second)) return [];
  return ['the revocation did not take effect before the long delivery ended'];
}
