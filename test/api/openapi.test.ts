import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { openApi } from '../../shared/api/openapi.ts';
import { allRoutes } from './all-routes.ts';

const document = openApi(allRoutes);

describe('the description of the HTTP API', () => {
  it('is kept beside the code (-u writes it anew)', async () => {
    const file = join(import.meta.dirname, '../../shared/api/openapi.json');
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(file);
  });

  it('is a valid OpenAPI 3.1 document', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  it('has every route, each under a name of its own', () => {
    const routes = Object.values(allRoutes).flat();
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(routes.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
  });
});
