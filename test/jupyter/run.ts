import { installJupyter } from '../emulator/install.ts';
import { play } from '../emulator/play.ts';

/** Exit code that automake and other test drivers take for skipped. */
const skippedCode = 77;

const outcome = await play({
  name: 'JupyterLab: started as a job, opened through the proxy, a notebook run over its WebSocket',
  start: async () => ({ endpoint: installJupyter(), async [Symbol.asyncDispose]() {} }),
  runs: (directory) => [
    {
      parameters: ['--config', 'test/jupyter/vitest.config.ts'],
      environment: { JUPYTER_DIRECTORY: directory },
    },
  ],
});
console.log(`\n${outcome.padEnd(7)} JupyterLab`);
process.exitCode = { passed: 0, failed: 1, skipped: skippedCode }[outcome];
