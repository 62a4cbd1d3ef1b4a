import { existsSync } from 'node:fs';

const running = `/proc/${process.pid}/exe`;

/** The Node.js that runs this process, also when its file was removed since then, as `npm ci` does. */
export const ownNode = existsSync(running) ? running : process.execPath;
