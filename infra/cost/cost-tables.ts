import { costsOf, type Item, loads, networkItems, proxyItems, type ResourceCounts, total } from './cost.ts';

/**
 * The tables of COST.md, by name.
 *
 * @param withNetwork of a template with `vpc`
 * @param withProxy of a template with `jobsDomain`
 */
export function tables(
  counts: ResourceCounts,
  withNetwork: ResourceCounts,
  withProxy: ResourceCounts,
): Record<string, string> {
  return {
    costs: costTable(counts),
    network: addedTable(withNetwork, networkItems),
    proxy: addedTable(withProxy, proxyItems),
  };
}

function costTable(counts: ResourceCounts): string {
  const columns = loads.map((load) => costsOf(load, counts));
  const rows = (columns[0] ?? []).map(({ what, price }, index) => [
    what,
    price,
    ...columns.flatMap((costs) => [amount(costs[index]?.units ?? 0), dollars(costs[index]?.paid ?? 0)]),
  ]);
  const sums = (label: string, which: 'full' | 'paid') => [
    `**${label}**`,
    '',
    ...columns.flatMap((costs) => ['', `**${dollars(total(costs, which))}**`]),
  ];
  return table(
    ['item', 'price', ...loads.flatMap(({ name }) => [name, 'USD'])],
    [...rows, sums('A month', 'paid'), sums('Where others use up what is free', 'full')],
  );
}

function addedTable(counts: ResourceCounts, items: readonly Item[]): string {
  const columns = loads.map((load) => costsOf(load, counts, items));
  const rows = (columns[0] ?? []).map(({ what, price }, index) => [
    what,
    price,
    ...columns.map((costs) => dollars(costs[index]?.paid ?? 0)),
  ]);
  const sums = ['**A month**', '', ...columns.map((costs) => `**${dollars(total(costs, 'paid'))}**`)];
  return table(['item', 'price', ...loads.map(({ name }) => name)], [...rows, sums]);
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const dollars = (usd: number) => usd.toFixed(2);

/** Formats an amount with three digits, the precision of the estimates. */
const amount = (units: number) => Number(units.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 2 });
