import * as z from 'zod';

const common = {
  connectionId: z.string().min(1),
  connectedAt: z.number(),
  requestTimeEpoch: z.number(),
  identity: z.object({ sourceIp: z.string() }),
};

/** Event by which an invocation leaves messages to another one, as its time is over. */
const continuation = z.object({ connectionId: z.string().min(1) });

export type Continuation = z.infer<typeof continuation>;

/** The fields of API Gateway's WebSocket events that the function reads ("Set up a WebSocket API integration request"). */
const routeEvent = z.union([
  z.object({
    requestContext: z.object({ ...common, routeKey: z.literal('$connect') }),
    /** Headers of the handshake, with their names as they were sent. */
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.object({ requestContext: z.object({ ...common, routeKey: z.literal('$disconnect') }) }),
  z.object({
    requestContext: z.object({ ...common, routeKey: z.literal('$default') }),
    // An empty message has no body.
    body: z.string().optional(),
  }),
]);

export type RouteEvent = z.infer<typeof routeEvent>;

export const socketEvent = z.union([routeEvent, continuation]);
