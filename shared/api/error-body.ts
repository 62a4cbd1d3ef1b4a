import * as z from 'zod';

/** Body of a refusal in the gateway's own words, for the description of a route. */
export const errorBody = z.looseObject({ error: z.string(), message: z.string().optional() });
