import type { HistoryEvent } from '../../history/history.ts';
import type { Write } from '../../platform/transaction.ts';
import type { MessageContent, MessageType } from '../../portal/messages.ts';
import type { MessageContext } from '../context.ts';
import { redispatchTime } from '../dispatch.ts';
import type { LineEntry, MessageRecord } from '../record.ts';

/** The content of the messages of one type. */
export type DataOf<Type extends MessageType> = (MessageContent & { type: Type })['data'];

/** One handler's hold on one message. */
export interface HandlerContext<Type extends MessageType = MessageType> {
  context: MessageContext;
  record: MessageRecord;
  data: DataOf<Type>;
  /** What is older and not marked yet, in order: of the same line all, of other lines what is about the same access or file. */
  older: readonly LineEntry[];
  /** The whole line. */
  entries: readonly LineEntry[];
  /** When the handler's lease ends, in milliseconds since 1970. */
  deadline: number;
}

/** What is to become of a message, decided from what the tables say. */
export type Plan =
  | {
      kind: 'commit';
      /** `open` when a part of it is done and the rest has to wait. */
      state: 'open' | 'applying' | 'applied' | 'working' | 'done' | 'superseded';
      /** Row changes, each with its condition. */
      writes: Write[];
      history: HistoryEvent[];
      /** Further attributes of the message. */
      message?: { [Key in 'passwordKeyId' | 'filesLeft' | 'raw' | 'rawKey']?: MessageRecord[Key] | undefined };
      /** For a return that is working: whether a deletion may pass it. */
      yields?: boolean;
      lacks?: undefined;
    }
  /**
   * It does not fit the tables; `held`: it is not marked but waits for a person. `lacks`: the subject for want of which it does
   * not fit, when it would once that is there.
   */
  | { kind: 'mismatch'; expected: string; found: string; held?: boolean; lacks?: string | undefined }
  /** It is held until a person approves of it. */
  | { kind: 'approval'; found: string }
  /**
   * It is not its time yet; waiting counts as no attempt. `until` in milliseconds since 1970; `yields`: others may pass;
   * `checks`: what it waits for is not over yet, else it is planned again at once.
   */
  | { kind: 'wait'; until: number; yields?: boolean; lacks?: string | undefined; checks?: Write[] };

/** What a message type does. Each step may run again after a crash and must then come to the same. */
export interface MessageHandler<Type extends MessageType = MessageType> {
  type: Type;
  /** Reads the rows and decides. */
  plan(turn: HandlerContext<Type>): Promise<Plan>;
  /** For effects over more rows than a transaction takes: does the next batches, and plans the end. */
  continueApplying?(turn: HandlerContext<Type>): Promise<Plan>;
  /** Delivers what the effect owes the portal. @returns false when a deletion has made that moot */
  deliverCredentials?(turn: HandlerContext<Type>): Promise<boolean>;
  /** Starts the transfers that the effect asked for. */
  start?(): Promise<void>;
}

/** Ends a call to the outside before the lease under which it is made. */
export const untilDeadline = ({ context, deadline }: Pick<HandlerContext, 'context' | 'deadline'>): AbortSignal =>
  context.clock.timeout(deadline - context.clock.now());

/** Left of a handler's time, in milliseconds, when it begins nothing further. */
const margin = 5_000;

/** Whether a handler's time is up, but for what it needs to end what it has begun. */
export const isOver = ({ clock }: MessageContext, deadline: number): boolean => clock.now() >= deadline - margin;

export const done = (writes: Write[], history: HistoryEvent[]): Plan => ({
  kind: 'commit',
  state: 'done',
  writes,
  history,
});

export const mismatch = (expected: string, found: string): Plan => ({ kind: 'mismatch', expected, found });

/** A message does not fit for want of a subject: it is tried again when a message of a list in inverted order creates that. */
export const missing = (expected: string, lacks: string): Plan => ({
  kind: 'mismatch',
  expected,
  found: 'it does not exist',
  lacks,
});

/** Whether an older message has no effect yet, because a person has to decide about it or about one before it. */
export const isStuck = ({ state }: LineEntry): boolean => state === 'held' || state === 'open';

/** Looks again after two polls, and keeps no other revocation waiting meanwhile. */
export const waitForPerson = ({ clock, settings }: MessageContext): Plan & { kind: 'wait' } => ({
  kind: 'wait',
  until: clock.now() + redispatchTime(settings.pollSeconds),
  yields: true,
});

/** Waits until a lease is over, and looks every two polls whether it ended before its time. */
export const waitForLease = ({ clock, settings }: MessageContext, leaseUntil: number): Plan & { kind: 'wait' } => ({
  kind: 'wait',
  until: Math.min(leaseUntil, clock.now() + redispatchTime(settings.pollSeconds)),
});
