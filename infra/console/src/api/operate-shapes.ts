import * as z from 'zod';

/** Parts of the answers of `/operate` that the pages read. Times are milliseconds since 1970, sizes bytes. */

export const messageStates = [
  ...(['open', 'applying', 'applied', 'working', 'done', 'held'] as const),
  ...(['superseded', 'dismissed', 'marked'] as const),
];
export const incidentStates = ['open', 'retried', 'dismissed', 'resolved'] as const;

const messageState = z.enum(messageStates);

export const entry = z.object({
  messageId: z.string(),
  type: z.string(),
  state: messageState,
  line: z.string(),
});
export type Entry = z.infer<typeof entry>;

export const message = z.object({
  messageId: z.string(),
  type: z.string(),
  state: messageState,
  line: z.string(),
  projectNo: z.string().optional(),
  timestamp: z.string().optional(),
  receivedAt: z.number(),
  settledAt: z.number().optional(),
  markedAt: z.number().optional(),
  attempts: z.number(),
  lastError: z.string().optional(),
});
export type Message = z.infer<typeof message>;

export const incident = z.object({
  incidentId: z.string(),
  kind: z.string(),
  subject: z.string(),
  messageId: z.string().optional(),
  projectNo: z.string().optional(),
  fileId: z.string().optional(),
  expected: z.string(),
  found: z.string(),
  count: z.number(),
  state: z.enum(incidentStates),
  firstSeenAt: z.number(),
  lastSeenAt: z.number(),
  decidedAt: z.number().optional(),
  decidedBy: z.string().optional(),
  reason: z.string().optional(),
});
export type Incident = z.infer<typeof incident>;

export const choice = z.object({
  decision: z.enum(['approve', 'retry', 'dismiss', 'requeue', 'fetch-again']),
  id: z.string(),
  wholeDelivery: z.literal(true).optional(),
  planned: z.array(z.string()).optional(),
  why: z.string().optional(),
});
export type Choice = z.infer<typeof choice>;

export const event = z.object({
  subject: z.string(),
  sequence: z.number(),
  event: z.string(),
  at: z.number(),
  messageId: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Event = z.infer<typeof event>;

export const file = z.object({
  fileId: z.string(),
  projectNo: z.string(),
  state: z.string(),
  bytes: z.number().optional(),
  bytesDone: z.number(),
  bytesPerSecond: z.number().optional(),
  secondsLeft: z.number().optional(),
  attempt: z.number(),
  lastError: z.string().optional(),
});
export type File = z.infer<typeof file>;

export const access = z.object({
  accessIdentifier: z.string(),
  projectNo: z.string(),
  loginName: z.string(),
  enabled: z.boolean(),
  createdAt: z.number(),
});

export const project = z.object({
  projectNo: z.string(),
  state: z.enum(['active', 'deleting']).optional(),
  createdAt: z.number().optional(),
});

export const next = z.string().optional();
