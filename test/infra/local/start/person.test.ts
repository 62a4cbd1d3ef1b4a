import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type PortalSimulator, startSimulator } from '../../../../infra/local/portal/simulator.ts';
import type { OpenedTables, Rows } from '../../../../infra/local/start/tables.ts';
import { untilDrained } from '../../../../infra/local/start/until-drained.ts';
import { needsPerson } from '../../../../infra/local/start/waits.ts';
import type { LineEntry, MessageState } from '../../../../shared/messages/record.ts';
import { start } from './start-process.ts';

const apiKey = 'key-of-the-centre-0123456789';
const patience = { timeout: 90_000, interval: 100 };

describe('the screen of npm start', () => {
  it('tells of a wrong API key, and what to do', { timeout: 150_000 }, async () => {
    const { options, variables } = await arrange('another-key');
    const gateway = start([...options, '--until-drained'], variables);
    await vi.waitFor(() => expect(gateway.output()).toContain('Nothing is left but what needs a person'), patience);
    expect(gateway.output()).toMatch(
      / incident +portal-unauthorized, portal: expected an API key that the portal accepts/,
    );
    expect(gateway.output()).toContain('It ends when the portal accepts a key.');
    expect(gateway.output()).not.toContain('another-key');
  });

  it('names the command that settles what is held, which lets the run end', { timeout: 200_000 }, async () => {
    const { portal, options, variables } = await arrange(apiKey);
    await portal.send('CreateProject', { projectNo: 1001 });
    const gateway = start([...options, '--until-drained', '-c', 'holdTypes=CreateProject'], variables);
    const command = await vi.waitFor(() => {
      const [, found = ''] = /^ +npm run operator -- (approve .*)$/m.exec(gateway.output()) ?? [];
      expect(found, gateway.output()).toContain('--reason');
      return found;
    }, patience);
    await vi.waitFor(() => expect(gateway.output()).toContain('This ends in 60 s'), patience);

    const words = command.replace('…', 'as agreed');
    const { stdout, stderr } = spawnSync('sh', ['-c', `node infra/cli/main.ts ${words} --yes`]);

    expect(await gateway.ended, `${stdout}${stderr}${gateway.output()}`).toBe(0);
    expect(await portal.pending()).toBe(0);
  });
});

async function arrange(key: string) {
  const portal: PortalSimulator = await startSimulator({ apiKey });
  onTestFinished(() => portal.stop());
  const directory = mkdtempSync(join(tmpdir(), 'start-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return {
    portal,
    options: ['--data-dir', directory, '--poll-seconds', '1'],
    variables: { DST_BASE_URL: portal.url, DST_API_KEY: key },
  };
}

const entry = (state: MessageState, more: Partial<LineEntry> = {}): LineEntry => ({
  ...{ line: 'project#1', position: '1', messageId: 'm', type: 'CreateProject', contentHash: '' },
  state,
  ...more,
});
const incident = (messageId: string, kind: Rows['incidents']['kind'] = 'file-failed') => ({ kind, messageId });

describe('only a person is waited for', () => {
  it.each([
    ['a message is held', [entry('held')], []],
    ['others wait behind it', [entry('held'), entry('open', { position: '2', messageId: 'n' })], []],
    ['a delivery has failed files', [entry('working')], [incident('m')]],
    ['the portal refuses to mark', [entry('done')], [incident('m', 'marking-refused')]],
    ['the portal refuses the key', [entry('open')], [{ kind: 'portal-unauthorized' as const, messageId: 'none' }]],
  ])('when %s', (_, entries, incidents) => {
    expect(needsPerson(entries, incidents)).toBe(true);
  });

  it.each([
    ['nothing is left', [], [incident('gone', 'mismatch')]],
    ['a message is to be worked on', [entry('open')], []],
    ['one in another line is', [entry('held'), entry('open', { line: 'project#2' })], []],
    ['a revocation may pass', [entry('held'), entry('open', { position: '2', type: 'DeleteProject' })], []],
    ['a file is to be moved', [entry('held'), entry('open', { line: 'transfers' })], []],
    ['files are under way', [entry('working')], []],
    ['a message is to be marked', [entry('held'), entry('done', { position: '0', messageId: 'n' })], []],
  ])('but not when %s', (_, entries, incidents) => {
    expect(needsPerson(entries, incidents)).toBe(false);
  });

  it('is an end of its own, when nobody decides', async () => {
    const rows: Partial<Record<keyof Rows, unknown[]>> = { lines: [entry('held')] };
    const tables = {
      isEmpty: async () => false,
      async *rows(table: keyof Rows) {
        yield* rows[table] ?? [];
      },
    } as Pick<OpenedTables, 'rows' | 'isEmpty'>;
    const gateway = { activity: async () => ({ messages: 0, invocations: 0, executions: 0 }) };
    const told: string[] = [];
    const end = await untilDrained({
      gateway,
      tables,
      portal: { async *listMessages() {} },
      listed: { latest: 1 },
      signal: AbortSignal.timeout(5_000),
      onHeld: () => told.push('held'),
      longestWait: 0,
    });
    expect([end, told]).toEqual(['held', ['held']]);
  });
});
