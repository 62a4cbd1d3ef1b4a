import type { HistoryEvent } from '../../history/history.ts';
import type { Write } from '../../platform/transaction.ts';
import type { MessageContent, MessageType } from '../../portal/message-schema.ts';
import type { MessageContext } from '../context.ts';
import { redispatchTime } from '../due.ts';
import type { LineEntry, MessageRecord } from '../record.ts';

/** The content of the messages of one type. */
export type DataOf<Type extends MessageType> = (MessageContent & { type: Type })['data'];

/** A message leased by one handler, with everything that the handler needs to process it. */
export interface HandlerContext<Type extends MessageType = MessageType> {
  context: MessageContext;
  record: MessageRecord;
  data: DataOf<Type>;
  /**
   * Older messages that are not marked yet, in order: all of the same line, and those of other lines about the same access or
   * file.
   */
  older: readonly LineEntry[];
  /** The whole line. */
  entries: readonly LineEntry[];
  /** Whether the plan before was refused, because some row had changed or was in the way: plan again from what is there. */
  isRefused: boolean;
  /** When the handler's lease ends, in milliseconds since 1970. */
  deadline: number;
}

/** Whether this is the first handler of a message: its insertion gave the message version 1, the lease version 2. */
export const isNew = ({ version }: Pick<MessageRecord, 'version'>): boolean => version <= 2;

/** The next step of a message, decided from the rows read. */
export type MessagePlan =
  | {
      kind: 'commit';
      /** `open` if a part of the effect is done and the rest has to wait. */
      state: 'open' | 'applying' | 'applied' | 'working' | 'held' | 'done' | 'superseded';
      /** Row changes, each with its condition. */
      writes: Write[];
      history: HistoryEvent[];
      /** Further attributes of the message. */
      message?: {
        [Key in 'passwordKeyId' | 'filesLeft' | 'heldFrom' | 'lastError' | 'revokedUser' | 'raw' | 'rawKey']?:
          | MessageRecord[Key]
          | undefined;
      };
      /** For state `applied`: no message waits for what `finish` goes on with. */
      outOfTheWay?: true;
      /** For a return in state `working`: whether a deletion may overtake it. */
      yields?: boolean;
      lacks?: undefined;
    }
  /**
   * The message does not fit the rows. `held`: it waits for a person and is not marked. `lacks`: the missing subject, if the
   * message would fit once that subject exists.
   */
  | { kind: 'mismatch'; expected: string; found: string; held?: boolean; lacks?: string | undefined }
  /** The message is held until a person approves. */
  | { kind: 'approval'; found: string }
  /**
   * The message has to wait; waiting counts as no attempt. `until` in milliseconds since 1970; `yields`: other messages may
   * overtake; `checks`: conditions that still force it to wait; if one fails, it is planned again at once.
   */
  | { kind: 'wait'; until: number; yields?: boolean; lacks?: string | undefined; checks?: Write[] };

/** The effect of a message type. Every step may run again after a crash and has to be idempotent. */
export interface MessageHandler<Type extends MessageType = MessageType> {
  type: Type;
  /** Reads the rows and decides. */
  plan(handling: HandlerContext<Type>): Promise<MessagePlan>;
  /** For effects on more rows than one transaction takes: changes the next batches of rows, and plans the last step. */
  continueApplying?(handling: HandlerContext<Type>): Promise<MessagePlan>;
  /** For effects after whose commit more has to be done before the message is: goes on with that in state `applied`. */
  finish?(handling: HandlerContext<Type>): Promise<MessagePlan>;
  /** Sends the portal the password that the effect created. @returns false if a deletion has superseded the message */
  deliverCredentials?(handling: HandlerContext<Type>): Promise<boolean>;
  /** Starts the transfers that the effect asked for. */
  start?(): Promise<void>;
}

/** Aborts an external call before the lease ends under which it is made. */
export const untilDeadline = ({ context, deadline }: Pick<HandlerContext, 'context' | 'deadline'>): AbortSignal =>
  context.clock.timeout(deadline - context.clock.now());

/** Remaining time, in milliseconds, below which a handler starts nothing new. */
const margin = 5_000;

/** Whether too little time remains before the deadline to start anything new. */
export const isOver = ({ clock }: MessageContext, deadline: number): boolean => clock.now() >= deadline - margin;

export const done = (writes: Write[], history: HistoryEvent[]): MessagePlan => ({
  kind: 'commit',
  state: 'done',
  writes,
  history,
});

export const mismatch = (expected: string, found: string): MessagePlan => ({ kind: 'mismatch', expected, found });

/**
 * Mismatch because a subject is missing. The message is retried if a later message creates the subject: the portal may list
 * messages in inverted order.
 */
export const missing = (expected: string, lacks: string): MessagePlan => ({
  kind: 'mismatch',
  expected,
  found: 'it does not exist',
  lacks,
});

/** Whether an older message has no effect yet because a person has to decide about it or about a message before it. */
export const isStuck = ({ state }: LineEntry): boolean => state === 'held' || state === 'open';

/** Waits for two polls, and lets other revocations overtake meanwhile. */
export const waitForPerson = ({ clock, settings }: MessageContext): MessagePlan & { kind: 'wait' } => ({
  kind: 'wait',
  until: clock.now() + redispatchTime(settings.pollSeconds),
  yields: true,
});

/** Leaves the rest to another queue message, at once. */
export const goOnAnew = ({ clock }: Pick<MessageContext, 'clock'>): MessagePlan & { kind: 'wait' } => ({
  kind: 'wait',
  until: clock.now(),
});

/** Waits until a lease ends, and checks every two polls whether it was released early. */
export const waitForLease = (
  { clock, settings }: MessageContext,
  leaseUntil: number,
): MessagePlan & { kind: 'wait' } => ({
  kind: 'wait',
  until: Math.min(leaseUntil, clock.now() + redispatchTime(settings.pollSeconds)),
});
