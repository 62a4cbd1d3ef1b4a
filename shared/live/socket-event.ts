import * as z from 'zod';

const common = {
  connectionId: z.string().min(1),
  connectedAt: z.number(),
  requestTimeEpoch: z.number(),
  identity: z.object({ sourceIp: z.string() }),
};

/** The fields of API Gateway's WebSocket events that the function reads ("Set up a WebSocket API integration request"). */
export const socketEvent = z.union([
  z.object({
    requestContext: z.object({ ...common, routeKey: z.literal('$connect') }),
    /** Of the handshake, with their names as they were sent. */
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.object({ requestContext: z.object({ ...common, routeKey: z.literal('$disconnect') }) }),
  z.object({
    requestContext: z.object({ ...common, routeKey: z.literal('$default') }),
    // An empty message has no body.
    body: z.string().optional(),
  }),
]);

export type SocketEvent = z.infer<typeof socketEvent>;
