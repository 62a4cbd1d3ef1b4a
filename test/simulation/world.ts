import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { FileHash } from '../../shared/files/copy/hash.ts';
import type { LineEntry, MessageRecord } from '../../shared/messages/record.ts';
import { projectSubject } from '../../shared/messages/subject.ts';
import { isWorkable } from '../../shared/messages/turn-order.ts';
import type { MessageType } from '../../shared/portal/message-schema.ts';
import { Calls, type Process, type Trace } from './calls.ts';
import { type ChangedObject, meddle } from './changed-objects.ts';
import type { SimulatedDynamoDb } from './dynamodb.ts';
import { SimulatedEventBus } from './event-bus.ts';
import type { Item } from './expressions.ts';
import { drawIntensities, minuteFaults } from './fault-rates.ts';
import { SimulatedFaults } from './faults.ts';
import { drawManners, type FileManner } from './file-kinds.ts';
import { fileContent } from './files-sent.ts';
import { outboxQueue } from './functions.ts';
import { drawHistory, historyLasts, projectOfReused, type SentMessage } from './history.ts';
import { violationsOf } from './invariants/all.ts';
import { noteChange } from './invariants/changes.ts';
import { violationOfDrip } from './invariants/downloads.ts';
import { Fairness } from './invariants/fairness.ts';
import { violationOfDelete, violationOfPut, violationOfReturn } from './invariants/files.ts';
import { violationOfMark } from './invariants/marks.ts';
import { PartsSent } from './invariants/parts.ts';
import { Promptness, violationOfFarLease } from './invariants/promptness.ts';
import {
  noteResult,
  type ResultPut,
  unsentResults,
  violationOfRemoval,
  violationOfResult,
} from './invariants/results.ts';
import { PromptRevocations } from './invariants/revocations.ts';
import { rows } from './invariants/rows.ts';
import { violationOfTaskStart } from './invariants/tasks.ts';
import { watchDropped } from './invariants/waiting.ts';
import { violationOfLatePut, Workspaces } from './invariants/workspaces.ts';
import { drawKinds, isEnabled, type MessageKind } from './kinds.ts';
import { affectedBy, drawDistance } from './meetings.ts';
import { type Deed, pause, resume, settleIncidents } from './operator.ts';
import { orderProcesses } from './orders.ts';
import { useAccounts } from './people.ts';
import { SimulatedPortal } from './portal.ts';
import { Provisioning } from './provisioning.ts';
import { Random } from './random.ts';
import { drawDeploy, drawSettings } from './random-settings.ts';
import type { Affected } from './researchers.ts';
import { drawResults, type ResultDeed, resultKey } from './results.ts';
import { SimulatedS3 } from './s3.ts';
import type { ScheduleResult, Simulate } from './schedule-result.ts';
import { SimulatedGateway } from './simulated-gateway.ts';
import { createTables, filesBucket, tables } from './simulated-services.ts';
import { Scheduler } from './time.ts';

/** One run's gateway and all that is around it. */
export class World {
  readonly tableNames = Object.values(tables);
  readonly scheduler: Scheduler;
  readonly faults: SimulatedFaults;
  readonly calls: Calls;
  readonly dynamodb: SimulatedDynamoDb;
  readonly portal: SimulatedPortal;
  readonly s3: SimulatedS3;
  readonly bus: SimulatedEventBus;
  readonly gateway: SimulatedGateway;
  readonly provisioning: Provisioning;
  /** Messages of the portal by id, in order. */
  readonly sent: ReadonlyMap<string, SentMessage>;
  /** Results that researchers send to DST. */
  readonly deeds: readonly ResultDeed[];
  /** Objects put into the outbox, by any tool. */
  readonly puts: ResultPut[] = [];
  /** How the portal, and those who send results, are. */
  readonly manners: ReadonlySet<FileManner>;
  /** Changes of stored objects by people. */
  readonly changedObjects: ChangedObject[] = [];
  /** When each project that is there was made, by the clock of who made it. */
  readonly createdAt = new Map<string, number>();
  /** Violations seen during the run. */
  readonly violations: string[] = [];
  /** Hashes of the one-time passwords of each access whose taking was recorded. */
  readonly takings = new Map<string, string[]>();
  /** How often each file was counted as wrong. */
  readonly checksumFailures = new Map<string, number>();
  /** Process that took each message last. */
  readonly takers = new Map<string, Process>();
  /** How often each message took effect, in the order in which they did first. */
  readonly effects = new Map<string, number>();
  /** Messages that did not fit for want of something that another one may create. */
  readonly misfits = new Set<string>();
  readonly superseded = new Set<string>();
  /** Subjects of accesses of which a revocation took effect before older messages, or disabled what there was and waits for them. */
  readonly passed = new Set<string>();
  readonly dismissed = new Set<string>();
  /** Whether clocks differed: then leases and due times are no more than a hint. */
  get isSkewed(): boolean {
    return ['clock ahead', 'clock behind', 'clock an hour off'].some((fault) => fault in this.faults.counts);
  }

  /** Ids that came again for other messages. */
  readonly reused = new Set<string>();
  /** Whether a message that can be read ever waited for a person. */
  everHeld = false;
  /** Whether a message ever waited for a person to approve of it. */
  everAwaited = false;
  /** Since when nothing goes wrong any more, in milliseconds since 1970. */
  overAt = Number.POSITIVE_INFINITY;
  /** Since when all is paused, in milliseconds since 1970. */
  pausedAt: number | undefined;
  /** Since when the portal is known to be out, in milliseconds since 1970. */
  outAt: number | undefined;
  readonly random: Random;
  /** Whether an operator looks after incidents in the end. */
  readonly isAttentive: boolean;
  /** Whether people use workspaces, until the portal has sent everything. */
  readonly usesWorkspaces: boolean;
  readonly #settleIncidents: Deed;
  /** People who use workspaces at any time, not only when something is taken from them. */
  readonly #people: number;
  readonly workspaces = new Workspaces();
  readonly partsSent = new PartsSent(this);
  readonly #revocations = new PromptRevocations(this);

  /** How unkind the portal's messages are. */
  readonly kinds: ReadonlySet<MessageKind>;
  readonly fairness = new Fairness(this);
  readonly promptness = new Promptness(this);

  /** @param play whether people use workspaces */
  constructor(
    random: Random,
    faults: SimulatedFaults,
    { usesWorkspaces = false }: Play,
    trace?: (text: string) => void,
  ) {
    this.random = random;
    this.usesWorkspaces = usesWorkspaces;
    this.#people = random.fork('people of workspaces').pick([0, 4, 8]);
    this.kinds = drawKinds(random.fork('kinds'));
    this.isAttentive = random.fork('operator').chance(0.7);
    this.#settleIncidents = settleIncidents(random.fork('operator').chance(0.3), random.fork('hope').chance(0.3));
    this.faults = faults;
    this.manners = drawManners(random.fork('manners'));
    this.scheduler = new Scheduler(random.fork('ties'));
    faults.now = () => this.scheduler.now;
    const tell: Trace = (text) => trace?.(`${this.#seconds().padStart(9)} ${text()}`);
    this.#began = this.scheduler.now;
    this.calls = new Calls(this.scheduler, faults, random.fork('latencies'), tell);
    this.dynamodb = createTables(
      (table, after, before) => {
        if (isProgress(table, after, before)) this.#progressAt = this.scheduler.now;
        noteChange(this, table, after, before);
        if (usesWorkspaces) this.#meet(affectedBy(this, table, after, before));
      },
      () => this.scheduler.now,
    );
    this.portal = new SimulatedPortal(this.scheduler, faults, random.fork('portal'), this.calls);
    this.portal.onMark = (messageId) => this.tell(violationOfMark(this, messageId));
    this.portal.onReturn = (fileId, content) => this.tell(violationOfReturn(fileId, content));
    this.portal.onResult = (received) => this.tell(violationOfResult(this, received));
    this.portal.kinds = this.kinds;
    this.portal.insistsOnOrder = random.fork('settings').chance(0.3);
    this.portal.files.kinds = this.manners;
    this.s3 = new SimulatedS3(() => this.scheduler.now, faults);
    this.bus = new SimulatedEventBus(this.calls, faults);
    const { scheduler, calls, dynamodb, portal, s3, bus } = this;
    const outside = { scheduler, calls, faults, random, dynamodb, portal, s3, bus, trace: tell };
    const settings = drawSettings(random.fork('settings'));
    const copyTime = Math.max(settings.copyTime, leastCopyTime(this.manners));
    this.gateway = new SimulatedGateway(outside, { ...settings, copyTime });
    if (usesWorkspaces) this.gateway.distanceOf = (type) => drawDistance(random.fork('distances of functions'), type);
    this.gateway.onPoll = (startedAt) => this.#revocations.notePoll(startedAt);
    this.gateway.onMessages = (messageIds) => watchDropped(this, messageIds);
    this.gateway.onTask = (task) => this.tell(violationOfTaskStart(this, task));
    this.sent = new Map(
      drawHistory(random.fork('history'), this.kinds, usesWorkspaces).map((message) => [message.messageId, message]),
    );
    this.provisioning = new Provisioning(random.fork('provisioning'), this.sent.values());
    this.s3.onPut = (place, object) => {
      this.tell(violationOfPut(place, object.bytes));
      noteResult(this, place, object);
      this.#tellOfResult(place);
      this.tell(violationOfLatePut(this, place));
    };
    this.s3.onDelete = (place, object) => {
      this.tell(violationOfDelete(this, place));
      this.tell(violationOfRemoval(this, place, object));
    };
    this.s3.onPart = (process, { UploadId = '', PartNumber = 0 }, answer) =>
      this.partsSent.noteSend(process, UploadId, PartNumber, answer);
    for (const { content } of this.sent.values()) {
      if (content?.type !== 'DataDeliveryReady') continue;
      for (const { fileId, fileSize } of content.data.files) {
        this.portal.files.contents.set(fileId, fileContent(fileId));
        this.portal.files.announced.set(fileId, [...(this.portal.files.announced.get(fileId) ?? []), fileSize]);
      }
    }
    for (const [index, { at, wordings, ...message }] of [...this.sent.values()].entries()) {
      // A millisecond apart: they come in their order.
      this.scheduler.after(at + index, () => this.portal.send(message, wordings));
    }
    const chance = random.fork('set up anew');
    const isInTheMiddle = chance.chance(0.4) && isEnabled('moved identifiers');
    if (this.kinds.has('reused ids') && isInTheMiddle)
      this.scheduler.after(30_000 + chance.next() * historyLasts, () => this.#setUpAnew());
    const projects = [...new Set([...this.sent.values()].map(({ projectNo }) => projectNo))];
    const sentOf = (type: MessageType) => [...this.sent.values()].filter(({ content }) => content?.type === type);
    const [deletions, deliveries] = [sentOf('DeleteProject'), sentOf('DataDeliveryReady')];
    const occasions = { projects, deletions, deliveries, lasts: historyLasts };
    this.deeds = drawResults(random.fork('results'), occasions, this.manners);
    for (const deed of this.deeds) this.#plan(deed);
  }

  /** Notes a violation, if it is one. */
  tell(violation: string | undefined): void {
    if (violation !== undefined) this.violations.push(violation);
  }

  #plan(deed: ResultDeed): void {
    const { scheduler, s3 } = this;
    if (deed.begunAt === undefined) return void scheduler.after(deed.at, () => this.#carryOut(deed));
    scheduler.after(deed.begunAt, () => {
      const begunAt = scheduler.now;
      const { input } = new CreateMultipartUploadCommand({ Bucket: filesBucket, Key: resultKey(deed) });
      const { UploadId } = s3.multipart.create({ input });
      scheduler.after(deed.at - (deed.begunAt ?? 0), () => {
        // Somebody may have ended it meanwhile.
        if (s3.multipart.uploads.delete(UploadId)) this.#carryOut(deed, begunAt);
      });
    });
  }

  #carryOut(deed: ResultDeed, since?: number): void {
    const place = `${filesBucket}/${resultKey(deed)}`;
    if (deed.by === 'operator') void this.gateway.sendResult(deed);
    else if (deed.content === undefined) this.s3.objects.delete(place);
    else this.s3.place(place, Buffer.from(deed.content), since);
  }

  /** As S3 tells of it: the key as in a URL's query. */
  #tellOfResult(place: string): void {
    if (!place.startsWith(`${filesBucket}/outbox/`)) return;
    const key = encodeURIComponent(place.slice(filesBucket.length + 1)).replaceAll('%20', '+');
    this.gateway.queues.send(outboxQueue, JSON.stringify({ Records: [{ s3: { object: { key } } }] }));
  }

  readonly #began: number;
  #progressAt = 0;

  #seconds = () => ((this.scheduler.now - this.#began) / 1000).toFixed(3);

  /** Plays the history with all that goes wrong, and then until nothing changes any more. */
  async play(): Promise<void> {
    const { scheduler } = this;
    while (scheduler.now < this.#began + historyLasts + 10 * minute) {
      this.#pollWithFaults();
      this.tell(violationOfDrip(this));
      await scheduler.runUntil(scheduler.now + minute);
    }
    this.faults.isOver = true;
    this.overAt = scheduler.now;
    this.portal.files.noteCalm();
    this.#progressAt = scheduler.now;
    this.portal.isDownUntil = 0;
    this.#endRefusal();
    for (let wait = 1; wait < 80 && this.#isUnfinished() && !this.#isAtRest(); wait++) {
      if (scheduler.steps > maxSteps) {
        this.violations.push('it never comes to rest');
        return;
      }
      if (this.pausedAt !== undefined) void this.gateway.operate(resume);
      if (this.isAttentive) void this.gateway.operate(this.#settleIncidents);
      await this.#pollAndWait((wait < 10 ? 1 : 10) * minute);
    }
    const isOver = !this.#isUnfinished() && this.reused.size === 0;
    if (isOver && this.random.fork('reset').chance(0.2)) await this.#playReset();
  }

  async #pollAndWait(time: number): Promise<void> {
    void this.gateway.poll();
    void this.gateway.publish();
    void this.gateway.sweep();
    if (this.usesWorkspaces) void this.gateway.sweepWorkspaces();
    await this.scheduler.runUntil(this.scheduler.now + time);
    this.tell(violationOfFarLease(this));
    this.tell(violationOfDrip(this));
  }

  /** The portal is set up anew, forgets what it had, and gives other messages the ids of old ones. */
  #setUpAnew(): void {
    const { portal } = this;
    const given = portal.messages.map(({ messageId }) => messageId);
    portal.reset();
    for (const messageId of given.slice(0, 3)) {
      const projectNo = projectOfReused(messageId);
      const raw = JSON.stringify({ messageId, messageType: 'CreateProject', data: { projectNo } });
      portal.send({ messageId, projectNo }, [raw]);
      this.reused.add(messageId);
    }
  }

  async #playReset(): Promise<void> {
    this.#setUpAnew();
    // After an outage, and with a clock that was ahead, the portal may not be asked for a while.
    for (let polls = 0; polls < 9; polls++) {
      await this.#pollAndWait((polls < 6 ? 1 : 15) * minute);
      // Decisions after the last poll but one are published by the last one.
      const mayDecide = polls < 7 && this.kinds.has('reused ids') && this.isAttentive;
      if (mayDecide) void this.gateway.operate(this.#settleIncidents);
    }
  }

  /** The messages that the gateway has taken in: what the portal forgot before, it never learnt of. */
  get taken(): SentMessage[] {
    const messages = [...this.sent.values()];
    if (this.reused.size === 0) return messages;
    const lines = new Map(this.dynamodb.items(tables.messages).map(({ messageId, line }) => [messageId, line]));
    return messages.filter(({ messageId }) => {
      const line = lines.get(messageId);
      return line !== undefined && line !== projectSubject(projectOfReused(messageId));
    });
  }

  /** A refused key ends by another one, or because the portal takes it again. */
  #endRefusal(): void {
    if (this.kinds.has('key forgiven')) this.portal.forgiveKey();
    else this.portal.changeKey();
  }

  #pollWithFaults(): void {
    const { scheduler, portal, faults, gateway, random } = this;
    const chance = random.fork('minutes');
    const fault = faults.draw('minute', minuteFaults);
    // Only some outages are long enough to be known: little happens meanwhile.
    const outage = random.fork('outages').pick([3, 3, 3, 20]) * minute;
    if (fault === 'portal down') portal.isDownUntil = scheduler.now + chance.next() * outage;
    if (fault === 'key refused') {
      portal.refuseKey();
      scheduler.after(chance.next() * 3 * minute, () => this.#endRefusal());
    }
    if (fault === 'deploy') gateway.settings = { ...gateway.settings, ...drawDeploy(random.fork('deploys')) };
    if (fault === 'all paused') {
      void gateway.operate(pause);
      scheduler.after(chance.next() * 4 * minute, () => void gateway.operate(resume));
    }
    if (faults.draw('operator', ['operator acts'])) {
      // Now and then while functions are at work on what the poll brought.
      const within = chance.pick([4_000, minute]);
      scheduler.after(chance.next() * within, () => void gateway.operate(this.#settleIncidents));
    }
    scheduler.after(random.fork('changedObjects').next() * minute, () => meddle(this, random.fork('changedObjects')));
    this.provisioning.work(scheduler, gateway);
    if (random.fork('people').chance(0.4)) {
      const people = useAccounts(random.fork('people'));
      scheduler.after(chance.next() * minute, () => void gateway.operate(people));
    }
    if (random.fork('orders').chance(0.3)) {
      const orders = orderProcesses(random.fork('orders'));
      scheduler.after(chance.next() * minute, () => void gateway.operate(orders));
    }
    if (this.usesWorkspaces && scheduler.now < this.#began + historyLasts) this.#useWorkspaces();
    scheduler.after(random.fork('publishing').next() * minute, () => void gateway.publish());
    if (random.fork('sweeps').chance(0.2)) scheduler.after(chance.next() * minute, () => void gateway.sweep());
    if (fault === 'poll skipped') return;
    scheduler.after(chance.next() * 2_000, () => void gateway.poll());
    // The schedule may invoke it again while it runs, or when it is over.
    if (fault === 'poll doubled')
      scheduler.after(chance.next() * chance.pick([2_000, minute]), () => void gateway.poll());
  }

  #useWorkspaces(): void {
    const { scheduler, gateway } = this;
    const random = this.random.fork('researchers');
    const within = (work: () => Promise<void>) => scheduler.after(random.next() * minute, () => void work());
    for (let person = 0; person < this.#people; person++) within(() => gateway.useWorkspaces(random));
    if (random.chance(0.15)) within(() => gateway.sweepWorkspaces());
  }

  /** People do something at the very moment at which a message takes something from them. */
  #meet(affected: Affected | undefined): void {
    if (!affected || this.faults.isOver) return;
    const random = this.random.fork('meetings');
    for (let person = random.integer(0, 3); person > 0; person--) {
      this.scheduler.after(random.next() * 500, () => void this.gateway.useWorkspaces(random, affected));
    }
  }

  /** Whether nothing comes any more. A clock that was ahead may have put off messages for hours: the next poll may find one due. */
  #isAtRest(): boolean {
    const { now } = this.scheduler;
    const isQuiet = now > this.#progressAt + (this.kinds.has('marks not kept') ? 120 : 75) * minute;
    if (!isQuiet) return false;
    const waiting = new Set(
      rows<LineEntry>(this, 'lines').flatMap(({ messageId, yields }) => (yields ? messageId : [])),
    );
    const isPutOff = ({ messageId, state, dueAt }: MessageRecord) =>
      dueAt > now - 10 * minute && (state === 'working' || (isWorkable(state) && !waiting.has(messageId)));
    return !rows<MessageRecord>(this, 'messages').some(isPutOff);
  }

  #isUnfinished(): boolean {
    const messages = this.portal.messages;
    const left = [tables.lines, tables.unpublished].some((table) => this.dynamodb.items(table).length > 0);
    const unsent = [...unsentResults(this)].length > 0;
    const isPaused = this.pausedAt !== undefined;
    const isOut = this.dynamodb
      .items(tables.control)
      .some(({ name, state }) => name === 'portal' && state !== 'reachable');
    return left || unsent || isPaused || isOut || messages.some(({ markedAt }) => markedAt === undefined);
  }
}

const minute = 60_000;

/** Whether a change of an item brings something about: leases and attempts do not, nor does asking in vain to have a message marked. */
function isProgress(table: string, after: Item | undefined, before: Item | undefined): boolean {
  if (table === tables.messages || table === tables.lines) return after?.state !== before?.state;
  return table !== tables.control && table !== tables.incidents;
}

/** Some hundred times what a run takes: two hundred files that each begin slowly take a hundred thousand. */
const maxSteps = 300_000;

// Compiled when it is first used, in a time that no schedule knows of.
await FileHash.begin();

interface Play {
  usesWorkspaces?: boolean;
}

/**
 * A world in which one run was played, which the seed determines.
 *
 * @param only the faults that may happen, of those that the seed draws
 * @param trace told what happens
 * @param play what else people do there
 */
export async function played(
  seed: number,
  only?: ReadonlySet<string>,
  trace?: (text: string) => void,
  play: Play = {},
): Promise<World> {
  const random = new Random(seed);
  // Where clocks differ, little can be said of workspaces.
  const intensities = drawIntensities(random.fork('intensities'), play.usesWorkspaces ? 0.3 : 1);
  const faults = new SimulatedFaults(random.fork('faults'), intensities, only);
  const world = new World(random, faults, play, trace);
  await world.play();
  return world;
}

/** One run, and what is wrong with what came of it. The parameters are those of `played`. */
export const simulate: Simulate = async (seed, only, trace) => resultOf(seed, await played(seed, only, trace));

/** The same with people who use workspaces. */
export const simulateWorkspaces: Simulate = async (seed, only, trace) =>
  resultOf(seed, await played(seed, only, trace, { usesWorkspaces: true }));

function resultOf(seed: number, world: World): ScheduleResult {
  const { faults, gateway, calls, scheduler, sent } = world;
  return {
    seed,
    violations: violationsOf(world),
    faults: faults.happened,
    counts: { messages: sent.size, ...faults.counts, 'function timeout': gateway.timeouts },
    calls: calls.count,
    steps: scheduler.steps,
  };
}

/** Milliseconds in which a function copies a small file, which it can't leave half done, whatever the portal's manners are. */
function leastCopyTime(manners: ReadonlySet<FileManner>): number {
  if (manners.has('slow first byte')) return 900_000;
  return manners.has('files come slowly') ? 120_000 : 0;
}
