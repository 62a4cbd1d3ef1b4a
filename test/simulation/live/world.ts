import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { Calls, type Trace } from '../calls.ts';
import type { SimulatedDynamoDb } from '../dynamodb.ts';
import { SimulatedEventBus } from '../event-bus.ts';
import { SimulatedFaults } from '../faults.ts';
import { Random } from '../random.ts';
import type { ScheduleResult } from '../schedule-result.ts';
import { createTables, tables } from '../simulated-services.ts';
import { Scheduler } from '../time.ts';
import { type Connect, withNetwork } from './client-socket.ts';
import { accountNames, createPeople, drawEvent, drawRevocation } from './deeds.ts';
import { drawIntensities } from './fault-rates.ts';
import { FollowingClient } from './following-client.ts';
import { endViolations, recoveryViolations, restViolations, unwatched } from './invariants/all.ts';
import { PromptClosing, violationOfDelay } from './invariants/promptness.ts';
import { PostedAnswers } from './invariants/requests.ts';
import { PostedPushes, violationOfLogging } from './invariants/rights.ts';
import { LiveGateway } from './live-gateway.ts';
import { Notes } from './notes.ts';
import { PlainClient } from './plain-client.ts';
import { Rights } from './rights.ts';

/** Milliseconds: of the time in which things go wrong, in which all recovers, in which all has to be prompt, and to settle. */
const [troubled, recovery, prompt, settling, closing] = [80_000, 80_000, 15_000, 40_000, 45_000];
/** Visits when all others have gone, and the milliseconds of one, in which a watch begins. */
const [visits, visitTime] = [3, 1_500];
/** Milliseconds between two runs of the function that publishes what happened. */
const publishInterval = 60_000;

/** One run's WebSocket API, with its clients and what they are told of. */
export class LiveWorld {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly faults: SimulatedFaults;
  readonly calls: Calls<undefined>;
  readonly dynamodb: SimulatedDynamoDb;
  readonly gateway: LiveGateway;
  readonly rights = new Rights();
  readonly notes = new Notes(this.rights);
  readonly clients: readonly FollowingClient[];
  readonly plainClients: readonly PlainClient[];
  /** Number of the first request that was made when all had settled. */
  lastRequestsFrom = Number.POSITIVE_INFINITY;
  /** Violations seen during the run. */
  readonly violations: string[] = [];
  readonly pushes = new PostedPushes(this);
  readonly answers = new PostedAnswers();
  readonly #host: string;
  readonly #connect: Connect;
  readonly #closings = new PromptClosing(this);
  readonly #began: number;
  #requests = 0;

  constructor(seed: number, only?: ReadonlySet<string>, trace?: (text: string) => void) {
    this.random = new Random(seed);
    const { random } = this;
    this.scheduler = new Scheduler(random.fork('ties'));
    const { scheduler } = this;
    this.#began = scheduler.now;
    this.faults = new SimulatedFaults(random.fork('faults'), drawIntensities(random.fork('intensities')), only);
    this.faults.now = () => scheduler.now;
    const tell: Trace = (text) => trace?.(`${((scheduler.now - this.#began) / 1000).toFixed(3).padStart(9)} ${text()}`);
    // DynamoDB answers within some milliseconds; the second of a revocation counts with that.
    this.calls = new Calls(scheduler, this.faults, random.fork('latencies'), tell, 8);
    this.dynamodb = createTables(
      (table, after, before) => {
        this.notes.note(table, after, before, scheduler.now);
        if (table === tables.accounts || table === tables.users) this.#noteRights();
        if (table === tables.sessions && before && !after) this.#closings.expect();
        if (table === tables.connections && after?.state === 'open' && before?.state !== 'open')
          this.#closings.expect();
        if (table === tables.unpublished && after && !before) violationOfDelay(this, after);
      },
      () => scheduler.now,
    );
    const { calls, dynamodb, faults } = this;
    const bus = new SimulatedEventBus(calls, faults);
    const watchTime = random.fork('watches').pick([45_000, 90_000, 900_000]);
    this.gateway = new LiveGateway({ scheduler, calls, faults, random, dynamodb, bus, trace: tell }, watchTime);
    this.gateway.onRead = (process, account) => this.pushes.noteRead(process, account);
    this.gateway.api.onPost = (connection, text, process) => {
      this.notes.notePost(connection.connectionId, text, scheduler.now);
      this.tell(this.pushes.violationOf(connection, text, process));
      this.tell(this.answers.violationOf(connection, text, process));
    };
    this.notes.onPush = (push) => this.tell(violationOfLogging(this, push));
    this.rights.onEnded = () => this.#closings.expect();
    createPeople(dynamodb);
    const { api } = this.gateway;
    this.#connect = (client, end) => {
      const connection = api.connect(client, end);
      return { send: (text) => api.send(connection, text), close: () => api.leave(connection) };
    };
    this.#host = `live-${seed}.example`;
    const accounts = [...accountNames, random.fork('clients').pick(accountNames)];
    this.clients = accounts.map((account, index) => {
      const name = `${account}-${index}`;
      const url = `wss://${this.#host}/`;
      return new FollowingClient({ account, name, url }, scheduler, random.fork(name), () => this.#signIn(account));
    });
    this.plainClients = ['operator', 'anna'].map(
      (account) =>
        new PlainClient(`plain-${account}`, this.#connect, scheduler, random.fork(account), () =>
          this.#signIn(account),
        ),
    );
  }

  /** Notes a violation, if it is one. */
  tell(violation: string | undefined): void {
    if (violation !== undefined) this.violations.push(violation);
  }

  /** Seconds since the beginning. */
  secondsAt = (time: number): string => ((time - this.#began) / 1_000).toFixed(1);

  /** Plays a troubled time, and then what has to come of it when nothing goes wrong any more. */
  async play(): Promise<void> {
    await withNetwork(this.#host, this.#connect, () => this.#play());
  }

  async #play(): Promise<void> {
    const { scheduler, random, faults } = this;
    const chance = random.fork('story');
    for (const client of this.clients) scheduler.after(chance.next() * 10_000, () => client.run());
    for (const client of this.plainClients) scheduler.after(chance.next() * 10_000, () => void client.run());
    this.#schedule(troubled, 3_000, 12_000);
    this.#publishRepeatedly();
    await this.#pass(troubled);
    faults.isOver = true;
    await this.#pass(recovery);
    this.violations.push(...recoveryViolations(this));
    this.#schedule(prompt, 1_500, 5_000);
    await this.#pass(prompt);
    await this.#pass(settling / 2);
    this.lastRequestsFrom = this.#requests + 1;
    for (const client of this.clients) if (client.isOpen) void client.ask(++this.#requests);
    await this.#pass(settling / 2);
    this.violations.push(...endViolations(this));
    for (const client of this.plainClients) client.stop();
    for (const client of this.clients) void client.stop();
    for (let visit = 0; visit < visits; visit++) await this.#visit();
    await this.#pass(closing);
    this.violations.push(...restViolations(this));
  }

  /** Has somebody come alone, at any moment of the watch's second in which it finds that nobody is connected. */
  async #visit(): Promise<void> {
    const { random, scheduler } = this;
    const chance = random.fork('visits');
    const visitor = new PlainClient('visitor', this.#connect, scheduler, chance, () =>
      this.#signIn(chance.pick(accountNames)),
    );
    await this.#pass(chance.next() * visitTime);
    void visitor.run();
    await this.#pass(visitTime);
    this.violations.push(...unwatched(this));
    visitor.stop();
  }

  /** Lets things happen, on average so many milliseconds apart. */
  #schedule(time: number, betweenEvents: number, betweenRevocations: number): void {
    const { scheduler, random, gateway } = this;
    const chance = random.fork('deeds');
    const often = (between: number, act: () => void) => {
      for (let count = Math.round(time / between); count > 0; count--) scheduler.after(chance.next() * time, act);
    };
    often(betweenEvents, () => void gateway.act('event', drawEvent(random.fork('events'))));
    often(betweenRevocations, () => void gateway.act('revocation', drawRevocation(random.fork('revocations'))));
    often(2_000, () => void chance.pick(this.clients).ask(++this.#requests));
    often(4_000, () => chance.pick(this.plainClients).ask(++this.#requests));
    for (let at = 0; at < time; at += 2_000) scheduler.after(at, () => this.#disturb());
  }

  #disturb(): void {
    const { faults, gateway, random, clients } = this;
    for (const connection of gateway.api.open) gateway.api.disturb(connection);
    const chance = random.fork('programs');
    if (faults.draw('program', ['program restarted'])) {
      const client = chance.pick(clients);
      if (client.isRunning) void client.stop().then(() => client.run());
    }
    if (faults.draw('log', ['push expired'])) this.#expirePush(chance.pick(accountNames));
  }

  /** Has DynamoDB remove a push before its time, as it removes those whose time is over: one by one, in no order. */
  #expirePush(account: string): void {
    const pushes = [...(this.notes.logs.get(account)?.values() ?? [])].filter(({ isExpired }) => !isExpired);
    const row = this.dynamodb
      .items(tables.channels)
      .find(({ channel, offset }) => String(channel).startsWith(`account#${account}#`) && offset === pushes[0]?.offset);
    if (!row) return;
    const Key = { channel: row.channel, offset: row.offset };
    this.dynamodb.execute(new DeleteCommand({ TableName: tables.channels, Key }));
  }

  #publishRepeatedly(): void {
    const { scheduler, faults, gateway } = this;
    scheduler.after(faults.isOver ? publishInterval / 3 : publishInterval, () => {
      if (!faults.draw('schedule', ['publishing skipped'])) void gateway.publish();
      this.#publishRepeatedly();
    });
  }

  async #signIn(account: string): Promise<string> {
    const tokens = await this.gateway.signIn(account);
    if (!tokens) throw new Error('nobody may sign in');
    return tokens.token;
  }

  #noteRights(): void {
    this.rights.note(this.scheduler.now, this.dynamodb.items(tables.accounts), this.dynamodb.items(tables.users));
  }

  #pass = (time: number): Promise<void> => this.scheduler.runUntil(this.scheduler.now + time);
}

/**
 * One run, and what is wrong with what came of it.
 *
 * @param only the faults that may happen, of those that the seed draws
 * @param trace told what happens
 */
export async function simulate(
  seed: number,
  only?: ReadonlySet<string>,
  trace?: (text: string) => void,
): Promise<ScheduleResult> {
  const world = new LiveWorld(seed, only, trace);
  await world.play();
  const { faults, gateway, calls, scheduler, notes, violations, clients } = world;
  return {
    seed,
    violations,
    faults: faults.happened,
    calls: calls.count,
    steps: scheduler.steps,
    counts: {
      events: notes.news.size,
      connections: gateway.api.connections.size,
      pushes: clients.reduce((count, { received }) => count + received.length, 0),
      requests: gateway.executions.length,
      ...faults.counts,
      'function timeout': gateway.timeouts,
    },
  };
}
