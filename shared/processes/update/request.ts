import * as z from 'zod';
import { maxLists } from '../files/limits.ts';

const id = z.string().regex(/^[\w-]{1,400}$/, 'must be an id');

/** Most processes that a request may name: their changes are one transaction. */
const maxProcesses = 20;

export const processIDs = z.array(id).min(1).max(maxProcesses);

const object = z.record(z.string(), z.unknown());

/** A chat message. Author and time are those of the request, whatever a client says. */
const message = z.object({
  text: z.string().min(1).max(10_000),
  origin: z.string().max(100).optional(),
});

const texts = z.array(z.string().max(200)).max(50);

/** Fields of a file that clients may change. */
const file = z
  .object({ tags: texts.optional(), licenses: texts.optional(), certificates: texts.optional() })
  .describe(`All three have at most ${maxLists} characters as JSON`);

/** Values that a request may set. `processStatus` is ignored: the server alone moves the status. */
export const changesSchema = z.strictObject({
  messages: message.optional(),
  files: z.record(id, file).optional(),
  serviceType: z.int().min(0).optional(),
  serviceDetails: object.optional(),
  serviceStatus: z.int().optional(),
  processDetails: object.optional(),
  processStatus: z.unknown().optional(),
  provisionalContractor: z.string().optional(),
  dependenciesIn: z.array(id).max(50).optional(),
});

/** Values that a request may delete: details by their names, files by their ids. */
export const deletionsSchema = z.strictObject({
  files: object.optional(),
  serviceType: z.unknown().optional(),
  serviceDetails: object.optional(),
  serviceStatus: z.unknown().optional(),
  processDetails: object.optional(),
  processStatus: z.unknown().optional(),
  provisionalContractor: z.unknown().optional(),
  dependenciesIn: z.array(id).max(50).optional(),
});

export const updateBody = z
  .object({
    projectID: id,
    processIDs,
    changes: changesSchema,
    deletions: deletionsSchema.optional(),
  })
  .meta({
    examples: [{ projectID: 'p'.repeat(43), processIDs: ['q'.repeat(43)], changes: { serviceType: 1 }, deletions: {} }],
  });

export type RequestedChanges = z.infer<typeof changesSchema>;
export type Deletions = z.infer<typeof deletionsSchema>;
export type Update = z.infer<typeof updateBody>;
