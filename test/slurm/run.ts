import { play } from '../emulator/play.ts';
import { startCluster } from './cluster.ts';
import { installSlurm } from './install.ts';

/** Exit code that automake and other test drivers take for skipped. */
const skippedCode = 77;

// The daemons end with this process.
for (const [signal, number] of [['SIGINT', 2] as const, ['SIGTERM', 15] as const]) {
  process.once(signal, () => process.exit(128 + number));
}

let token = '';
const outcome = await play({
  name: 'SLURM: jobs by slurmrestd on a cluster of one node',
  async start(directory) {
    installSlurm();
    const cluster = await startCluster(directory);
    token = cluster.token;
    return cluster;
  },
  runs: (endpoint) => [
    {
      parameters: ['--config', 'test/slurm/vitest.config.ts'],
      environment: { SLURM_URL: endpoint, SLURM_TOKEN: token },
    },
  ],
});
console.log(`\n${outcome.padEnd(7)} SLURM`);
process.exitCode = { passed: 0, failed: 1, skipped: skippedCode }[outcome];
