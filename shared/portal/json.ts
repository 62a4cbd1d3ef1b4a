/** A JSON number as its source text: a double would round ids beyond 2^53. */
export class NumberText {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** The digits as received; undefined for a fraction or an exponent. */
  get integer(): string | undefined {
    return /^-?\d+$/.test(this.source) ? this.source : undefined;
  }
}

export type JsonValue = null | boolean | string | NumberText | JsonValue[] | { [key: string]: JsonValue };

/**
 * Parses JSON, keeping numbers as text.
 * @throws SyntaxError if the text is no JSON, RangeError if it is nested too deep for the stack
 */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text, (_key, value: JsonValue | number, context?: { source?: string }) =>
    typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value,
  );
}

/** Canonical text of a value: sorted keys, no white space, numbers as received. */
export function canonicalJson(value: JsonValue): string {
  if (value instanceof NumberText) return value.source;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

export function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

/** Copies an object without its undefined fields. */
export function omitUndefined<Fields extends object>(fields: Fields) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}
