import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costsOf, countResources, type Load, loads, total } from '../../infra/cost/cost.ts';
import { tables } from '../../infra/cost/cost-tables.ts';
import { metrics } from '../../shared/platform/metrics.ts';
import { options } from './template/nag.ts';
import { synthesize } from './template/synthesis.ts';

const page = join(import.meta.dirname, '../../infra/cost/COST.md');
const resourcesOf = (settings: Record<string, unknown>) =>
  countResources(synthesize(settings).template.toJSON().Resources);
const counts = resourcesOf({});
const withNetwork = resourcesOf({ vpc: 'true' });
const withProxy = resourcesOf(options.jobsDomain);

/** The page with tables of today between their marks. */
function filled(text: string): string {
  const all = tables(counts, withNetwork, withProxy);
  return text.replace(
    /(<!-- (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin, name, end) => `${begin}${all[name]}\n${end}`,
  );
}

describe('the page of costs', () => {
  it('has the tables that come of the template (-u writes them anew)', async () => {
    await expect(filled(readFileSync(page, 'utf8'))).toMatchFileSnapshot(page);
  });
});

describe('a month', () => {
  const [idle, normal, busy] = loads.map((load) => costsOf(load, counts));

  it('in which nothing happens costs at most 8.50 USD', () => {
    expect(total(idle ?? [], 'paid')).toBeLessThanOrEqual(8.5);
  });

  it('costs more when more happens, by less than as much more', () => {
    const [few, many] = [total(normal ?? [], 'paid'), total(busy ?? [], 'paid')];
    expect(few).toBeGreaterThan(total(idle ?? [], 'paid'));
    expect(many).toBeGreaterThan(10 * few);
    expect(many).toBeLessThan(100 * few);
  });

  /** Use in addition to that of an idle gateway, by item. */
  function more(than: Partial<Load>): Record<string, number> {
    const none = { name: '', messages: 0, files: 0, gigabytes: 0, gigabytesSent: 0, gigabytesByTask: 0, orders: 0 };
    const before = costsOf(none, counts);
    const added = costsOf({ ...none, ...than }, counts).map(({ what, units }, index) => ({
      what,
      units: units - (before[index]?.units ?? 0),
    }));
    return Object.fromEntries(added.filter(({ units }) => units > 0).map(({ what, units }) => [what, units]));
  }

  it('has the time of what sends: a function with half a GB or a task, at 5 MB/s', () => {
    const byFunction = more({ gigabytesSent: 10 });
    expect(byFunction['Lambda, time']).toBeCloseTo(10 * 200 * 0.5);
    expect(byFunction).not.toHaveProperty('Fargate, time');
    const byTask = more({ gigabytesSent: 10, gigabytesByTask: 10 });
    expect(byTask['Fargate, time']).toBeCloseTo((10 * 200) / 3_600);
    expect(byTask).not.toHaveProperty('Lambda, time');
    for (const item of ['S3, reads', 'DynamoDB, writes', 'Step Functions', 'Sent to DST']) {
      expect(byFunction).toHaveProperty([item]);
      expect(byTask).toHaveProperty([item]);
    }
  });

  it('has events of messages and of files, put on the bus and archived', () => {
    for (const load of [{ messages: 1_000 }, { files: 1_000 }])
      expect(more(load)).toMatchObject({
        Events: expect.any(Number),
        'Events archived': expect.any(Number),
        'Events kept for a month': expect.any(Number),
      });
  });

  it('has what CloudFront takes for the requests of orders and for the files of the page', () => {
    const { 'HTTP API': toApi = 0, ...others } = more({ orders: 100 });
    expect(others['CloudFront, requests']).toBeGreaterThan(toApi);
    expect(others['CloudFront, functions']).toBeGreaterThan(toApi);
    expect(others['CloudFront, bytes']).toBeGreaterThan(0);
    expect(more({ messages: 1_000, files: 1_000 })).not.toHaveProperty(['CloudFront, requests']);
  });

  it('has each metric that the gateway tells', () => {
    expect(1 + (more({ messages: 1 })['Metrics of its own'] ?? 0)).toBe(Object.keys(metrics).length);
  });

  it.each([
    ['AWS::CloudWatch::Alarm', 'alarmMetrics', 33],
    ['AWS::KMS::Key', 'keys', 1],
    ['AWS::Lambda::EventSourceMapping', 'eventSources', 11],
  ] as const)('counts each %s', (type, name, most) => {
    expect(Object.keys(synthesize().resources(type)).length).toBeLessThanOrEqual(counts[name]);
    expect(counts[name]).toBeLessThanOrEqual(most);
  });
});
