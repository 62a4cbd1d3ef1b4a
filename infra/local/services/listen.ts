import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';

/** Has a server listen on an ephemeral port of this machine's loopback interface. @returns its URL */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((done, reject) => server.once('error', reject).listen(0, '127.0.0.1', done));
  const address = server.address();
  return `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

/** Ends a server with all its connections. */
export function close(server: HttpServer): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
