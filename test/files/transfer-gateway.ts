import * as z from 'zod';
import { ServiceError } from '../../infra/local/services/json-server.ts';
import { ChunkPool } from '../../shared/files/copy/chunks.ts';
import { copyFiles } from '../../shared/files/copy/copy-files.ts';
import { sendFile } from '../../shared/files/send/send.ts';
import { completeTransfer } from '../../shared/files/transfer/complete.ts';
import { failTransfer } from '../../shared/files/transfer/fail.ts';
import { prepareTransfer } from '../../shared/files/transfer/prepare.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { deliverySchema, outboundSchema, type Transfer, transferSchema } from '../../shared/files/transfer.ts';
import type { TransferContext } from '../../shared/files/transfer-context.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import { poll } from '../../shared/messages/poll/poll.ts';
import { systemClock } from '../../shared/platform/time.ts';
import type { MessageType } from '../../shared/portal/message-schema.ts';
import { createHandlers, type Handler } from '../support/handlers.ts';
import type { Tables } from '../support/services.ts';
import { passwordSecret } from '../support/world.ts';
import type { TestClock } from './clock.ts';
import type { Crashes } from './crashes.ts';
import type { Services } from './file-services.ts';
import type { Outside } from './outside.ts';

const messageTime = 28_000;
const pollTime = 290_000;

export interface GatewayParts {
  name: string;
  services: Services;
  outside: Outside;
  context: MessageContext;
  clock: TestClock;
  tables: Tables;
  crashes: Crashes;
  slots: number;
  checksumTries: number;
  maxFormBytes: number;
  taskAboveBytes: number;
}

const startSchema = z.object({ name: z.string(), input: z.string() });
const bodySchema = z.object({ messageId: z.string() });
/** Steps of an execution; each names the next. */
export const steps = ['prepare', 'copy', 'send', 'task', 'complete', 'fail'] as const;
export type Step = (typeof steps)[number];
const failed = { next: 'fail' } as const;
const stopped = { next: 'stop' } as const;

/** The gateway's functions, called one after the other as Lambda and Step Functions would, each in a process of its own. */
export class TransferGateway {
  /** Executions that were started and are not run yet. */
  readonly started: Transfer[] = [];
  /** Fate of an execution whose step dies: it goes to Fail, or is lost, as when the whole machine is killed. */
  afterCrash: 'fail' | 'lost' = 'fail';
  readonly transfers: TransferContext;
  readonly handlers: Record<MessageType, Handler>;
  readonly #parts: GatewayParts;
  readonly #names = new Set<string>();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    const { context, tables, outside, slots, checksumTries, services, name } = parts;
    const { sfn, s3 } = outside;
    this.transfers = {
      ...context,
      sfn,
      stateMachineArn: `arn:${name}`,
      slots,
      checksumTries,
      bucket: { s3, name },
    };
    const readSecret = async () => JSON.stringify(passwordSecret);
    this.handlers = createHandlers(context, tables, this.transfers, readSecret);
    services.actions['AWSStepFunctions.StartExecution'] = (input) => this.#start(startSchema.parse(input));
  }

  /** Every name that an execution had: none is ever free again. */
  get executionNames(): ReadonlySet<string> {
    return this.#names;
  }

  #start({ name, input }: z.infer<typeof startSchema>) {
    if (this.#names.has(name)) throw new ServiceError('ExecutionAlreadyExists', name);
    this.#names.add(name);
    this.started.push(transferSchema.parse(JSON.parse(input)));
    return { executionArn: `arn:execution:${name}`, startDate: 0 };
  }

  async poll(): Promise<void> {
    const { context, crashes, clock } = this.#parts;
    const deadline = clock.now() + pollTime;
    const options = { deadline, startTransfers: () => this.startTransfers() };
    await crashes.invoke(() => poll(context, options));
  }

  startTransfers(): Promise<void> {
    return startTransfers(this.transfers);
  }

  /** Works off what is queued and started, until nothing is left to do now. */
  async work(): Promise<void> {
    for (;;) {
      const handled = await this.handleQueued();
      const started = this.started.splice(0);
      for (const transfer of started) await this.run(transfer);
      if (handled === 0 && started.length === 0) return;
    }
  }

  /** Handles what is in the queues. @returns how many messages there were */
  async handleQueued(): Promise<number> {
    const { name, services, crashes, clock } = this.#parts;
    let handled = 0;
    for (const [type, { handle }] of Object.entries(this.handlers)) {
      const queue = `${name}-${type}`;
      const messages = await services.sqs.receive(queue, 10, 0);
      // Lost when the function dies: the queues only carry the news.
      await services.sqs.delete(
        queue,
        messages.map((message) => message.ReceiptHandle),
      );
      for (const { Body } of messages) {
        const { messageId } = bodySchema.parse(JSON.parse(Body));
        await crashes.invoke(() => handle(messageId, clock.now() + messageTime));
      }
      handled += messages.length;
    }
    return handled;
  }

  /** Takes one execution through the state machine, from its beginning unless told: a step that throws or dies leads to Fail. */
  async run(transfer: Transfer, from: Step = 'prepare'): Promise<void> {
    const { crashes } = this.#parts;
    let state = transfer;
    let step = from;
    for (;;) {
      const [now, call] = [state, step];
      const run = async (): Promise<{ next: Step | 'stop' }> => this[call](now).catch(() => failed);
      const output = (await crashes.invoke(run)) ?? (this.afterCrash === 'lost' ? stopped : failed);
      if (output.next === 'stop') return;
      step = output.next;
      if (step !== 'fail') state = transferSchema.parse(JSON.parse(JSON.stringify(output)));
    }
  }

  prepare(transfer: Transfer) {
    const { outside, clock, tables, name, taskAboveBytes } = this.#parts;
    const bucket = { s3: outside.s3, name };
    return prepareTransfer({ db: outside.db, clock, tables, bucket, taskAboveBytes }, transfer);
  }

  copy(transfer: Transfer, isTimeUp = () => false) {
    return copyFiles(this.copying, this.io, deliverySchema.parse(transfer), isTimeUp);
  }

  /** Dependencies of a copy. */
  get copying() {
    const { outside, clock, context, tables } = this.#parts;
    return { db: outside.db, clock, log: context.log, tables };
  }

  get io() {
    const { outside, name: bucket } = this.#parts;
    const chunks = new ChunkPool();
    const limits = {
      chunks,
      rangesInFlight: 4,
      bytesInFlight: 64 * 2 ** 20,
      firstByteTime: 10_000,
      minBytesPerSecond: 20_000,
    };
    return { portal: outside.portal, s3: outside.s3, bucket, clock: systemClock, ...limits };
  }

  get sending() {
    return { ...this.io, ...this.copying, maxFormBytes: this.#parts.maxFormBytes };
  }

  send(transfer: Transfer, signal = new AbortController().signal) {
    return sendFile(this.sending, outboundSchema.parse(transfer), signal);
  }

  /** A task runs the same code. */
  task(transfer: Transfer) {
    return this.send(transfer);
  }

  complete(transfer: Transfer) {
    return completeTransfer(this.transfers, transfer);
  }

  fail(transfer: Transfer) {
    return failTransfer(this.transfers, transfer, 'The transfer ended early: Test');
  }
}
