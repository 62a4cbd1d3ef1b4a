import { liveFromEnvironment } from '../../shared/live/environment.ts';
import { gatewayManager } from '../../shared/live/own-actions.ts';
import { serve } from '../../shared/live/serve.ts';
import { socketEvent } from '../../shared/live/socket-event.ts';
import { watchConnection } from '../../shared/live/watch/lease.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { invoker } from '../../shared/platform/invoke.ts';
import { invocation } from '../../shared/platform/middleware/chains.ts';
import { processTablesFromEnvironment } from '../../shared/platform/tables.ts';
import { saveProjectsViaWebsocket } from '../../shared/processes/drafts/adopt-at-sign-in.ts';
import { sessionIn } from '../../shared/processes/drafts/session.ts';

const context = liveFromEnvironment();
// Lambda sets the function's own name.
const env = configuration(['LIVE_WATCH_FUNCTION', 'AWS_LAMBDA_FUNCTION_NAME']);
const startWatch = invoker(env.LIVE_WATCH_FUNCTION);
const tables = { ...context.tables, ...processTablesFromEnvironment() };

const hooks = {
  onConnect: () => watchConnection(context, startWatch),
  goOn: invoker(env.AWS_LAMBDA_FUNCTION_NAME),
  visitorIn: sessionIn,
  onVisitor: saveProjectsViaWebsocket({ ...context, tables }),
};

export const handler = invocation(context, { input: socketEvent, run: serve(gatewayManager(context), hooks) });
