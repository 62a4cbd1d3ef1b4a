import { describeError } from '../../../shared/platform/errors.ts';
import type { SimulatorReply, SimulatorRequest } from './process.ts';
import { type PortalSimulator, startSimulator } from './simulator.ts';

let simulator: PortalSimulator | undefined;

async function perform(request: SimulatorRequest): Promise<unknown> {
  if ('start' in request) {
    simulator = await startSimulator(request.start);
    return simulator.url;
  }
  if (simulator === undefined) throw new Error('not started');
  return Reflect.apply(simulator[request.method], simulator, request.parameters);
}

process.on('message', async (request: SimulatorRequest) => {
  let reply: SimulatorReply;
  try {
    reply = { id: request.id, value: await perform(request) };
  } catch (error) {
    reply = { id: request.id, error: describeError(error) };
  }
  process.send?.(reply);
});

process.on('disconnect', () => process.exit(0));
// Ctrl-C goes to the whole group: the parent decides when this ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
