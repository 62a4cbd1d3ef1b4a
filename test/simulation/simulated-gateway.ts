import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { sweepOutbox } from '../../shared/files/outbox/sweep.ts';
import { workForToken } from '../../shared/files/send/task-token.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import type { TransferContext } from '../../shared/files/transfer-context.ts';
import { publishEvents } from '../../shared/history/publish.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import { poll } from '../../shared/messages/poll/poll.ts';
import { guardedKey } from '../../shared/operations/guarded-key.ts';
import { isPaused } from '../../shared/operations/pause.ts';
import { invocation, schedule } from '../../shared/platform/middleware/chains.ts';
import { idSchema } from '../../shared/portal/id.ts';
import { type MessageType, messageTypes } from '../../shared/portal/message-schema.ts';
import { readProject } from '../../shared/projects/project.ts';
import { type TakenPassword, takeOneTimePassword } from '../../shared/users/take-one-time-password.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import { removeOfGoneOwners } from '../../shared/workspaces/gone-owners.ts';
import type { JobsContext } from '../../shared/workspaces/jobs/context.ts';
import { finishJob } from '../../shared/workspaces/jobs/end.ts';
import { jobExecutions } from '../../shared/workspaces/jobs/executions.ts';
import { launchJob } from '../../shared/workspaces/jobs/launch.ts';
import { type JobStep, type JobStepInput, jobStepSchema } from '../../shared/workspaces/jobs/step.ts';
import { watchJob } from '../../shared/workspaces/jobs/watch.ts';
import { sweep } from '../../shared/workspaces/work.ts';
import { workHandlers } from '../../shared/workspaces/work-handlers.ts';
import type { Process } from './calls.ts';
import { Cluster } from './cluster.ts';
import type { SimulatedEventBus } from './event-bus.ts';
import { Executions } from './executions.ts';
import { credentialsWith, functionFor, outboxQueue } from './functions.ts';
import { JobRuns, type JobStepName } from './job-runs.ts';
import type { Deed } from './operator.ts';
import type { SimulatedPortal } from './portal.ts';
import { Queues } from './queues.ts';
import type { Random } from './random.ts';
import { type Affected, useWorkspaces } from './researchers.ts';
import { type ResultDeed, resultKey } from './results.ts';
import type { SimulatedS3 } from './s3.ts';
import { type Runtime, SimulatedLambda } from './simulated-lambda.ts';
import { filesBucket, s3Of, sqsOf, tables, workspacesBucket } from './simulated-services.ts';
import { send, stepFunction } from './steps.ts';
import { type StartedTask, Tasks } from './tasks.ts';

export interface Settings {
  maxAttempts: number;
  mismatchesPerHour: number;
  holdMismatchesOf: MessageType[];
  holdTypes: MessageType[];
  /** Secret of new passwords. */
  passwordKey: string;
  checksumTries: number;
  /** Milliseconds that the function has which copies. */
  copyTime: number;
  taskAboveBytes: number;
  /** Most chunks of files that are being copied in memory. */
  chunksInFlight: number;
}

interface Outside extends Runtime<Settings> {
  portal: SimulatedPortal;
  s3: SimulatedS3;
  bus: SimulatedEventBus;
}

/** Milliseconds that the steps of a transfer may take. */
const stepTimes: Readonly<Record<string, number>> = { Send: 900_000, Complete: 360_000 };
const messageFunctionTime = 30_000;
/** Milliseconds that S3 takes at most to complete an upload. */
export const longestCompletion = 240_000;

const pollTime = 300_000;
const pollMargin = 10_000;
const publishTime = 60_000;
const takingTime = 30_000;
const sweepTime = 300_000;
const sweepMargin = 120_000;
const operatorTime = 300_000;
const longestTask = 7 * 86_400_000;
const publishMargin = 15_000;

/** Transfers at once. */
export const slots = 2;

const jobStepTimes: Readonly<Record<JobStepName, number>> = { launch: 900_000, watch: 60_000, end: 900_000 };
const requestTime = 25_000;
const workspaceSweepMargin = 60_000;

const workspacesConfiguration = readConfiguration({
  available_job_types: { test_job: { name: 'Test job', job_type: 'local_test' } },
  available_resources: {
    here: {
      name: 'Here',
      resource_type: 'local',
      capabilities: { gpu_enabled: false, max_cpus: 4, max_memory_mb: 8_192, max_time_minutes: 720 },
    },
  },
});

const jobSteps = { launch: launchJob, watch: watchJob, end: finishJob } as const;

/** The gateway's functions, each invocation a process of its own, as infra/ has them run. */
export class SimulatedGateway extends SimulatedLambda<Settings> {
  /** Deployed settings: functions that start from now on have these. */
  settings: Settings;
  readonly queues: Queues;
  readonly executions: Executions;
  /** Where jobs of workspaces run. */
  readonly cluster: Cluster;
  readonly jobRuns: JobRuns;
  /** Told of every poll that ran to its end, by when it began. */
  onPoll: (startedAt: number) => void = () => {};
  /** Milliseconds that calls of the function for a type of message are on their way beside the usual. */
  distanceOf: (type: string) => number = () => 0;
  /** Told of the messages that a function is called with. @returns told of those that it did not report as failed */
  onMessages: (messageIds: readonly string[]) => (handled: readonly string[]) => void = () => () => {};
  /** Told of every task that begins. */
  onTask: (task: StartedTask) => void = () => {};
  readonly #outside: Outside;

  constructor(outside: Outside, settings: Settings) {
    super(outside, () => this.settings);
    this.#outside = outside;
    this.settings = settings;
    const { scheduler, faults, random } = outside;
    this.queues = new Queues(scheduler, faults, random.fork('queues'), (type, records) => this.#handle(type, records));
    const tasks = new Tasks(scheduler, faults, random.fork('tasks'), (task) => void this.#sendByTask(task));
    this.executions = new Executions((name, input) => this.#step(name, input), tasks);
    this.cluster = new Cluster(scheduler, random.fork('cluster'));
    this.jobRuns = new JobRuns(scheduler, faults, (name, input) => this.#jobStep(name, input));
  }

  /** Starts a poll. @returns settles when it is over */
  async poll(): Promise<void> {
    const startedAt = this.#outside.scheduler.now;
    let isDone = false;
    await this.invoke('poll', pollTime, (process) => {
      const context = this.#context(process);
      const transfers = this.#transfers(process, context);
      return schedule(context, {
        margin: pollMargin,
        run: async (deadline) => {
          await poll(context, { startTransfers: () => startTransfers(transfers), deadline });
          isDone = true;
        },
      });
    });
    if (isDone) this.onPoll(startedAt);
  }

  /** Starts to publish what happened. @returns settles when it is over */
  async publish(): Promise<void> {
    await this.invoke('publish', publishTime, (process) => {
      const publishing = {
        ...this.#context(process),
        bus: this.#outside.bus.seenBy(process),
        table: tables.unpublished,
      };
      return schedule(publishing, { margin: publishMargin, run: (deadline) => publishEvents(publishing, deadline) });
    });
  }

  /** Starts to look for results of which no news came, as functions/files/sweep-outbox.ts does. */
  async sweep(): Promise<void> {
    await this.invoke('sweep', sweepTime, (process) => {
      const context = this.#context(process);
      const transfers = this.#transfers(process, context);
      return schedule(context, {
        margin: sweepMargin,
        skip: () => isPaused(context.db, tables.control),
        run: async (deadline) => {
          if ((await sweepOutbox(transfers, deadline)) > 0) await startTransfers(transfers);
        },
      });
    });
  }

  /** Starts to do what requests about workspaces have left, as functions/workspaces/sweep.ts does. */
  async sweepWorkspaces(): Promise<void> {
    await this.invoke('sweep-workspaces', sweepTime, (process) => {
      const context = this.#jobs(process);
      return schedule(context, {
        margin: workspaceSweepMargin,
        run: async (deadline) => {
          await removeOfGoneOwners(context, deadline);
          await sweep(context, workHandlers, deadline);
        },
      });
    });
  }

  /** Has one of the people with an access do something in a workspace. */
  async useWorkspaces(random: Random, affected?: Affected): Promise<void> {
    await this.run('researcher', requestTime, (process) => {
      // Much happens between one call and the next.
      process.distance = random.pick([0, 0, 300, 1_500]);
      process.longestPut = random.pick([0, 15_000]);
      return useWorkspaces(this.#jobs(process), random, affected);
    });
  }

  /** Runs one step of a job's execution as a function of its own. @throws Error when it failed or ended early */
  async #jobStep(name: JobStepName, input: JobStepInput): Promise<JobStep> {
    const handlerOf = (process: Process) => {
      const context = this.#jobs(process);
      return invocation(context, { input: jobStepSchema, run: (step) => jobSteps[name](context, step) });
    };
    const step = await this.invoke(`${name}-job`, jobStepTimes[name], handlerOf, input);
    if (!step) throw new Error(`${name} ended early`);
    return step;
  }

  /** Has an operator do something, who may be far away: much happens between one call and the next. */
  async operate(deed: (desk: Parameters<Deed>[0] & MessageContext & { s3: S3Client }) => Promise<void>): Promise<void> {
    await this.run('operator', operatorTime, (process) => {
      process.distance = this.#outside.random.fork('distances').pick([0, 0, 1_000, 5_000]);
      return deed({ ...this.#context(process), tables });
    });
  }

  /** Has an operator put a result into the outbox, as infra/cli/files/send-file.ts does with a small one. */
  async sendResult(deed: ResultDeed): Promise<void> {
    const { content: Body, projectNo } = deed;
    if (Body === undefined) return;
    await this.run('operator', operatorTime, async (process) => {
      const { db, s3 } = this.#context(process);
      if ((await readProject({ db, tables }, projectNo))?.state !== 'active') return;
      await s3.send(new PutObjectCommand({ Bucket: filesBucket, Key: resultKey(deed), Body, IfNoneMatch: '*' }));
    });
  }

  /**
   * Has the provisioning side ask for an access's one-time password, as functions/users/take-one-time-password.ts answers it.
   *
   * @returns nothing when it gets no answer
   */
  takePassword(accessIdentifier: string): Promise<TakenPassword | undefined> {
    const take = (process: Process) => {
      const taking = {
        ...this.#context(process),
        tables,
        credentials: credentialsWith(process.settings.passwordKey),
      };
      return invocation(taking, { input: idSchema, run: (id) => takeOneTimePassword(taking, id) });
    };
    return this.invoke('take', takingTime, take, accessIdentifier);
  }

  async #handle(type: string, records: SQSRecord[]): Promise<SQSBatchResponse | undefined> {
    const handlerOf = (process: Process) => {
      process.distance = this.distanceOf(type);
      const context = this.#context(process);
      const stores = { transfers: this.#transfers(process, context), removal: this.#jobs(process) };
      return functionFor(type, context, stores, process.settings.passwordKey);
    };
    const handled = this.onMessages(messagesOf(type, records));
    const answer = await this.invoke(type, messageFunctionTime, handlerOf, { Records: records } satisfies SQSEvent);
    const failed = new Set(answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    if (answer)
      handled(
        messagesOf(
          type,
          records.filter(({ messageId }) => !failed.has(messageId)),
        ),
      );
    return answer;
  }

  #context(process: Process): MessageContext & { s3: S3Client } {
    const { scheduler, calls, faults, random, portal, s3 } = this.#outside;
    const lags = random.fork('lags');
    const { maxAttempts, mismatchesPerHour, holdMismatchesOf, holdTypes } = process.settings;
    const db = this.databaseOf(process);
    const s3Times = {
      put: () => {
        const longest = faults.draw('put', ['put slow']) ? 25_000 : process.longestPut;
        return longest > 0 ? longest * lags.next() : 0;
      },
      complete: () => (faults.draw('completion', ['complete late']) ? longestCompletion * lags.next() : 0),
      isUnanswered: () => faults.draw('completed', ['completion unanswered']) !== undefined,
    };
    const clock = this.clockOf(process);
    const apiKey = guardedKey(async () => portal.key, { db, clock, table: tables.control });
    return {
      db,
      sqs: sqsOf(calls, process, this.queues),
      s3: s3Of(calls, process, s3, s3Times, (milliseconds) => scheduler.sleep(milliseconds)),
      portal: portal.seenBy(process, apiKey, clock),
      clock,
      log: this.logOf(process),
      tables,
      internalBucket: 'internal',
      queues: Object.fromEntries(messageTypes.map((type) => [type, type])),
      settings: { pollSeconds: 60, maxAttempts, mismatchesPerHour, holdMismatchesOf, holdTypes },
    };
  }

  #jobs(process: Process): JobsContext {
    const context = this.#context(process);
    const { db, clock, s3 } = context;
    const sfn = this.jobRuns.seenBy(this.#outside.calls, process);
    return {
      ...context,
      tables,
      workspacesBucket: { s3, name: workspacesBucket },
      configuration: workspacesConfiguration,
      jobs: jobExecutions({ db, clock, tables, sfn, stateMachineArn: 'job' }),
      jobsUrl: '',
      newToken: () => 'token',
      resource: () => this.cluster.seenBy(this.#outside.calls, process, s3),
    };
  }

  #transfers(process: Process, context: MessageContext): TransferContext {
    const sfn = this.executions.seenBy(this.#outside.calls, process);
    const { checksumTries } = this.settings;
    const bucket = { s3: context.s3, name: filesBucket };
    return { ...context, sfn, stateMachineArn: 'transfer', slots, checksumTries, bucket };
  }

  /** Runs one step of the state machine as a function of its own. @throws Error when it failed or ended early */
  async #step(name: string, input: object): Promise<object> {
    const { copyTime, chunksInFlight, taskAboveBytes } = this.settings;
    const time = name === 'Copy' ? copyTime : (stepTimes[name] ?? 30_000);
    const handlerOf = (process: Process) => {
      const context = this.#context(process);
      const limits = { time, chunksInFlight, taskAboveBytes };
      return stepFunction(name, context, this.#transfers(process, context), limits);
    };
    const result = await this.invoke(name, time, handlerOf, input);
    if (!result) throw new Error(`${name} ended early`);
    return result;
  }

  /** Program of a task, as in functions/files/send-task.ts. */
  async #sendByTask(task: StartedTask): Promise<void> {
    const { scheduler, calls } = this.#outside;
    this.onTask(task);
    const { token, input, life } = task;
    await this.run('SendByTask', longestTask, (process) => {
      const context = this.#context(process);
      const { clock, log } = context;
      if (Number.isFinite(life)) scheduler.after(life, () => process.end());
      const waiting = { sfn: this.executions.seenBy(calls, process), token, clock, log, names: {} };
      return workForToken(waiting, (signal) => send(context, input, signal));
    });
  }
}

/** Ids of the messages in records of the queue of a type. */
const messagesOf = (type: string, records: readonly SQSRecord[]): string[] =>
  type === outboxQueue ? [] : records.map(({ body }) => JSON.parse(body).messageId);
