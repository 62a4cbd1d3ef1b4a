import * as z from 'zod';
import type { ProcessContext } from '../../shared/processes/context.ts';
import type { Service } from '../../shared/processes/services/service.ts';

/** A service of tests: three details, of which one is optional, and an order that may not begin while `blocked`. */
export const printing: Service<ProcessContext> = {
  number: 1,
  name: 'PRINTING',
  details: z.strictObject({
    model: z.string().optional(),
    material: z.string().optional(),
    colour: z.string().optional(),
    blocked: z.boolean().optional(),
  }),
  missing: ({ model, material }) => [
    ...(model === undefined ? [{ key: 'Service-model', message: 'No model is given' }] : []),
    ...(material === undefined ? [{ key: 'Service-material', message: 'No material is given' }] : []),
  ],
  checks: [],
  beforeStep: async (_context, { details }, to) =>
    to === 'PRODUCTION' && details.blocked === true
      ? [{ key: 'Service-blocked', message: 'The printer is in use' }]
      : [],
};
