import { installJupyter, Unavailable } from '../emulator/install.ts';
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
let lostEndpoint = '';
let jupyter = '';
const outcome = await play({
  name: 'SLURM: jobs by slurmrestd on a cluster of one node',
  async start(directory) {
    installSlurm();
    jupyter = directoryOfJupyter();
    const cluster = await startCluster(directory);
    token = cluster.token;
    lostEndpoint = cluster.lostEndpoint;
    return cluster;
  },
  runs: (endpoint) => [
    {
      parameters: ['--config', 'test/slurm/vitest.config.ts'],
      environment: {
        SLURM_URL: endpoint,
        SLURM_TOKEN: token,
        SLURM_LOST_URL: lostEndpoint,
        JUPYTER_DIRECTORY: jupyter,
      },
    },
  ],
});
/** @returns empty where JupyterLab can't be had */
function directoryOfJupyter(): string {
  try {
    return installJupyter();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`!!! SKIPPED: JupyterLab on SLURM: ${error.message} !!!`);
    return '';
  }
}

console.log(`\n${outcome.padEnd(7)} SLURM`);
process.exitCode = { passed: 0, failed: 1, skipped: skippedCode }[outcome];
