import type { ErrorObject } from 'ajv';
import { shorten } from '../../platform/cut.ts';
import { pythonRepr } from '../../platform/python-repr.ts';
import { bestMatch, pathOf, pointer, type SchemaViolation } from './best-match.ts';

// Texts of Python's `jsonschema` 4.26, by which clients know what is wrong with a message.

/**
 * Describes why a message violates a schema.
 *
 * @param violations all that ajv found, with `allErrors` and `verbose`
 * @param message as `parseKeepingNumbers` reads it
 */
export function schemaErrorText(violations: readonly ErrorObject[], message: unknown): string {
  const best = bestMatch(violations as readonly SchemaViolation[]);
  const place = pathOf(best).map((key) => `[${pythonRepr(key)}]`);
  const rule = schemaPathOf(best).map((key) => `[${pythonRepr(key)}]`);
  const line = shorten(lineOf(best, valueAt(message, pathOf(best)), violations as readonly SchemaViolation[]), longest);
  return `${line}\n\nFailed validating '${best.keyword}' in schema${rule.join('')}\n\nOn instance${place.join('')}`;
}

/** Longest line, in characters: it keeps an answer far below the 128 KB of a message. */
const longest = 2_001;

const schemaPathOf = ({ schemaPath }: SchemaViolation): string[] => pointer(schemaPath.replace(/^#/, '')).slice(0, -1);

const valueAt = (message: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce((value, key) => Reflect.get(Object(value), key), message);

const quoted = (names: readonly string[]): string => names.map(pythonRepr).join(', ');

function lineOf(violation: SchemaViolation, instance: unknown, all: readonly SchemaViolation[]): string {
  const { keyword, params, schema, message, instancePath, parentSchema, propertyName } = violation;
  const value = pythonRepr(propertyName ?? instance);
  const isLimit = (limit: number) => params.limit === limit;
  switch (keyword) {
    case 'required':
      return `${pythonRepr(params.missingProperty)} is a required property`;
    case 'dependentRequired':
      return `${pythonRepr(params.missingProperty)} is a dependency of ${pythonRepr(params.property)}`;
    case 'type':
      return `${value} is not of type ${quoted([schema].flat() as string[])}`;
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const alike = all.filter((other) => other.keyword === keyword && other.instancePath === instancePath);
      const names = alike.map((other) => String(other.params.additionalProperty ?? other.params.unevaluatedProperty));
      return unexpectedText(keyword, names.toSorted(), Object.keys(parentSchema?.patternProperties ?? {}));
    }
    case 'enum':
      return `${value} is not one of ${pythonRepr(schema)}`;
    case 'const':
      return `${pythonRepr(schema)} was expected`;
    case 'pattern':
      return `${value} does not match ${pythonRepr(schema)}`;
    case 'minLength':
    case 'minItems':
      return `${value} ${isLimit(1) ? 'should be non-empty' : 'is too short'}`;
    case 'maxLength':
    case 'maxItems':
      return `${value} ${isLimit(0) ? 'is expected to be empty' : 'is too long'}`;
    case 'minProperties':
      return `${value} ${isLimit(1) ? 'should be non-empty' : 'does not have enough properties'}`;
    case 'maxProperties':
      return `${value} ${isLimit(0) ? 'is expected to be empty' : 'has too many properties'}`;
    case 'minimum':
      return `${value} is less than the minimum of ${pythonRepr(schema)}`;
    case 'maximum':
      return `${value} is greater than the maximum of ${pythonRepr(schema)}`;
    case 'exclusiveMinimum':
      return `${value} is less than or equal to the minimum of ${pythonRepr(schema)}`;
    case 'exclusiveMaximum':
      return `${value} is greater than or equal to the maximum of ${pythonRepr(schema)}`;
    case 'multipleOf':
      return `${value} is not a multiple of ${pythonRepr(schema)}`;
    case 'uniqueItems':
      return `${value} has non-unique elements`;
    case 'not':
      return `${value} should not be valid under ${pythonRepr(schema)}`;
    case 'false schema':
      return `False schema does not allow ${value}`;
    case 'items':
      return surplusText(instance, Number(params.limit));
    case 'contains':
      return `${value} does not contain items matching the given schema`;
    case 'anyOf':
    case 'oneOf':
      return alternativesText(value, schema, params.passingSchemas);
    default:
      return `${value} ${message ?? 'is invalid'}`;
  }
}

function unexpectedText(keyword: string, names: readonly string[], patterns: readonly string[]): string {
  if (keyword === 'additionalProperties' && patterns.length > 0) {
    const verb = names.length === 1 ? 'does' : 'do';
    return `${quoted(names)} ${verb} not match any of the regexes: ${quoted(patterns.toSorted())}`;
  }
  const kind = keyword === 'additionalProperties' ? 'Additional' : 'Unevaluated';
  return `${kind} properties are not allowed (${quoted(names)} ${names.length === 1 ? 'was' : 'were'} unexpected)`;
}

/** For lists whose `items` is false. @param limit number of `prefixItems` */
function surplusText(list: unknown, limit: number): string {
  const surplus = Array.isArray(list) ? list.slice(limit) : [];
  const rest = pythonRepr(surplus.length === 1 ? surplus[0] : surplus);
  return `Expected at most ${limit} ${limit === 1 ? 'item' : 'items'} but found ${surplus.length} extra: ${rest}`;
}

/** @param passing of `oneOf`: the first two alternatives that a value is valid under, `null` when there is none */
function alternativesText(value: string, schema: unknown, passing: unknown): string {
  if (!Array.isArray(schema) || !Array.isArray(passing)) return `${value} is not valid under any of the given schemas`;
  const valid = passing.toReversed().map((index: number) => pythonRepr(schema[index]));
  return `${value} is valid under each of ${valid.join(', ')}`;
}
