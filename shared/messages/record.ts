import type { Relisting } from './relisting.ts';

/** Where a message stands; shared/README.md has a table of what each state means. */
export type MessageState =
  | 'open'
  | 'applying'
  | 'applied'
  | 'working'
  | 'done'
  | 'marked'
  | 'held'
  | 'superseded'
  | 'dismissed';

/** A message as the table `messages` keeps it. Times are milliseconds since 1970. */
export interface MessageRecord {
  /** The portal's id, folded (UUIDs in lower case); of a message that reuses another one's id, a key of its own. */
  messageId: string;
  /** The id as the portal sent it first, where that differs: the portal is told this one. */
  portalId?: string;
  /** The folded id that belonged to another message before, when a person took this one as new work. */
  reuses?: string;
  /** As received: it need not be one that we know. */
  type: string;
  timestamp?: string;
  /** The JSON text as received; gone once its project is deleted. */
  raw?: string;
  /** Where the JSON text is in the internal bucket, when it is too long for an item. */
  rawKey?: string;
  contentHash: string;
  line: string;
  position: string;
  state: MessageState;
  version: number;
  /** How often it was put to work. */
  attempts: number;
  /** How many transfers were started for a return, before and after retries: what an older one still does has no effect. */
  transfers?: number;
  /** How many of a return's attempts do not count, for the portal refused the API key. */
  refusals?: number;
  /** From when on it may be put to work. */
  dueAt: number;
  /** Until when somebody is at work on it. */
  leaseUntil?: number;
  lastError?: string;
  /** The state in which it was held, to go on from when a person says so. */
  heldFrom?: MessageState;
  /** Whether a person approved of it, where the settings ask for that. */
  approved?: boolean;
  receivedAt: number;
  settledAt?: number;
  markedAt?: number;
  /** When DynamoDB may remove it, in seconds since 1970. */
  expiresAt?: number;
  /** How often the portal refused to have it marked. */
  markRefusals?: number;
  /** The portal listed another message under its id last, and to mark this one would mark that one. */
  idReused?: boolean;
  /** Of a marked message: that the portal lists it all the same. */
  relisting?: Relisting;
  /** Which secret its one-time password was made with. */
  passwordKeyId?: string;
  /** Files of a delivery that are not stored yet. */
  filesLeft?: number;
}

/**
 * A message's place in its line, kept in the table `lines` until the message is marked.
 * Only entries whose turn is not over stand in the way of those behind them.
 */
export interface LineEntry {
  line: string;
  position: string;
  messageId: string;
  type: string;
  /** What the message is about, as `subjectOf` names it. */
  subject?: string;
  state: MessageState;
  contentHash: string;
  /** As in its record. */
  reuses?: string;
  /**
   * Revocations and deletions need not wait for it: it waits itself, for a person or for what it lacks. Of a return that is
   * working: it has failed, or its file can't be fetched.
   */
  yields?: boolean;
  /** Its last attempt failed: revocations of accesses wait neither for it nor for what is behind it. */
  fails?: boolean;
  /** Older messages of other lines about the same access or file: their effects come first. */
  follows?: Reference[];
  /** Lines of the messages that follow this one. */
  followedBy?: string[];
  /** Of a delivery: which of its files older messages are about. */
  creates?: string[];
  /** Of the creation of an access: older messages about the access leave it absent. */
  anew?: boolean;
  /** The subject for want of which it does not fit; whatever creates the subject passes it. */
  lacks?: string;
}

/** Where a message stands. */
export type Reference = Pick<LineEntry, 'line' | 'position' | 'messageId'>;

/** A message's attempts when the one at hand is not to count. It may never have: of a doubled queue message only one does. */
export const oneAttemptLess = (attempts: number): number => Math.max(0, attempts - 1);

const settledStates: ReadonlySet<MessageState> = new Set(['done', 'superseded', 'dismissed']);

/** Whether nothing is left to do but to tell the portal. */
export const isSettled = (state: MessageState): boolean => settledStates.has(state);
