import { scryptSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkDay } from '../../infra/local/start/check.ts';
import { dayOf, filesOf, resultsOf } from '../../infra/local/start/day.ts';
import { openDiary } from '../../infra/local/start/diary.ts';
import type { Evidence } from '../../infra/local/start/evidence.ts';
import { objectKeyOf } from '../../shared/files/file.ts';
import { fileRow, resultRow } from '../cli/rows.ts';

const startedAt = 1_700_000_000_000;
const files = filesOf(1).map((file) => ({ ...file, fileChecksum: `md5 of ${file.fileId}` }));
const details = files.map(({ fileId, size, fileChecksum }) => ({ fileId, fileSize: size, fileChecksum }));
const day = dayOf(1, startedAt, details);
const { ending } = day;
const results = resultsOf(1).map((result) => ({ ...result, md5: `md5 of ${result.fileName}` }));

describe('the diary', () => {
  it('begins another day after one that is over, and the same one after one that was broken off', () => {
    const directory = temporary();
    expect(openDiary(directory, 1)).toMatchObject({ day: 1, startedAt: 1, resumed: false });
    const again = openDiary(directory, 2);
    expect(again).toMatchObject({ day: 1, startedAt: 1, resumed: true });
    again.close();
    expect(openDiary(directory, 3)).toMatchObject({ day: 2, startedAt: 3, resumed: false });
  });

  it('is not for a directory with the state of another portal', () => {
    const directory = temporary();
    writeFileSync(join(directory, 'secrets.json'), '{}');
    expect(() => openDiary(directory, 1)).toThrow('set DST_BASE_URL');
  });
});

describe('a day', () => {
  it('has the same messages when it is played again, and others on another day', () => {
    expect(dayOf(1, startedAt, details)).toEqual(day);
    const ids = (each: typeof day) => each.scenes.flatMap(({ messages }) => messages.map(({ messageId }) => messageId));
    const all = [...ids(day), ...ids(dayOf(2, startedAt, details)), ...ids(dayOf(1, startedAt + 1, details))];
    expect(new Set(all).size).toBe(all.length);
  });

  it('delivers from a few KB to 200 MB', () => {
    const sizes = files.map(({ size }) => size);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([4_000, 200_000_000]);
  });
});

describe('the judgement of a day', () => {
  it('finds nothing wrong with one that went as expected', () => {
    expect(checkDay({ ending, files, results, resumed: false }, evidence())).toEqual([]);
  });

  it.each<[string, Partial<Evidence>]>([
    ['projects', { projects: evidence().projects.slice(1) }],
    ['users', { users: evidence().users.map((user) => ({ ...user, enabled: false })) }],
    ['files', { files: evidence().files.map((file) => ({ ...file, state: 'pending' })) }],
    ['objects', { objects: new Map([...evidence().objects].slice(1)) }],
    ['incidents', { incidents: [...evidence().incidents, ...evidence().incidents] }],
    [
      'messages not marked',
      { portal: { ...evidence().portal, messages: [{ messageId: 'm', messageType: 't', marked: false }] } },
    ],
    ['broken rules', { portal: { ...evidence().portal, violations: [{ call: 'GET /messages', rule: 'r' }] } }],
    ['credentials', { portal: { ...evidence().portal, credentials: new Map() } }],
    ['the password', { users: evidence().users.map((user) => ({ ...user, passwordHash: hashOf('another') })) }],
    [
      'back',
      { portal: { ...evidence().portal, received: evidence().portal.received.map((file) => ({ ...file, md5: 'x' })) } },
    ],
    [
      'the revocation',
      {
        portal: {
          ...evidence().portal,
          messages: evidence()
            .portal.messages.toReversed()
            .map((each, markOrder) => ({ ...each, markOrder })),
        },
      },
    ],
  ])('finds what is wrong with %s', (what, wrong) => {
    const problems = checkDay({ ending, files, results, resumed: false }, { ...evidence(), ...wrong });
    expect(problems).toContainEqual(expect.stringContaining(what));
  });

  it('does not miss what the portal got before the day was broken off', () => {
    const { portal, ...rest } = evidence();
    const forgotten = { ...portal, credentials: new Map(), received: [], messages: [] };
    expect(checkDay({ ending, files, results, resumed: true }, { ...rest, portal: forgotten })).toEqual([]);
  });
});

/** What is there after a day that went as expected. */
function evidence(): Evidence {
  const stored = files.filter(({ fileId }) => ending.files.includes(fileId));
  const row = { version: 1, createdAt: startedAt };
  return {
    projects: ending.projects.map((projectNo) => ({ ...row, projectNo, state: 'active' })),
    users: ending.users.map(({ passwordFrom, ...user }) => ({
      ...row,
      ...user,
      loginName: `login ${user.accessIdentifier}`,
      passwordHash: hashOf(passwordFrom),
      passwordMessageId: passwordFrom,
      passwordTaken: false,
    })),
    files: [
      ...stored.map(({ fileId, projectNo, size, fileChecksum: checksum }) =>
        fileRow(fileId, { projectNo, size, checksum }),
      ),
      ...results.map(({ projectNo, fileName, size }) => resultRow(fileName, { projectNo, size })),
    ],
    incidents: ending.mismatches.map((messageId) => ({
      ...{ kind: 'mismatch', subject: messageId, messageId, expected: 'e', found: 'f' },
      ...{ incidentId: messageId, state: 'open', count: 1, firstSeenAt: startedAt, lastSeenAt: startedAt },
    })),
    unmarked: [],
    objects: new Map(
      stored.map(({ projectNo, fileId, fileChecksum }) => [objectKeyOf(projectNo, fileId), fileChecksum]),
    ),
    portal: {
      messages: ending.overtaken.map((messageId, markOrder) => ({
        messageId,
        messageType: 't',
        marked: true,
        markOrder,
      })),
      credentials: new Map(
        Object.entries(ending.credentials).map(([accessIdentifier, sent]) => [
          accessIdentifier,
          sent.map(({ method, messageId }) => ({
            ...{ method, oneTimePassword: messageId, at: startedAt },
            ...(method === 'POST' && { loginName: `login ${accessIdentifier}` }),
          })),
        ]),
      ),
      received: [
        ...files
          .filter(({ fileId }) => ending.returned.includes(fileId))
          .map(({ fileId, size, fileChecksum: md5 }) => ({ fileId, size, md5 })),
        ...results,
      ].map((each) => ({ ...each, call: 'POST /data/{fileId}', at: startedAt })),
      violations: [],
    },
  };
}

function hashOf(password: string): string {
  const salt = Buffer.alloc(16, 1);
  const hash = scryptSync(password, salt, 32, { N: 16, r: 1, p: 1 });
  return ['scrypt', 16, 1, 1, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'start-day-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}
