import { transfersLine } from './subject.ts';

/** An entry of the line `transfers`: one file to be fetched, returned or sent. Removed when the transfer is done or given up. */
export interface TransferEntry {
  line: string;
  position: string;
  kind: 'delivery' | 'return' | 'result';
  fileId: string;
  /** The message that asked for the transfer; undefined for a result. */
  messageId?: string;
  /** For a file that another delivery is already fetching: the MD5 that the file has to have. */
  awaits?: string;
}

export const transferKey = (position: string) => ({ line: transfersLine, position });

/**
 * Sort key of a transfer. Transfers of one line stand together, so that lines can share the slots; results stand behind the
 * transfers that DST asked for.
 *
 * @param line of the message, or of the project for a result
 * @param position in that line
 */
export const transferPosition = (line: string, kind: TransferEntry['kind'], position: string): string =>
  `${encodeURIComponent(line)}/${kind === 'result' ? 1 : 0}/${position}`;

/** Key of the transfer of a return. */
export const returnKey = ({ line, position }: { line: string; position: string }) =>
  transferKey(transferPosition(line, 'return', position));
