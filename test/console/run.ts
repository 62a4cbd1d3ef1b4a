import { play } from '../emulator/play.ts';
import { installChromium } from './install.ts';

/** Exit code that automake and other test drivers take for skipped. */
const skippedCode = 77;

const outcome = await play({
  name: 'console: its pages in Chromium',
  async start() {
    installChromium();
    return { endpoint: '', async [Symbol.asyncDispose]() {} };
  },
  runs: () => [{ parameters: ['--config', 'test/console/vitest.config.ts'], environment: {} }],
});
console.log(`\n${outcome.padEnd(7)} console`);
process.exitCode = { passed: 0, failed: 1, skipped: skippedCode }[outcome];
