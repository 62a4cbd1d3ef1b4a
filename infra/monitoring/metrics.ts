import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type MetricName, namespace } from '../../shared/platform/metrics.ts';

/** A custom metric of the gateway in CloudWatch. */
export function gatewayMetric(scope: Construct, metricName: MetricName, options: MetricOptions): Metric {
  return new Metric({ namespace, metricName, dimensionsMap: { service: Stack.of(scope).stackName }, ...options });
}

/** Period of at least a number of minutes, and of at least the poll interval, so that each period contains a poll. */
export const periodOf = (minutes: number, pollMinutes: number): Duration =>
  Duration.minutes(Math.max(minutes, pollMinutes));
