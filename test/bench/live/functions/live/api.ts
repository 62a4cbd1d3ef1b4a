import { authenticateAccount } from '../../../../../shared/live/authenticate.ts';
import { liveFromEnvironment } from '../../../../../shared/live/environment.ts';
import { Manager } from '../../../../../shared/live/manager.ts';
import { serve } from '../../../../../shared/live/serve.ts';
import { socketEvent } from '../../../../../shared/live/socket-event.ts';
import { watchConnection } from '../../../../../shared/live/watch/lease.ts';
import { configuration } from '../../../../../shared/platform/configuration.ts';
import { invoker } from '../../../../../shared/platform/invoke.ts';
import { invocation } from '../../../../../shared/platform/middleware/chains.ts';

// A service of a centre: the account `7.3` is in the room 7, and whoever is connected may publish to a room.

const context = liveFromEnvironment();
const authenticate = authenticateAccount(context);
const env = configuration(['LIVE_WATCH_FUNCTION', 'AWS_LAMBDA_FUNCTION_NAME']);
const startWatch = invoker(env.LIVE_WATCH_FUNCTION);

const roomChannel = (room: string): string => `room#${room}`;

const manager = new Manager(context, async (token) => {
  const identity = await authenticate(token);
  const { account, audiences, ...ofService } = identity;
  const [, room] = /^(.+)\./.exec(String(identity.id)) ?? [];
  return room === undefined ? identity : { ...ofService, channel: roomChannel(room) };
});

manager.register(
  'publish',
  async ({ room, id }) => {
    const { delivered } = await manager.send({ action: 'published', id }, roomChannel(String(room)));
    return [true, { delivered }];
  },
  {
    type: 'object',
    properties: { room: { type: 'string' }, id: { type: 'string' } },
    required: ['room', 'id'],
  },
);

const run = serve(manager, {
  onConnect: () => watchConnection(context, startWatch),
  goOn: invoker(env.AWS_LAMBDA_FUNCTION_NAME),
});

export const handler = invocation(context, { input: socketEvent, run });
