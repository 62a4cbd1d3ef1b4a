import { expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

const lines = 20;
const fresh = 10;

/** Messages that the portal lists, in so many lines, nobody at work on them. */
async function listMessages({ portal }: World, count: number): Promise<void> {
  const { messages } = await portal.snapshot();
  await portal.sendMany(
    Array.from({ length: count }, (_, index) => {
      const number = messages.length + index;
      const project = { projectNo: number % lines };
      return number < lines
        ? { messageType: 'CreateProject', data: project }
        : { messageType: 'CreateProjectAccess', data: { ...project, accessIdentifier: `access-${number}` } };
    }),
  );
}

/** How often a poll asks for what. */
async function requestsOfPoll(world: World): Promise<Record<string, number>> {
  const requests: Record<string, number> = {};
  world.outside.before = ({ name }) => {
    requests[name] = (requests[name] ?? 0) + 1;
  };
  await world.poll();
  world.outside.heal();
  return requests;
}

/** A poll that meets some new messages among so many that are known. */
async function pollAmong(known: number): Promise<Record<string, number>> {
  const world = await newWorld();
  await listMessages(world, known);
  await world.poll();
  world.clock.advance(minute);
  await listMessages(world, fresh);
  return requestsOfPoll(world);
}

it('asks no more for many known messages than for few: what it asks for is by what is new, and by lines', async () => {
  const few = await pollAmong(100);
  const many = await pollAmong(2_000);
  expect(many).toEqual(few);
  expect(many).toMatchObject({ listMessages: 1, TransactWriteItemsCommand: 1 });
});
