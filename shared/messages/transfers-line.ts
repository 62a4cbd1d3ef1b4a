import { transfersLine } from './subject.ts';

/** An entry of the line `transfers`: one file to be fetched, returned or sent. Gone when that is done or given up. */
export interface TransferEntry {
  line: string;
  position: string;
  kind: 'delivery' | 'return' | 'result';
  fileId: string;
  /** The message that asked for it; nobody asks for a result. */
  messageId?: string;
  /** For a delivery of a file that another delivery is bringing: the MD5 that the file has to have. */
  awaits?: string;
}

export const transferKey = (position: string) => ({ line: transfersLine, position });

/**
 * The place of a file among the transfers: with all others of its line, so that lines can share the slots, and there behind
 * what DST asked for when it is a result.
 *
 * @param line of the message that asks for it, or of a result's project
 * @param position in that line
 */
export const transferPosition = (line: string, kind: TransferEntry['kind'], position: string): string =>
  `${encodeURIComponent(line)}/${kind === 'result' ? 1 : 0}/${position}`;

/** The entry of a return that a message asks for. */
export const returnKey = ({ line, position }: { line: string; position: string }) =>
  transferKey(transferPosition(line, 'return', position));
