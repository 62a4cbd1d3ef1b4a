/** What CloudWatch keeps the gateway's metrics under. Their one dimension is `service`, the name of the stack. */
export const namespace = 'DstGateway';

/**
 * What the gateway measures beside what AWS measures by itself, with CloudWatch's units. A metric costs by the hour in
 * which it is told, so what is zero is mostly not told.
 */
export const metrics = {
  /** 1 for a poll all of which went well, 0 for one of which something failed; of a poll that is skipped nothing is told. */
  PollsSucceeded: 'Count',
  /** 1 for a poll to which the portal said that it does not know the API key. */
  PortalUnauthorized: 'Count',
  /** Messages not marked yet when a poll began. Not told when there are none. */
  MessagesWaiting: 'Count',
  /**
   * Since when, when a poll began, the oldest message was here for which only the gateway itself or the portal is waited
   * for: neither a person (`held`) nor files (`working`).
   */
  OldestMessageAge: 'Seconds',
  /** Messages that the portal agreed to have marked. */
  MessagesMarked: 'Count',
  /** Incidents open when a poll began. Not told when there are none. */
  OpenIncidents: 'Count',
  /** Files still to be fetched, returned or sent when a poll began. Not told when there are none. */
  TransfersWaiting: 'Count',
  /** Transfers of a file that failed and are tried again, or given up. */
  TransferFailures: 'Count',
  /** Bytes fetched from the portal into S3, or sent to it; 0 with each poll that finds transfers waiting. */
  BytesMoved: 'Bytes',
  /** Requests that the HTTP API refused with status 429: counted from its access log, and told by no function. */
  ApiRequestsThrottled: 'Count',
} as const;

export type MetricName = keyof typeof metrics;
export type Measurements = { readonly [name in MetricName]?: number | undefined };

/**
 * Metrics as part of a log line, from which CloudWatch takes them (Embedded Metric Format): so a line that tells what
 * happened counts it, too. The logger's own `service` is the dimension. Only lines of level INFO and above are written.
 *
 * @param values what is undefined is not told
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
