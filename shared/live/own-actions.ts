import { authenticateAccount } from './authenticate.ts';
import type { LiveContext } from './context.ts';
import { Manager } from './manager.ts';

/** The gateway's own WebSocket API: its actions are those of the protocol, its pushes the events. */
export const gatewayManager = (context: LiveContext): Manager => new Manager(context, authenticateAccount(context));
