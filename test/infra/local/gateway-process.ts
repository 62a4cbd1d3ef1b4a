import { startGateway } from '../../../infra/local/runner.ts';

// A gateway in a process of its own, for tests that kill it: node local-process.ts <assembly> <data directory>

const [, , assembly = '', dataDirectory = ''] = process.argv;
const gateway = await startGateway({ assembly, dataDirectory });
await gateway.invoke('fill', 1); // A function in a process of its own, which has to end with this one.
process.stdout.write('serving\n');
