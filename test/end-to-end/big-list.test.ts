import { expect, it } from 'vitest';
import { useGateway } from './setup.ts';

const projects = 2_000;
const accessesOfEach = 4;
const messages = projects * (1 + accessesOfEach);

const endToEnd = useGateway({ environment: { POLL_SECONDS: '60' }, work: false });

it('is taken in by one poll, in its order, and the next polls have little to do', async () => {
  const { portal, gateway, poll, rows, failures } = endToEnd();
  const create = Array.from({ length: projects }, (_, projectNo) => ({
    messageType: 'CreateProject',
    data: { projectNo },
  }));
  // The accesses of all projects come one after the other, so that no line is together in the list.
  const accesses = Array.from({ length: projects * accessesOfEach }, (_, index) => ({
    messageType: 'CreateProjectAccess',
    data: { projectNo: index % projects, accessIdentifier: `access-${index}` },
  }));
  const ids = await portal.sendMany([...create, ...accesses]);

  const first = await timed(poll);
  const second = await timed(poll);

  expect(failures).toEqual([]);
  expect(second).toBeLessThan(first / 2);
  expect((await gateway.activity()).messages).toBe(projects);
  const lines = Map.groupBy(await rows('lines'), ({ line }) => line);
  expect(lines.size).toBe(projects);
  const places = new Map(ids.map((messageId, index) => [messageId, index]));
  for (const [line, entries] of lines) {
    const inOrder = entries.toSorted((a, b) => (a.position < b.position ? -1 : 1));
    const number = Number(line.slice('project#'.length));
    const expected = Array.from({ length: 1 + accessesOfEach }, (_, index) => number + index * projects);
    expect(
      inOrder.map(({ messageId }) => places.get(messageId)),
      line,
    ).toEqual(expected);
  }
  const states = (await rows('messages')).map(({ state, attempts }) => `${state} ${attempts}`);
  expect(states.filter((state) => state === 'open 1')).toHaveLength(projects);
  expect(states.filter((state) => state === 'open 0')).toHaveLength(messages - projects);
});

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}
