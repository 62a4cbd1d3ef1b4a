import type { Fixture, Row } from './fixture.ts';

/** Key that distinguishes the items of a table. */
const kindOf: Record<string, (item: Row) => unknown> = {
  lines: ({ line, kind }) => (line === 'transfers' ? `transfer of a ${kind}` : 'message'),
  control: ({ name }) => String(name).split('#', 1)[0],
  files: ({ fileId, objectKey }) => (fileId === objectKey ? 'result' : 'file'),
  members: ({ member }) => String(member).split('#', 1)[0],
};

/** Attributes of the items with their types, by kind, with their states and names of events. */
export function shapeOf({ items, queues, executions }: Fixture): Record<string, string[]> {
  const shape: Record<string, Set<string>> = {};
  const note = (kind: string, value: unknown) => {
    shape[kind] ??= new Set();
    for (const attribute of attributesOf(value)) shape[kind].add(attribute);
  };
  for (const { table, item } of items) note(`${table}: ${kindOf[table]?.(item) ?? 'all'}`, item);
  for (const { body } of queues) note('queue message', JSON.parse(body));
  for (const { state } of executions) note(`execution: ${state.kind}`, state);
  return Object.fromEntries(
    Object.entries(shape)
      .map(([kind, attributes]) => [kind, [...attributes].toSorted()] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Attributes by their paths, of what is in lists under one path; words that only have a few values with these. */
function attributesOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => attributesOf(each, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [`${path} ${value === null ? 'null' : typeof value}`];
  return Object.entries(value).flatMap(([name, each]) =>
    words.has(name) ? [`${path}.${name} ${each}`] : attributesOf(each, `${path}.${name}`),
  );
}

const words: ReadonlySet<string> = new Set(['state', 'kind', 'event', 'heldFrom', 'next']);
