/** The state of a message; shared/README.md explains each state. */
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

/** A person whose access is revoked, as a user of workspaces. */
export interface RevokedUser {
  userId: number;
  /** The project of the access. */
  projectNo: string;
}

/** A message that the portal lists although it agreed to mark it. Times are milliseconds since 1970. */
export interface Relisting {
  /** When it was first listed after it was marked. */
  since: number;
  /** How often it was marked again since. */
  told: number;
  /** Earliest time to mark it again. */
  nextAt: number;
}

/** A message as the table `messages` keeps it. Times are milliseconds since 1970. */
export interface MessageRecord {
  /** The portal's id, folded (UUIDs in lower case); for a message that reuses the id of another one, a derived key. */
  messageId: string;
  /** The id as the portal sent it first, if it differs. Calls to the portal use this id. */
  portalId?: string;
  /** The folded id that belonged to another message before, if an operator accepted this message as new. */
  reuses?: string;
  /** As received; may be unknown to us. */
  type: string;
  timestamp?: string;
  /** The JSON text as received; removed when its project is deleted. */
  raw?: string;
  /** Key of the JSON text in the internal bucket, if the text is too long for an item. */
  rawKey?: string;
  contentHash: string;
  line: string;
  position: string;
  state: MessageState;
  version: number;
  /** How often it was queued. */
  attempts: number;
  /** Number of transfers started for a return, including retries. A result of an older transfer is ignored. */
  transfers?: number;
  /** How many attempts of a return do not count because the portal refused the API key. */
  refusals?: number;
  /** Earliest time of the next attempt. */
  dueAt: number;
  /** End of the lease of the handler that processes it. */
  leaseUntil?: number;
  lastError?: string;
  /** The state in which it was held, from which a retry continues. */
  heldFrom?: MessageState;
  /** Whether an operator approved it, if the settings require that. */
  approved?: boolean;
  receivedAt: number;
  settledAt?: number;
  markedAt?: number;
  /** When DynamoDB may remove it, in seconds since 1970. */
  expiresAt?: number;
  /** How often the portal refused to mark it. */
  markRefusals?: number;
  /** Set if the portal last listed another message under its id: marking this message would mark that one. */
  idReused?: boolean;
  /** Set if the portal still lists the message although it was marked. */
  relisting?: Relisting;
  /** Identifies the secret from which its one-time password was derived. */
  passwordKeyId?: string;
  /** Files of a delivery that are not stored yet. */
  filesLeft?: number;
  /** Whose jobs a revocation that is in effect has still to stop, or whose workspaces it has still to remove. */
  revokedUser?: RevokedUser;
}

/**
 * A message's place in its line, kept in the table `lines` until the message is marked. Only unfinished entries block the
 * entries behind them.
 */
export interface LineEntry {
  line: string;
  position: string;
  messageId: string;
  type: string;
  /** The subject of the message, from `subjectOf`. */
  subject?: string;
  state: MessageState;
  contentHash: string;
  /** As in the message's record. */
  reuses?: string;
  /**
   * Revocations and deletions do not wait for the message because it waits itself, for a person, for a missing subject or for the
   * end of an outage. For a return in state `working`: it has failed, or its file cannot be fetched.
   */
  yields?: boolean;
  /** Its last attempt failed: revocations of accesses wait neither for it nor for the messages behind it. */
  fails?: boolean;
  /** Older messages of other lines about the same access or file, which have to take effect first. */
  follows?: Reference[];
  /** Lines of the messages that follow this one. */
  followedBy?: string[];
  /** For a delivery: those of its files that older messages are about. */
  creates?: string[];
  /** For the creation of an access: set if the access is absent after all older messages about it. */
  anew?: boolean;
  /** It is in effect, and no message waits for what it goes on with. */
  outOfTheWay?: true;
  /** The missing subject because of which it does not fit. Messages that create the subject overtake it. */
  lacks?: string;
}

/** Identifies a message and its place. */
export type Reference = Pick<LineEntry, 'line' | 'position' | 'messageId'>;

/** A message's attempts without the current one. Zero is possible: a duplicate of a queue message is not counted. */
export const oneAttemptLess = (attempts: number): number => Math.max(0, attempts - 1);

const settledStates: ReadonlySet<MessageState> = new Set(['done', 'superseded', 'dismissed']);

/** Whether nothing is left to do but to mark the message in the portal. */
export const isSettled = (state: MessageState): boolean => settledStates.has(state);
