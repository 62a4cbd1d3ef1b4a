import { isObject, type JsonValue, NumberText } from '../../../shared/portal/json.ts';

/** JSON text in which nothing can do anything to a terminal. Line feeds between its values stay. */
export const escapeJson = (json: string): string =>
  json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? character : character.split('').map(escapeUnit).join(''),
  );

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A value that came as JSON over several lines, its numbers as they came. */
export const prettyJson = (value: JsonValue): string[] => escapeJson(pretty(value, '')).split('\n');

function pretty(value: JsonValue, indent: string): string {
  if (value instanceof NumberText) return value.source;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : `[\n${value.map((each) => inner + pretty(each, inner)).join(',\n')}\n${indent}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${pretty(each, inner)}`);
  return fields.length === 0 ? '{}' : `{\n${fields.join(',\n')}\n${indent}}`;
}

/** A value as a line of JSON for programs, in which nothing can do anything to a terminal either. */
export const jsonLine = (value: object): string => escapeJson(JSON.stringify(value));
