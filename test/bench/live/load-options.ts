import { z } from 'zod';

/** The server, and what its clients connect to. */
const sideSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('socket.io'), url: z.string() }),
  z.object({ kind: z.literal('service'), url: z.string() }),
  z.object({
    kind: z.literal('events'),
    url: z.string(),
    dynamodb: z.object({
      endpoint: z.string(),
      credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
      tables: z.object({ history: z.string(), unpublished: z.string() }),
    }),
  }),
]);

const workloadSchema = z.object({
  /** Where to publish, one after the other, again and again. */
  rooms: z.array(z.string()),
  /** Connections that get a push to a room. */
  receivers: z.int(),
  /** Pushes before those that are measured, until code is compiled and connections to other services are open. */
  warmUp: z.int(),
  pushes: z.int(),
  /** Milliseconds between two pushes; absent where a push waits for the one before. */
  interval: z.number().optional(),
});

export const loadOptionsSchema = z.object({
  side: sideSchema,
  /** One connection each. */
  tokens: z.array(z.string()),
  publishers: z.array(z.string()),
  workload: workloadSchema,
});
export type LoadOptions = z.infer<typeof loadOptionsSchema>;

/** Milliseconds from publish to receipt; pushes a second, from the first publish to the last receipt. */
export const loadResultSchema = z.object({ rate: z.number(), p50: z.number(), p99: z.number() });
export type LoadResult = z.infer<typeof loadResultSchema>;
