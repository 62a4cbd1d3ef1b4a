import type { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

/** Milliseconds in which the rest of what came is read after a write has failed; it is in this machine's memory by then. */
const readingTime = 1_000;

const prepared = new WeakSet<Socket>();

/**
 * Lets a socket read what has come before it reports that a write failed. A server that refuses an upload by its head answers and
 * closes the connection; Node itself destroys the socket at the next write, with the answer unread.
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
