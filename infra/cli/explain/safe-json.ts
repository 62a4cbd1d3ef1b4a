import { isObject, type JsonValue, NumberText } from '../../../shared/portal/json.ts';

/** Escapes JSON text, so that it cannot control a terminal. Line feeds between its values stay. */
export const escapeJson = (json: string): string =>
  json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? character : character.split('').map(escapeUnit).join(''),
  );

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A parsed JSON value over several lines, with numbers as received. */
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

/** A value as a line of JSON for programs, escaped for a terminal, too. */
export const jsonLine = (value: object): string => escapeJson(JSON.stringify(value));
