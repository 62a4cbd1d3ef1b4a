import type { FaultBox, FileBehaviour } from './faults.ts';
import type { MessageStore, PortalMessage } from './messages.ts';
import type { ReceivedFile, Recorder, SentCredential } from './record.ts';

/** A file that the portal has for the centre; its content is generated on request. */
export interface DeliveredFileContent {
  readonly fileId: string;
  readonly seed: string;
  /** Bytes. */
  readonly size: number;
  readonly checksum: string;
  /** Behaviours of the first request, the second and so on; the last one applies to all further requests. */
  behaviours: readonly FileBehaviour[];
  /** GET requests so far. */
  requests: number;
  /** The offsets at which a connection was broken already. */
  broken: Set<number>;
}

/** The state of the portal. */
export interface PortalState {
  readonly apiKey: string;
  /** Base path, without a slash at its end. */
  readonly prefix: string;
  readonly messages: MessageStore;
  readonly files: Map<string, DeliveredFileContent>;
  readonly confirmed: Set<string>;
  /** By access identifier, in the order they came. */
  readonly credentials: Map<string, SentCredential[]>;
  readonly received: ReceivedFile[];
  /** The last lists that were answered, newest last. */
  readonly lists: PortalMessage[][];
  readonly faults: FaultBox;
  readonly recorder: Recorder;
  readonly now: () => number;
}

/** The behaviour of the file's next request. */
export function behaviourOf(portal: PortalState, { behaviours, requests }: DeliveredFileContent): FileBehaviour {
  return { ...portal.faults.current().downloads, ...behaviours[Math.min(requests, behaviours.length - 1)] };
}

export type Bytes = Buffer | string;

/** Parameters of sending an answer's body. */
export interface SimulatedDelivery {
  readonly bytesPerSecond?: number | undefined;
  /** Cuts the connection after so many bytes. */
  readonly dropAfterBytes?: number | undefined;
  /** Sends nothing more after so many bytes. */
  readonly stallAfterBytes?: number | undefined;
  /** Leaves the request's body unread: the connection is cut after the answer, or stays as it is. */
  readonly leavesBody?: 'cut' | 'unread';
  readonly count?: (bytes: number) => void;
  /** Called when the connection is cut or stalls, with the number of bytes sent. */
  readonly onBreak?: (bytes: number) => void;
}

export interface SimulatedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Iterable<Bytes>;
  readonly delivery?: SimulatedDelivery;
}

/** An answer with the portal's ErrorDetails, or ProblemDetails for 415. */
export function refusal(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): SimulatedAnswer {
  const details = status === 415 ? { title: message, status } : { statusCode: status, message };
  const type = status === 415 ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8';
  return whole(status, type, JSON.stringify(details), headers);
}

/** An answer whose body is one text. */
export function whole(
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): SimulatedAnswer {
  const length = String(Buffer.byteLength(text));
  return { status, headers: { 'Content-Type': type, 'Content-Length': length, ...headers }, body: [text] };
}

export const done: SimulatedAnswer = { status: 200, headers: { 'Content-Length': '0' } };
