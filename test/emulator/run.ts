import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDynamoDbLocal, installMinistack, installVersitygw, Unavailable } from './install.ts';
import { type Server, startDynamoDbLocal, startMinistack, startVersitygw } from './servers.ts';

/** What automake's and others' test drivers understand as skipped. */
const skippedCode = 77;
/** Milliseconds for a run of vitest, which takes a minute or two: even a busy machine is done by then. */
const timeout = 600_000;

const s3Tests = ['test/files/upload.test.ts', 'test/files/copy.test.ts', 'test/files/complete.test.ts'];
/** All but those that make the embedded S3 itself fail. */
const wellMeant = '^(?!.*S3 (refuses|keeps refusing|answers with|is too busy|does not take)).*$';
const dynamoDbTests = [
  'test/simulation/dynamodb.test.ts',
  'test/platform/transaction.test.ts',
  'test/platform/dynamodb.test.ts',
  'test/messages/',
  'test/projects/',
];

interface Part {
  name: string;
  start(directory: string): Promise<Server>;
  /** Runs of vitest, with what the environment has beside. */
  runs(endpoint: string): { parameters: string[]; environment: Record<string, string> }[];
}

const onS3 = (endpoint: string) => ({
  parameters: [...s3Tests, '--testNamePattern', wellMeant],
  environment: { S3_ENDPOINT: endpoint },
});

const parts: Part[] = [
  {
    name: 'ministack: the app, deployed; files in its S3',
    start: async (directory) => startMinistack(installMinistack(), directory),
    runs: (endpoint) => [
      { parameters: ['--config', 'test/emulator/vitest.config.ts'], environment: { EMULATOR_ENDPOINT: endpoint } },
      onS3(endpoint),
    ],
  },
  {
    name: 'DynamoDB Local: transactions, conditions, messages, projects',
    start: async (directory) => startDynamoDbLocal(installDynamoDbLocal(), directory),
    runs: (endpoint) => [{ parameters: dynamoDbTests, environment: { DYNAMODB_ENDPOINT: endpoint } }],
  },
  {
    name: 'Versity S3 Gateway: files in its S3',
    start: async (directory) => startVersitygw(installVersitygw(), directory),
    runs: (endpoint) => [onS3(endpoint)],
  },
];

async function play({ name, start, runs }: Part): Promise<'passed' | 'failed' | 'skipped'> {
  console.log(`\n--- ${name}`);
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  try {
    const { endpoint } = stack.use(await start(directory));
    let passed = true;
    for (const { parameters, environment } of runs(endpoint))
      passed = (await vitest(parameters, environment)) && passed;
    return passed ? 'passed' : 'failed';
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`!!! SKIPPED: ${name}: ${error.message} !!!`);
    return 'skipped';
  }
}

async function vitest(parameters: string[], environment: Record<string, string>): Promise<boolean> {
  const child = spawn('vitest', ['run', '--testTimeout', '180000', ...parameters], {
    env: { ...process.env, ...environment },
    stdio: 'inherit',
    timeout,
  });
  const [code] = await once(child, 'exit');
  return code === 0;
}

// What is running ends with this process.
for (const [signal, number] of [['SIGINT', 2] as const, ['SIGTERM', 15] as const]) {
  process.once(signal, () => process.exit(128 + number));
}

const outcomes: { part: string; outcome: Awaited<ReturnType<typeof play>> }[] = [];
for (const part of parts) outcomes.push({ part: part.name, outcome: await play(part) });
console.log('');
for (const { part, outcome } of outcomes) console.log(`${outcome.padEnd(7)} ${part}`);
const has = (wanted: string) => outcomes.some(({ outcome }) => outcome === wanted);
process.exitCode = has('failed') ? 1 : has('skipped') ? skippedCode : 0;
