/** CloudWatch namespace of the gateway's metrics. Their only dimension is `service`, the name of the stack. */
export const namespace = 'DstGateway';

/**
 * The gateway's metrics in addition to those of AWS, with CloudWatch's units. A metric is charged for each hour with data, so
 * most metrics are not emitted when zero.
 */
export const metrics = {
  /** 1 for a successful poll, 0 for a poll of which a step failed. Not emitted for a skipped poll. */
  PollsSucceeded: 'Count',
  /** 1 for a poll whose API key the portal refused. */
  PortalUnauthorized: 'Count',
  /** Messages not marked yet when a poll began. Not emitted for zero. */
  MessagesWaiting: 'Count',
  /**
   * Age, when a poll began, of the oldest message that waits only for the gateway or the portal, and neither for a person
   * (`held`) nor for files (`working`).
   */
  OldestMessageAge: 'Seconds',
  /** Messages that the portal has marked. */
  MessagesMarked: 'Count',
  /** Incidents open when a poll began. Not emitted for zero. */
  OpenIncidents: 'Count',
  /** Files still to be fetched, returned or sent when a poll began. Not emitted for zero. */
  TransfersWaiting: 'Count',
  /** Failed transfers of files, retried or given up. */
  TransferFailures: 'Count',
  /** Bytes fetched from the portal into S3 or sent to it; 0 with each poll that finds waiting transfers. */
  BytesMoved: 'Bytes',
  /** Requests that the HTTP API refused with status 429, counted from its access log and not emitted by a function. */
  ApiRequestsThrottled: 'Count',
  /**
   * Requests to the WebSocket API that failed, counted from its access log, and failures to push to a connection that is there
   * or to watch connections.
   */
  LiveFailures: 'Count',
  /** Tries to sign in that were refused, for names that nobody has too. */
  SignInsRefused: 'Count',
} as const;

export type MetricName = keyof typeof metrics;
export type Measurements = { readonly [name in MetricName]?: number | undefined };

/**
 * Metrics as keys of a log line, from which CloudWatch extracts them (Embedded Metric Format), so that the line that logs an
 * event also counts it. The dimension is the logger's `service`. Only lines of level INFO and above are written.
 *
 * @param values undefined values are not emitted
 * @param at milliseconds since 1970
 */
export function emfMetrics(values: Measurements, at: number): Record<string, unknown> {
  const told = (Object.keys(metrics) as MetricName[]).filter((name) => values[name] !== undefined);
  if (told.length === 0) return {};
  const Metrics = told.map((Name) => ({ Name, Unit: metrics[Name] }));
  return {
    ...Object.fromEntries(told.map((name) => [name, values[name]])),
    _aws: { Timestamp: at, CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [['service']], Metrics }] },
  };
}
