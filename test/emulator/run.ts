import { installDynamoDbLocal, installMinistack, installVersitygw } from './install.ts';
import { type Part, play } from './play.ts';
import { startDynamoDbLocal, startMinistack, startVersitygw } from './servers.ts';

/** Exit code that automake and other test drivers take for skipped. */
const skippedCode = 77;

const s3Tests = ['test/files/upload.test.ts', 'test/files/copy.test.ts', 'test/files/complete.test.ts'];
/** All but those that make the embedded S3 itself fail. */
const wellMeant = '^(?!.*S3 (refuses|keeps refusing|answers with|is too busy|does not take)).*$';
const dynamoDbTests = [
  'test/simulation/dynamodb.test.ts',
  'test/platform/transaction.test.ts',
  'test/platform/dynamodb.test.ts',
  'test/messages/',
  'test/projects/',
  // Each call disturbed in every way: that is the code's, and takes minutes.
  '--exclude=test/*/{crash,taken-over}.test.ts',
];

const onS3 = (endpoint: string) => ({
  parameters: [...s3Tests, '--testNamePattern', wellMeant],
  environment: { S3_ENDPOINT: endpoint, TESTS: 'all' },
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
    runs: (endpoint) => [{ parameters: dynamoDbTests, environment: { DYNAMODB_ENDPOINT: endpoint, TESTS: 'all' } }],
  },
  {
    name: 'Versity S3 Gateway: files in its S3',
    start: async (directory) => startVersitygw(installVersitygw(), directory),
    runs: (endpoint) => [onS3(endpoint)],
  },
];

// Running servers end with this process.
for (const [signal, number] of [['SIGINT', 2] as const, ['SIGTERM', 15] as const]) {
  process.once(signal, () => process.exit(128 + number));
}

const outcomes: { part: string; outcome: Awaited<ReturnType<typeof play>> }[] = [];
for (const part of parts) outcomes.push({ part: part.name, outcome: await play(part) });
console.log('');
for (const { part, outcome } of outcomes) console.log(`${outcome.padEnd(7)} ${part}`);
const has = (wanted: string) => outcomes.some(({ outcome }) => outcome === wanted);
process.exitCode = has('failed') ? 1 : has('skipped') ? skippedCode : 0;
