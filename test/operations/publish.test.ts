import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type DomainEvent, eventOf, eventSchema } from '../../shared/history/events.ts';
import { type HistoryEvent, historyWrites } from '../../shared/history/history.ts';
import { publishEvents } from '../../shared/history/publish.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { startTestBus } from '../support/event-bus.ts';
import { create, disable, enable, grant, play, remove, reset } from '../support/messages.ts';
import type { HistoryRow } from '../support/rows.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const newWorld = useWorlds();

/** A world with history, and a bus for it. */
async function busyWorld() {
  const world = await newWorld();
  await play(world, create('p'), grant('p', 'a'), disable('a'), enable('a'), reset('a'), grant('p', 'b'), remove('p'));
  const bus = await startTestBus();
  const publish = (deadline = Number.POSITIVE_INFINITY) =>
    publishEvents({ ...world.context, bus: bus.bus, table: world.tables.unpublished }, deadline);
  return { world, bus, publish };
}

const keysOf = (events: readonly Pick<DomainEvent, 'subject' | 'sequence'>[]) =>
  [...new Set(events.map(({ subject, sequence }) => `${subject} ${sequence}`))].toSorted();

const unpublished = ({ rows }: World) => rows.all<HistoryRow>('unpublished');

describe('what is in the history', () => {
  it('is published, each event once when nothing goes wrong', async () => {
    const { world, bus, publish } = await busyWorld();
    const history = await world.rows.all<HistoryRow>('history');
    await publish();
    expect(bus.published).toHaveLength(history.length);
    expect(keysOf(bus.events())).toEqual(keysOf(history));
    expect(await unpublished(world)).toEqual([]);
    await publish();
    expect(bus.published).toHaveLength(history.length);
    const last = bus.events().filter(({ subject }) => subject === 'access#a');
    expect(last.toSorted((a, b) => a.sequence - b.sequence).map(({ event }) => event)).toEqual([
      'created',
      'disabled',
      'enabled',
      'password reset',
      'deleted',
    ]);
  });

  it('says what happened, to what, when and by which message', async () => {
    const { bus, publish } = await busyWorld();
    await publish();
    const event = bus.published.find(({ detail }) => detail.subject === 'access#a' && detail.sequence === 1);
    expect(event).toMatchObject({
      source: 'dst-gateway',
      'detail-type': 'access created',
      detail: {
        version: 1,
        subject: 'access#a',
        sequence: 1,
        event: 'created',
        projectNo: 'p',
        messageId: 'm-2',
        details: { loginName: expect.stringMatching(/^dst/) },
      },
    });
    expect(readFileSync(bus.file, 'utf8').trim().split('\n')).toHaveLength(bus.published.length);
  });

  it('is published all the same when the bus refuses some entries, at the next time', async () => {
    const { world, bus, publish } = await busyWorld();
    let number = 0;
    bus.answer = async (input, put) => {
      const { Entries } = z.object({ Entries: z.array(z.unknown()) }).parse(input);
      const answers = await Promise.all(
        Entries.map(async (entry) => {
          if (number++ % 3 === 0) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };
          return z
            .object({ Entries: z.tuple([z.object({ EventId: z.string() })]) })
            .parse(await put({ Entries: [entry] })).Entries[0];
        }),
      );
      return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
    };
    await expect(publish()).rejects.toThrow('could not be published');
    const left = await unpublished(world);
    expect(left.length).toBeGreaterThan(0);
    expect(keysOf([...left, ...bus.events()])).toEqual(keysOf(await world.rows.all<HistoryRow>('history')));
    bus.answer = (input, put) => put(input);
    await publish();
    expect(await unpublished(world)).toEqual([]);
    expect(bus.published).toHaveLength((await world.rows.all('history')).length);
  });

  it('is published again when nobody knows whether it was', async () => {
    const { world, bus, publish } = await busyWorld();
    bus.answer = async (input, put) => {
      await put(input);
      throw new Error('the answer is lost');
    };
    await expect(publish()).rejects.toThrow('the answer is lost');
    bus.answer = (input, put) => put(input);
    await publish();
    const history = await world.rows.all<HistoryRow>('history');
    expect(keysOf(bus.events())).toEqual(keysOf(history));
    expect(bus.published.length).toBeGreaterThan(history.length);
  });

  it.each(['before', 'after'] as const)('is published after a crash %s any call', async (when) => {
    const { world, bus, publish } = await busyWorld();
    for (let call = 1; ; call++) {
      const died = world.outside.crashAt(call, when);
      await publish().catch(() => undefined);
      world.outside.heal();
      if (!died()) break;
    }
    expect(keysOf(bus.events())).toEqual(keysOf(await world.rows.all<HistoryRow>('history')));
    expect(await unpublished(world)).toEqual([]);
  });

  it('waits for the next run when the time is up', async () => {
    const { world, bus, publish } = await busyWorld();
    await publish(world.clock.now());
    expect(bus.published).toEqual([]);
    expect((await unpublished(world)).length).toBe((await world.rows.all('history')).length);
  });

  it('together is kept in one item, and published until the bus has taken all of it', async () => {
    const { world, bus, publish } = await busyWorld();
    await publish();
    const before = bus.published.length;
    const files: HistoryEvent[] = Array.from({ length: 32 }, (_, index) => ({
      subject: `file#${index}`,
      sequence: 1,
      event: 'stored',
    }));
    const { db, clock, tables } = world.context;
    await transact(db, clock, historyWrites(tables, files, { messageId: 'm', at: 1 }));
    expect(await unpublished(world)).toHaveLength(1);
    let calls = 0;
    bus.answer = async (input, put) => {
      if (++calls === 2) return { FailedEntryCount: 10, Entries: Array(10).fill({ ErrorCode: 'InternalFailure' }) };
      return put(input);
    };
    await expect(publish()).rejects.toThrow('10 events');
    expect(await unpublished(world)).toHaveLength(1);
    await publish();
    expect(await unpublished(world)).toEqual([]);
    expect(keysOf(bus.events().slice(before))).toEqual(keysOf(files));
  });

  it('and can not be told keeps nothing else back', async () => {
    const { world, bus, publish } = await busyWorld();
    await world.rows.change('unpublished', { subject: 'access#a', sequence: 2 }, { event: 'unheard of' });
    await expect(publish()).rejects.toThrow('1 event could not be published');
    expect(bus.published).toHaveLength((await world.rows.all('history')).length - 1);
    expect(await unpublished(world)).toMatchObject([{ subject: 'access#a', sequence: 2 }]);
  });
});

describe('the schema', () => {
  it('is in the repository as JSON Schema', async () => {
    const file = join(import.meta.dirname, '..', '..', 'shared', 'history', 'events.schema.json');
    const text = JSON.stringify(z.toJSONSchema(eventSchema, { io: 'input' }), null, 2);
    // As the formatter has it.
    const required = text.replace(/"required": \[[^\]]*\]/, (list) =>
      list
        .replaceAll(/\s*\n\s*/g, ' ')
        .replace('[ ', '[')
        .replace(' ]', ']'),
    );
    await expect(`${required}\n`).toMatchFileSnapshot(file);
  });

  it('lets nothing out that it does not name', () => {
    const row = { subject: 'access#a', sequence: 1, event: 'created', at: 0, messageId: 'm' } as const;
    const secret = { loginName: 'dst1', oneTimePassword: 'canary' };
    expect(JSON.stringify(eventOf({ ...row, details: secret }))).not.toContain('canary');
  });
});
