import { type CallName, calls } from './routes.ts';

/** A broken rule of the protocol; never holds a header's value or a body. */
export interface ProtocolViolation {
  readonly call: CallName | 'unknown';
  readonly rule: string;
}

/** A credential that a centre sent. */
export interface SentCredential {
  readonly method: 'POST' | 'PATCH';
  /** Only with POST. */
  readonly loginName?: string;
  readonly oneTimePassword: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A file that a centre sent, hashed and dropped. */
export interface ReceivedFile {
  readonly call: CallName;
  readonly fileId?: string;
  readonly projectNo?: string;
  readonly fileName?: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly md5: string;
  readonly at: number;
}

/** How a request ended: with a status, deliberately cut or left hanging, or aborted by the client. */
export type CallOutcome = number | 'cut' | 'hang' | 'aborted';

/** Statistics of the portal since its start. */
export interface Traffic {
  readonly violations: ProtocolViolation[];
  /** By call, then by outcome: how many requests. */
  readonly requests: Record<CallName | 'unknown', Record<string, number>>;
  /** By call: the most requests that were open at once; `all` over every call. */
  readonly maxConcurrent: Record<CallName | 'unknown' | 'all', number>;
  /** By file id: the GET requests with a body, and the bytes handed to the network. */
  readonly served: Map<string, { requests: number; bytes: number }>;
}

export interface Recorder {
  readonly traffic: Traffic;
  violation(call: CallName | 'unknown', rule: string): void;
  outcome(call: CallName | 'unknown', outcome: CallOutcome): void;
  /** Counts a request as open until the function it gives is called. */
  open(call: CallName | 'unknown'): () => void;
  /** Counts a download; the function it gives counts the bytes of its body. */
  download(fileId: string): (bytes: number) => void;
}

export function createRecorder(): Recorder {
  const traffic: Traffic = {
    violations: [],
    requests: forEveryCall(() => ({})),
    maxConcurrent: { ...forEveryCall(() => 0), all: 0 },
    served: new Map(),
  };
  const concurrent = { ...forEveryCall(() => 0), all: 0 };

  return {
    traffic,
    violation: (call, rule) => void traffic.violations.push({ call, rule }),
    outcome(call, outcome) {
      const counts = traffic.requests[call];
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    },
    open(call) {
      for (const name of [call, 'all'] as const) {
        concurrent[name] += 1;
        traffic.maxConcurrent[name] = Math.max(traffic.maxConcurrent[name], concurrent[name]);
      }
      return () => {
        concurrent[call] -= 1;
        concurrent.all -= 1;
      };
    },
    download(fileId) {
      const entry = traffic.served.get(fileId) ?? { requests: 0, bytes: 0 };
      traffic.served.set(fileId, entry);
      entry.requests += 1;
      return (bytes) => {
        entry.bytes += bytes;
      };
    },
  };
}

function forEveryCall<T>(value: () => T): Record<CallName | 'unknown', T> {
  const record: Partial<Record<CallName | 'unknown', T>> = {};
  for (const call of [...calls, 'unknown'] as const) record[call] = value();
  return record as Record<CallName | 'unknown', T>;
}
