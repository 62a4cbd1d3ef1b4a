import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { schemaErrorText } from '../../shared/live/protocol/schema-error.ts';
import { parseKeepingNumbers } from '../../shared/platform/python-repr.ts';
import vectors from './schema-errors.json' with { type: 'json' };

const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true });

describe('the text of a schema error', () => {
  it.each(vectors)('begins like that of jsonschema 4.26: $line', ({ schema, text, line }) => {
    const validate = ajv.compile(schema);
    const isValid = validate(JSON.parse(text));
    const found = isValid ? null : schemaErrorText(validate.errors ?? [], parseKeepingNumbers(text)).split('\n\n')[0];
    expect(found).toBe(line);
  });
});
