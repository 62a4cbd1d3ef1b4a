import { expect } from 'vitest';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import { pushUnpublished } from '../../shared/live/events/push-unpublished.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { startLive } from '../live/live-fixture.ts';
import type { OperatedWorld } from './operator-fixture.ts';
import type { start } from './run-operator.ts';

export const patience = { timeout: 30_000 };

/** Has a world have a WebSocket API, and the operator anna, of whom nobody is told any more. */
export async function serveOperator(world: OperatedWorld) {
  const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
  await world.operate(
    ...['accounts', 'create', 'anna', '--permission', 'operator'],
    ...['--reason', 'a test', '--yes'],
  );
  const pushAll = async () => {
    while (await pushUnpublished(live.context));
  };
  await pushAll();
  world.serveLive(live.url);
  return { live, pushAll };
}

/** Waits until a command follows. */
export async function followed(world: OperatedWorld, { child, ended }: ReturnType<typeof start>) {
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const { context, tables } = world;
  const rows = () => Array.fromAsync(scan<ConnectionRow>(context.db, tables.connections));
  await expect.poll(async () => (await rows()).map(({ state }) => state), patience).toEqual(['open']);
  return {
    lines: () => output.trimEnd().split('\n'),
    async stop() {
      child.kill('SIGINT');
      return ended;
    },
  };
}
