import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costsOf, countResources, loads, total } from '../../infra/cost.ts';
import { tables } from '../../infra/cost-tables.ts';
import { synthesize } from './synthesis.ts';

const page = join(import.meta.dirname, '../../infra/COST.md');
const resourcesOf = (settings: Record<string, unknown>) =>
  countResources(synthesize(settings).template.toJSON().Resources);
const counts = resourcesOf({});
const withNetwork = resourcesOf({ vpc: 'true' });

/** The page with tables of today between their marks. */
function filled(text: string): string {
  const all = tables(counts, withNetwork);
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

  it('in which nothing happens costs at most 8 USD', () => {
    expect(total(idle ?? [], 'paid')).toBeLessThanOrEqual(8);
  });

  it('costs more when more happens, by less than as much more', () => {
    const [few, many] = [total(normal ?? [], 'paid'), total(busy ?? [], 'paid')];
    expect(few).toBeGreaterThan(total(idle ?? [], 'paid'));
    expect(many).toBeGreaterThan(10 * few);
    expect(many).toBeLessThan(100 * few);
  });

  it.each([
    ['AWS::CloudWatch::Alarm', 'alarmMetrics', 25],
    ['AWS::KMS::Key', 'keys', 1],
    ['AWS::Lambda::EventSourceMapping', 'eventSources', 11],
  ] as const)('counts each %s', (type, name, most) => {
    expect(Object.keys(synthesize().resources(type)).length).toBeLessThanOrEqual(counts[name]);
    expect(counts[name]).toBeLessThanOrEqual(most);
  });
});
