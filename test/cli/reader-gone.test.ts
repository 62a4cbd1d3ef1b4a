import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPause } from '../../shared/operations/pause.ts';
import { followed, serveOperator } from './follow-fixture.ts';
import { useOperatedWorlds } from './operator-fixture.ts';
import type { start } from './run-operator.ts';

const newWorld = useOperatedWorlds();
const operator = fileURLToPath(new URL('../../infra/cli/main.ts', import.meta.url));

/** Has nobody read what a command prints. @returns its exit code */
async function unread({ child, ended }: ReturnType<typeof start>): Promise<number> {
  ended.catch(() => {}); // Its output has no end.
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  return code;
}

describe('a command whose output nobody reads', () => {
  it('ends without a word', () => {
    const { stderr, stdout } = spawnSync('sh', ['-c', '"$0" "$1" --help | true', process.execPath, operator]);
    expect([`${stderr}`, `${stdout}`]).toEqual(['', '']);
  });

  it('carries out a decision to its end', async () => {
    const { start, context, tables } = await newWorld();
    expect(await unread(start('pause', '--yes', '--reason', 'a test'))).toBe(0);
    expect(await readPause(context.db, tables.control)).toMatchObject({ reason: 'a test' });
  });

  it('ends the session by which it follows', async () => {
    const world = await newWorld();
    const { pushAll } = await serveOperator(world);
    const command = world.start('follow', '--account', 'anna');
    await followed(world, command);
    const code = unread(command);
    await world.operate('pause', '--yes', '--reason', 'a test');
    await pushAll();
    expect(await code).toBe(0);
    expect((await world.json('history', 'account#anna')).map(({ event }) => event)).toContain('signed out');
  });
});
