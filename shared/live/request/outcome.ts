import type { Resumption } from '../channel/log.ts';
import type { Closing } from '../close.ts';
import type { ConnectionRow } from '../connection.ts';
import type { Message } from '../protocol/message.ts';

/** Outcome of a message. */
export interface Outcome {
  answer: Message;
  /** How the connection changes. */
  changes?: Partial<ConnectionRow>;
  /** Pushes that the client missed: it gets them after the answer, and all others from then on. */
  missed?: Resumption;
  /** Whether the connection is closed after the answer; `quietly` without another message. */
  close?: Closing | 'quietly';
}
