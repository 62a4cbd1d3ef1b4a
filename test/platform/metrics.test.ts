import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createLog } from '../../shared/platform/logger.ts';
import { emfMetrics, type MetricName, metrics, namespace } from '../../shared/platform/metrics.ts';

/** CloudWatch's requirements on a line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const lineSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.int(),
    CloudWatchMetrics: z.tuple([
      z.object({
        Namespace: z.literal(namespace),
        Dimensions: z.tuple([z.tuple([z.string()])]),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })).min(1),
      }),
    ]),
  }),
});

const names = Object.keys(metrics) as MetricName[];
const values = fc.dictionary(fc.constantFrom(...names), fc.nat(), { minKeys: 1 });

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Lines written to standard output. */
function lineOf(write: () => void): unknown {
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'my-stack');
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  write();
  vi.restoreAllMocks();
  return JSON.parse(lines.join(''));
}

describe('a log line with metrics', () => {
  it('is what CloudWatch takes metrics from, whatever they are', () => {
    fc.assert(
      fc.property(values, fc.nat(), (given, at) => {
        const line = lineSchema.parse(
          lineOf(() => createLog().info('something', { messageId: 'm-1', ...emfMetrics(given, at) })),
        );
        const [{ Metrics, Dimensions }] = line._aws.CloudWatchMetrics;
        expect(line).toMatchObject({ message: 'something', messageId: 'm-1', service: 'my-stack', ...given });
        expect(line._aws.Timestamp).toBe(at);
        expect(Dimensions).toEqual([['service']]);
        expect(Metrics.map(({ Name }) => Name).sort()).toEqual(Object.keys(given).sort());
        for (const { Name, Unit } of Metrics) expect(Object.entries(metrics)).toContainEqual([Name, Unit]);
      }),
    );
  });

  it('has none that are not told', () => {
    expect(emfMetrics({ MessagesWaiting: undefined }, 1)).toEqual({});
    expect(emfMetrics({ MessagesWaiting: undefined, PollsSucceeded: 0 }, 1)).not.toHaveProperty('MessagesWaiting');
  });
});

describe('the metrics', () => {
  it('are twelve at most: each costs', () => {
    expect(names.length).toBeLessThanOrEqual(12);
  });
});
