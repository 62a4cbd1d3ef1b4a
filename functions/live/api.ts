import { liveFromEnvironment, watchStarter } from '../../shared/live/environment.ts';
import { gatewayManager } from '../../shared/live/gateway-manager.ts';
import { serve } from '../../shared/live/serve.ts';
import { socketEvent } from '../../shared/live/socket-event.ts';
import { watchConnection } from '../../shared/live/watch/lease.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { invocation } from '../../shared/platform/middleware/chains.ts';

const context = liveFromEnvironment();
const startWatch = watchStarter(configuration(['LIVE_WATCH_FUNCTION']).LIVE_WATCH_FUNCTION);

const onConnect = () => watchConnection(context, startWatch);

export const handler = invocation(context, { input: socketEvent, run: serve(gatewayManager(context), onConnect) });
