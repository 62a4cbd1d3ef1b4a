import * as z from 'zod';
import { call } from './call.ts';
import { useResource } from './use-resource.ts';

const event = z.object({
  eventID: z.string(),
  eventData: z.object({
    primaryID: z.string(),
    secondaryID: z.string(),
    reason: z.string(),
    content: z.string(),
  }),
  createdWhen: z.string(),
});
export type MissedEvent = z.infer<typeof event>;

/** Events of others that the account has not acknowledged: the oldest hundred. */
export const useMissedEvents = () =>
  useResource({
    path: '/processes/public/events/all/get',
    schema: z.object({ events: z.array(event), cursor: z.string(), more: z.boolean() }),
    live: ['process'],
  });

export const acknowledgeEvents = (cursor: string) =>
  call({
    method: 'POST',
    path: '/processes/public/acknowledgeMissedEvents',
    body: { cursor },
    schema: z.unknown(),
  });
