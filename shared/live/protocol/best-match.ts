import type { ErrorObject } from 'ajv';

// The choice among violations that Python's `jsonschema` 4.26 makes (`best_match`).

export type SchemaViolation = ErrorObject<string, Record<string, unknown>, unknown>;

/** Keywords whose violations only report that a schema below them was violated, which `jsonschema` reports itself. */
const wrappers: ReadonlySet<string> = new Set(['if', 'propertyNames']);

/** Keywords that `jsonschema` prefers not to report beside others. */
const weak: ReadonlySet<string> = new Set(['anyOf', 'oneOf']);

/** Violations that are compared with each other. A hostile message may have ten thousands. */
const maxCompared = 200;

/** The violation that `jsonschema` calls the best match: the nearest to the top, and of alternatives the deepest of a unique one. */
export function bestMatch(violations: readonly SchemaViolation[]): SchemaViolation {
  const depth = ({ instancePath }: SchemaViolation) => instancePath.split('/').length;
  const reported = violations
    .filter(({ keyword }) => !wrappers.has(keyword))
    .toSorted((one, other) => depth(one) - depth(other))
    .slice(0, maxCompared);
  const top = reported.filter((violation) => !reported.some((other) => isBelow(violation, other)));
  let [best] = inSchemaOrder(top).toSorted((one, other) => compare(other, one));
  if (!best) throw new TypeError('a message without a violation has no text');
  for (;;) {
    const parent: SchemaViolation = best;
    const below = reported.filter((violation) => isBelow(violation, parent));
    const nearest = below.filter((one) => !below.some((other) => isBelow(one, other)));
    const [first, second] = inSchemaOrder(nearest).toSorted(compare);
    if (!first || (second && compare(first, second) === 0)) return best;
    best = first;
  }
}

/** Whether a violation was found in one of the alternatives of another. */
function isBelow(violation: SchemaViolation, { keyword, schemaPath }: SchemaViolation): boolean {
  return weak.has(keyword) && violation.schemaPath.startsWith(`${schemaPath}/`);
}

/** Sorts violations of one object by the order of its keywords. */
function inSchemaOrder(violations: readonly SchemaViolation[]): SchemaViolation[] {
  const position = ({ parentSchema = {}, keyword }: SchemaViolation) => Object.keys(parentSchema).indexOf(keyword);
  return violations.toSorted((one, other) =>
    one.parentSchema === other.parentSchema ? position(one) - position(other) : 0,
  );
}

/** The order of relevance of `jsonschema`. */
function compare(one: SchemaViolation, other: SchemaViolation): number {
  const [path, otherPath] = [pathOf(one), pathOf(other)];
  return (
    otherPath.length - path.length ||
    comparePaths(path, otherPath) ||
    Number(weak.has(other.keyword)) - Number(weak.has(one.keyword)) ||
    Number(matchesType(other)) - Number(matchesType(one))
  );
}

function comparePaths(path: readonly (string | number)[], other: readonly (string | number)[]): number {
  for (const [index, key] of path.entries()) {
    const [left, right] = [key, other[index] ?? key];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

function matchesType({ parentSchema, data }: SchemaViolation): boolean {
  const types: unknown[] = [parentSchema?.type].flat();
  const type = data === null ? 'null' : Array.isArray(data) ? 'array' : typeof data;
  return types.includes(type) || (types.includes('integer') && Number.isInteger(data));
}

/** Keys from the message to the value; an index of a list is a number. */
export function pathOf({ instancePath }: SchemaViolation): (string | number)[] {
  return pointer(instancePath).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

/** Keys of a JSON pointer. */
export const pointer = (text: string): string[] =>
  text
    .split('/')
    .slice(1)
    .map((key) => decodeURIComponent(key.replaceAll('~1', '/').replaceAll('~0', '~')));
