import * as z from 'zod';

/** The part of JSON Schema that forms are made from. Anything else is shown as JSON. */
export interface FieldSchema {
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | undefined;
  description?: string | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  maxLength?: number | undefined;
  items?: FieldSchema | undefined;
  properties?: Readonly<Record<string, FieldSchema>> | undefined;
}

const field: z.ZodType<FieldSchema> = z.lazy(() =>
  z.object({
    type: z.enum(['string', 'integer', 'number', 'boolean', 'array', 'object']).optional().catch(undefined),
    description: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    maxLength: z.number().optional(),
    items: field.optional().catch(undefined),
    properties: z.record(z.string(), field).optional().catch(undefined),
  }),
);

/** The fields of a schema of details, as the gateway gives it. */
export const fieldsOf = (schema: unknown): [name: string, schema: FieldSchema][] =>
  Object.entries(field.safeParse(schema).data?.properties ?? {});

/** Whether a value is nothing that has to be kept. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isEmpty));
