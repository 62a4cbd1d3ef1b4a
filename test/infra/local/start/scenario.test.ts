import { scryptSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkScenario } from '../../../../infra/local/start/check.ts';
import type { FinalState } from '../../../../infra/local/start/final-state.ts';
import { createScenario, scenarioFiles, scenarioResults } from '../../../../infra/local/start/scenario.ts';
import { openScenarioRun } from '../../../../infra/local/start/scenario-run.ts';
import { objectKeyOf } from '../../../../shared/files/object-key.ts';
import { fileRow, resultRow } from '../../../support/file-rows.ts';

const startedAt = 1_700_000_000_000;
const files = scenarioFiles(1).map((file) => ({ ...file, fileChecksum: `md5 of ${file.fileId}` }));
const details = files.map(({ fileId, size, fileChecksum }) => ({ fileId, fileSize: size, fileChecksum }));
const scenario = createScenario(1, startedAt, details);
const { expectedState } = scenario;
const results = scenarioResults(1).map((result) => ({ ...result, md5: `md5 of ${result.fileName}` }));

describe('the run of a scenario', () => {
  it('has the next number after one that ended, and the same number after one that was interrupted', () => {
    const directory = temporary();
    expect(openScenarioRun(directory, 1)).toMatchObject({ number: 1, startedAt: 1, resumed: false });
    const again = openScenarioRun(directory, 2);
    expect(again).toMatchObject({ number: 1, startedAt: 1, resumed: true });
    again.close();
    expect(openScenarioRun(directory, 3)).toMatchObject({ number: 2, startedAt: 3, resumed: false });
  });

  it('is not for a directory with the state of another portal', () => {
    const directory = temporary();
    writeFileSync(join(directory, 'secrets.json'), '{}');
    expect(() => openScenarioRun(directory, 1)).toThrow('set DST_BASE_URL');
  });
});

describe('a scenario', () => {
  it('has the same messages when it is played again, and others with another number', () => {
    expect(createScenario(1, startedAt, details)).toEqual(scenario);
    const ids = (each: typeof scenario) =>
      each.scenes.flatMap(({ messages }) => messages.map(({ messageId }) => messageId));
    const all = [
      ...ids(scenario),
      ...ids(createScenario(2, startedAt, details)),
      ...ids(createScenario(1, startedAt + 1, details)),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('delivers from a few KB to 200 MB', () => {
    const sizes = files.map(({ size }) => size);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([4_000, 200_000_000]);
  });
});

describe('the check of a scenario', () => {
  it('finds nothing wrong with one that went as expected', () => {
    expect(checkScenario({ expectedState, files, results, resumed: false }, finalState())).toEqual([]);
  });

  it.each<[string, Partial<FinalState>]>([
    ['projects', { projects: finalState().projects.slice(1) }],
    ['users', { users: finalState().users.map((user) => ({ ...user, enabled: false })) }],
    ['files', { files: finalState().files.map((file) => ({ ...file, state: 'pending' })) }],
    ['objects', { objects: new Map([...finalState().objects].slice(1)) }],
    ['incidents', { incidents: [...finalState().incidents, ...finalState().incidents] }],
    [
      'messages not marked',
      { portal: { ...finalState().portal, messages: [{ messageId: 'm', messageType: 't', marked: false }] } },
    ],
    ['broken rules', { portal: { ...finalState().portal, violations: [{ call: 'GET /messages', rule: 'r' }] } }],
    ['credentials', { portal: { ...finalState().portal, credentials: new Map() } }],
    ['the password', { users: finalState().users.map((user) => ({ ...user, passwordHash: hashOf('another') })) }],
    [
      'back',
      {
        portal: {
          ...finalState().portal,
          received: finalState().portal.received.map((file) => ({ ...file, md5: 'x' })),
        },
      },
    ],
    [
      'the revocation',
      {
        portal: {
          ...finalState().portal,
          messages: finalState()
            .portal.messages.toReversed()
            .map((each, markOrder) => ({ ...each, markOrder })),
        },
      },
    ],
  ])('finds what is wrong with %s', (what, wrong) => {
    const problems = checkScenario({ expectedState, files, results, resumed: false }, { ...finalState(), ...wrong });
    expect(problems).toContainEqual(expect.stringContaining(what));
  });

  it('does not miss what the portal got before the interruption', () => {
    const { portal, ...rest } = finalState();
    const forgotten = { ...portal, credentials: new Map(), received: [], messages: [] };
    expect(checkScenario({ expectedState, files, results, resumed: true }, { ...rest, portal: forgotten })).toEqual([]);
  });
});

/** The state after a scenario that went as expected. */
function finalState(): FinalState {
  const stored = files.filter(({ fileId }) => expectedState.files.includes(fileId));
  const row = { version: 1, createdAt: startedAt };
  return {
    projects: expectedState.projects.map((projectNo) => ({ ...row, projectNo, state: 'active' })),
    users: expectedState.users.map(({ passwordFrom, ...user }) => ({
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
    incidents: expectedState.mismatches.map((messageId) => ({
      ...{ kind: 'mismatch', subject: messageId, messageId, expected: 'e', found: 'f' },
      ...{ incidentId: messageId, state: 'open', count: 1, firstSeenAt: startedAt, lastSeenAt: startedAt },
    })),
    unmarked: [],
    objects: new Map(
      stored.map(({ projectNo, fileId, fileChecksum }) => [objectKeyOf(projectNo, fileId), fileChecksum]),
    ),
    portal: {
      messages: expectedState.overtaken.map((messageId, markOrder) => ({
        messageId,
        messageType: 't',
        marked: true,
        markOrder,
      })),
      credentials: new Map(
        Object.entries(expectedState.credentials).map(([accessIdentifier, sent]) => [
          accessIdentifier,
          sent.map(({ method, messageId }) => ({
            ...{ method, oneTimePassword: messageId, at: startedAt },
            ...(method === 'POST' && { loginName: `login ${accessIdentifier}` }),
          })),
        ]),
      ),
      received: [
        ...files
          .filter(({ fileId }) => expectedState.returned.includes(fileId))
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
  const directory = mkdtempSync(join(tmpdir(), 'start-scenario-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}
