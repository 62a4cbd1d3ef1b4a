import type { CallName } from './routes.ts';

/** One way to answer a request wrongly. */
export type PortalFault =
  /** Waits before anything else; goes together with any other fault. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** An ErrorDetails answer; nothing is applied. `retryAfter` is the header's value. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** An answer to the headers of an upload, whose body is never read: the connection is cut, or stays open. */
  | { readonly kind: 'early'; readonly status: number; readonly ending: 'cut' | 'unread' }
  /** An HTML page, like that of a proxy. */
  | { readonly kind: 'html'; readonly status: number }
  /** A 302; by default to an unknown path of the portal, so that following it is a violation. */
  | { readonly kind: 'redirect'; readonly location?: string }
  /** The connection is cut (or never answered) before anything is applied. */
  | { readonly kind: 'cut' | 'hang' }
  /** The request is applied, then the connection is cut (or never answered). */
  | { readonly kind: 'applied-cut' | 'applied-hang' }
  /** GET /messages: half of the JSON text, then the end of the body (`clean`) or of the connection (`cut`). */
  | { readonly kind: 'half-list'; readonly ending: 'clean' | 'cut' }
  /** GET /messages: the list answered `back` lists ago (1 to 10, default 1); empty before the first. */
  | { readonly kind: 'stale-list'; readonly back?: number }
  /** GET /messages: well-formed, but only the first `count` messages. */
  | { readonly kind: 'truncated-list'; readonly count: number };

/** A fault, and the requests that it applies to. */
export type FaultRule = PortalFault & {
  /** The calls that it applies to; every call when absent. */
  readonly calls?: readonly CallName[];
  /** How many requests it applies to; until it is cleared when absent. */
  readonly times?: number;
  /** Chance for each request, 0 to 1; always when absent. */
  readonly probability?: number;
};

/** How a file is served. Numbers of requests count every GET of the file, ranges too. */
export interface FileBehaviour {
  /** Bandwidth of each connection. */
  readonly bytesPerSecond?: number;
  /** Cuts the connection after so many bytes of the body, on the first `dropFirst` requests (default: all). */
  readonly dropAfterBytes?: number;
  readonly dropFirst?: number;
  /** Sends nothing more after so many bytes of the body, on the first `stallFirst` requests (default: all). */
  readonly stallAfterBytes?: number;
  readonly stallFirst?: number;
  /** Offsets in the file at which a connection is cut, or stalls; each applies to one connection. */
  readonly dropAt?: readonly number[];
  readonly stallAt?: readonly number[];
  /** No Content-Length. */
  readonly chunked?: boolean;
  /** Content-Range without the length of the file (RFC 9110, section 14.4). */
  readonly unknownTotal?: boolean;
  /** Whether Range is honoured; default true. */
  readonly ranges?: boolean;
  /** Number of first requests that get wrong bytes of the right size. */
  readonly corruptFirst?: number;
  /** Number of first requests that get half of the bytes, without Content-Length, ended as if complete. */
  readonly truncateFirst?: number;
  /** Content served instead, for a file that has changed at the portal: another seed, another size in bytes. */
  readonly seed?: string;
  readonly size?: number;
  /** Value of ETag without quotes; false for none; default the MD5. */
  readonly etag?: string | false;
  /** The fileSize in messages, if it differs from the true size. */
  readonly statedSize?: number;
  /** The file belongs to another centre: 403. */
  readonly forbidden?: boolean;
}

/** One behaviour for every request, or that of the first request, of the second and so on; the last one stays. */
export type FileBehaviours = FileBehaviour | readonly [FileBehaviour, ...FileBehaviour[]];

/** Everything that can be set while the simulator runs. */
export interface PortalFaults {
  /** The first rule that matches a request decides; latencies of all matching rules add up. */
  readonly rules: readonly FaultRule[];
  /** 404 for a message while an older one of the same project is unmarked. */
  readonly inOrderMarking: boolean;
  /** PATCH /messages: all or nothing, what can be marked, or not implemented with this status. */
  readonly bulkMarking: 'atomic' | 'partial' | 404 | 405;
  /** Message ids that get 403. */
  readonly otherCentreIds: readonly string[];
  /** Project numbers that can be confirmed; others get 404. */
  readonly knownProjects: 'all' | readonly string[];
  /** Project numbers that refuse result files with 403. */
  readonly forbiddenProjects: readonly string[];
  /** Encoding accepted by the streaming POSTs; the other one gets 415. */
  readonly streamingEncoding: 'application/octet-stream' | 'multipart/form-data';
  /** Longest request body of the form endpoints in bytes; 413 above. */
  readonly formLimitBytes: number;
  /** Default behaviour of files. */
  readonly downloads: FileBehaviour;
}

export const noFaults: PortalFaults = {
  rules: [],
  inOrderMarking: false,
  bulkMarking: 'atomic',
  otherCentreIds: [],
  knownProjects: 'all',
  forbiddenProjects: [],
  streamingEncoding: 'application/octet-stream',
  formLimitBytes: 2 ** 31 - 1,
  downloads: {},
};

/** Faults that apply to one request. */
export interface FaultDecision {
  readonly latency: number;
  readonly fault?: Exclude<FaultRule, { kind: 'latency' }>;
}

/** The current faults, with the remaining count of each rule. */
export interface FaultBox {
  current(): PortalFaults;
  set(faults: Partial<PortalFaults>): void;
  /** Faults for the next request of a call. Uses up one time of each rule that applies. */
  decide(call: CallName): FaultDecision;
}

/** @param random gives numbers from 0 (inclusive) to 1 (exclusive) */
export function createFaultBox(random: () => number): FaultBox {
  let faults = noFaults;
  let left = new Map<FaultRule, number>();

  function meets(rule: FaultRule, call: CallName): boolean {
    if (rule.calls !== undefined && !rule.calls.includes(call)) return false;
    return left.get(rule) !== 0 && (rule.probability === undefined || random() < rule.probability);
  }

  function use(rule: FaultRule): void {
    const times = left.get(rule);
    if (times !== undefined) left.set(rule, times - 1);
  }

  return {
    current: () => faults,
    set(changes) {
      faults = { ...faults, ...changes };
      if (changes.rules === undefined) return;
      left = new Map(changes.rules.flatMap((rule) => (rule.times === undefined ? [] : [[rule, rule.times]])));
    },
    decide(call) {
      let latency = 0;
      let fault: FaultDecision['fault'];
      for (const rule of faults.rules) {
        if ((fault !== undefined && rule.kind !== 'latency') || !meets(rule, call)) continue;
        use(rule);
        if (rule.kind === 'latency') latency += rule.milliseconds;
        else fault = rule;
      }
      return fault === undefined ? { latency } : { latency, fault };
    },
  };
}
