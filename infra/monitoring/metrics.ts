import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type MetricName, namespace } from '../../shared/platform/metrics.ts';

/** One of the gateway's own metrics, as CloudWatch has it. */
export function gatewayMetric(scope: Construct, metricName: MetricName, options: MetricOptions): Metric {
  return new Metric({ namespace, metricName, dimensionsMap: { service: Stack.of(scope).stackName }, ...options });
}

/** At least so many minutes, and no fewer than are between two polls, so that each period has one. */
export const periodOf = (minutes: number, pollMinutes: number): Duration =>
  Duration.minutes(Math.max(minutes, pollMinutes));
