import { describe, expect, it } from 'vitest';
import { oneTimePassword } from '../../shared/users/derive-password.ts';
import { create, disable, enable, grant, play, remove, reset, revoke } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { apiKey, hour, passwordSecret, type World } from '../support/world.ts';

const newWorld = useWorlds();

const credentialCalls = ['POST /user-accesses', 'PATCH /user-accesses/{accessIdentifier}'] as const;

/** Everything goes wrong that makes a text of what it was about. */
async function liveThroughALot(world: World): Promise<void> {
  const { portal, clock } = world;
  await play(world, create('p'), grant('p', 'a'), disable('a'), enable('a'), enable('a'), reset('a'));
  await portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: credentialCalls }] });
  await play(world, reset('a'), grant('p', 'b'));
  await portal.setFaults({ rules: [{ kind: 'applied-cut', calls: credentialCalls }] });
  clock.advance(hour);
  await world.run();
  await portal.setFaults({ rules: [{ kind: 'html', status: 200 }] });
  clock.advance(hour);
  await world.run().catch(() => undefined);
  await portal.setFaults({ rules: [{ kind: 'status', status: 403, calls: credentialCalls }] });
  clock.advance(hour);
  await world.run();
  await portal.setFaults({ rules: [{ kind: 'status', status: 401 }] });
  clock.advance(hour);
  await world.run().catch((error) => world.context.log.error('poll failed', { error: `${error} ${error.stack}` }));
  await portal.clearFaults();
  world.key.version = 'key-2';
  clock.advance(hour);
  await play(world, grant('q', 'c'), revoke('a'), remove('p'));
}

describe('secrets', () => {
  it('are in no table, log, queue message, execution or error', async () => {
    const world = await newWorld();
    const queued: unknown[] = [];
    world.outside.before = ({ name, input }) => {
      if (name === 'SendMessageBatchCommand') queued.push(input);
    };
    const seen: string[] = [];
    world.outside.after = async ({ name }) => {
      if (name === 'markMessage') seen.push(await world.rows.text());
    };
    await liveThroughALot(world);
    const everything = [
      ...seen,
      await world.rows.text(),
      JSON.stringify([world.logs, queued, world.executions]),
    ].join();
    const sent = [...(await world.portal.snapshot()).credentials.values()].flat();
    const passwords = new Set(sent.map((credential) => credential.oneTimePassword));
    for (const accessIdentifier of ['a', 'b']) {
      for (let number = 1; number < 12; number++) {
        for (const messageType of ['CreateProjectAccess', 'ResetPassword']) {
          const purpose = { centre: 'centre-1', messageType, messageId: `m-${number}`, accessIdentifier };
          passwords.add(oneTimePassword(passwordSecret['1'], purpose));
        }
      }
    }
    expect(sent.length).toBeGreaterThan(3);
    expect(world.logs.length).toBeGreaterThan(30);
    for (const secret of [apiKey, passwordSecret['1'], ...passwords]) expect(everything).not.toContain(secret);
  });
});
