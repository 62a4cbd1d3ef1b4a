import type { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

/** Time for reading received data after a write has failed, in milliseconds. The data is in the machine's memory already. */
const readingTime = 1_000;

const prepared = new WeakSet<Socket>();

/**
 * Lets a socket read received data before it reports a failed write. A server that refuses an upload because of its headers
 * answers and closes the connection; Node by itself would destroy the socket at the next write, with the answer unread.
 */
export function readBeforeWriteFails(socket: Socket): void {
  if (prepared.has(socket)) return;
  prepared.add(socket);
  const afterReading =
    (done: Done): Done =>
    (error) => {
      if (!error) return done(error);
      const fail = () => {
        clearTimeout(timer);
        socket.off('end', fail);
        done(error);
      };
      const timer = setTimeout(fail, readingTime);
      socket.once('end', fail).once('close', () => clearTimeout(timer));
    };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, afterReading(done));
  const writeMany = socket._writev?.bind(socket);
  if (writeMany) socket._writev = (chunks, done) => writeMany(chunks, afterReading(done));
}
