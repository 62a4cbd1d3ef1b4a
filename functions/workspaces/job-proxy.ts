import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { configuration } from '../../shared/platform/configuration.ts';
import { proxyFromEnvironment } from '../../shared/workspaces/proxy/environment.ts';
import { createJobProxy } from '../../shared/workspaces/proxy/server.ts';

// A program, not a function: serves interactive jobs to their owners until it is stopped.
const { JOB_PROXY_ADDRESS: address } = configuration(['JOB_PROXY_ADDRESS']);
const context = proxyFromEnvironment();
const server = createJobProxy(context, { isBehindBalancer: context.jobsUrl.startsWith('https:') });
server.listen(address, () => {
  const { port } = server.address() as AddressInfo;
  // On one machine the system chooses the port, and the thread that starts this one makes it known.
  if (!parentPort) return;
  context.jobsUrl = `${context.jobsUrl}:${port}`;
  parentPort.postMessage({ port });
});
process.on('SIGTERM', () => server.close(() => process.exit()));
