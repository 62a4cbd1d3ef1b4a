import { openLog } from '../log.ts';
import { logTime } from './log-time.ts';

/** Values of one request that the access log can have. */
export interface LogEntry {
  requestId: string;
  apiId: string;
  /** When the request came, in ms since 1970. */
  at: number;
  method?: string;
  address?: string;
  routeKey?: string;
  connectionId?: string;
  eventType?: string;
  status?: number;
  bytes?: number;
  milliseconds?: number;
  functionMilliseconds?: number;
  functionError?: string | undefined;
}

/** The values of `$context` variables; `-` for a missing value. */
const variables: Readonly<Record<string, (entry: LogEntry) => string | number | undefined>> = {
  requestId: ({ requestId }) => requestId,
  requestTime: ({ at }) => logTime(at),
  'identity.sourceIp': ({ address }) => address,
  routeKey: ({ routeKey }) => routeKey,
  httpMethod: ({ method }) => method,
  connectionId: ({ connectionId }) => connectionId,
  eventType: ({ eventType }) => eventType,
  status: ({ status }) => status,
  responseLatency: ({ milliseconds }) => milliseconds,
  integrationLatency: ({ functionMilliseconds }) => functionMilliseconds,
  responseLength: ({ bytes }) => bytes,
  'error.message': () => undefined,
  integrationErrorMessage: ({ functionError }) => functionError,
};

/** A line of the access log. @throws TypeError for a variable that is not known here */
export function logLine(format: string, entry: LogEntry): string {
  return format.replaceAll(/\$context\.([\w.]*\w)/g, (_, name: string) => {
    const value = variables[name];
    if (!value) throw new TypeError(`The local runner does not know $context.${name}`);
    return String(value(entry) ?? '-');
  });
}

export interface AccessLog extends Disposable {
  write(entry: LogEntry): void;
}

/** Appends to `logs/{name}-access.log`. @throws TypeError when the format has an unknown variable */
export function openAccessLog(dataDirectory: string, name: 'api' | 'live', format: string): AccessLog {
  logLine(format, { requestId: '', apiId: '', at: 0 });
  const file = openLog(dataDirectory, `${name}-access`);
  return {
    write(entry) {
      if (file.writableEnded) return;
      if (file.writableCorked === 0) {
        file.cork();
        setTimeout(() => file.uncork(), 20);
      }
      file.write(`${logLine(format, entry)}\n`);
    },
    [Symbol.dispose]: () => void file.end(),
  };
}
