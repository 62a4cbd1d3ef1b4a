import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, CfnResource, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke as ScheduledInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Errors, StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { afterAll } from 'vitest';

/** The functions of the stack below: every export is one. */
const handlers = `
let invocations = 0;
const fail = (name, message) => { throw Object.assign(new Error(message), { name }); };

export const echo = async (event, context) => {
  invocations++;
  console.log('echo was here');
  const { getRemainingTimeInMillis, ...rest } = context;
  const remaining = context.getRemainingTimeInMillis();
  return { event, environment: { ...process.env }, context: rest, remaining, invocations };
};
export const raise = () => fail('TypeError', 'as asked');
export const slow = () => new Promise((done) => setTimeout(done, 60_000));
export const spin = () => { for (;;); };
export const exit = () => process.exit(3);
export const crash = () => new Promise(() => setTimeout(() => { throw new Error('nobody catches this'); }));
export const hog = () => { const all = []; for (;;) all.push(new Array(100_000).fill(Math.random())); };
export const overlap = async () => {
  const others = invocations++;
  await new Promise((done) => setTimeout(done, 50));
  invocations--;
  return others;
};
export const fill = (megabytes) => Buffer.alloc(megabytes * 1024 * 1024, 1).length;
export const work = async ({ Records }) => {
  const bodies = Records.map((record) => record.body);
  if (bodies.includes('raise')) throw new Error('the whole batch');
  const failures = Records.filter((record) => record.body.startsWith('fail')).map((record) => ({ itemIdentifier: record.messageId }));
  return { batchItemFailures: failures, Records };
};
export const flaky = async (input) => input.hang ? new Promise(() => {}) : (++invocations < 3 ? fail('Lambda.ServiceException', 'busy') : { ...input, tries: invocations });
export const step = async (input) => (input.raise ? fail(input.raise, 'as asked') : { ...input, stepped: true });
export const mend = async (input) => ({ mended: input });
export const tick = async () => fail('TickError', 'tick');
`;

/** A small stack with one of everything that the runner knows. */
class FixtureStack extends Stack {
  constructor(scope: Construct, code: string) {
    super(scope, 'fixture');
    const lambda = (name: string, timeout = Duration.seconds(10), memorySize = 128) =>
      new Lambda(this, `${name}Function`, {
        description: `fixture/${name}`,
        code: Code.fromAsset(code),
        handler: `index.${name}`,
        runtime: Runtime.NODEJS_24_X,
        timeout,
        memorySize,
        environment: { TABLE: table.tableName, BUCKET: bucket.bucketName, QUEUE_URL: queue.queueUrl, COLOUR: 'blue' },
      });
    const table = new Table(this, 'MessagesTable', {
      partitionKey: { name: 'messageId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expiresAt',
    });
    const lines = new Table(this, 'LinesTable', {
      partitionKey: { name: 'line', type: AttributeType.STRING },
      sortKey: { name: 'position', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
    });
    const control = new Table(this, 'ControlTable', {
      partitionKey: { name: 'name', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
    });
    const bucket = new Bucket(this, 'FilesBucket');
    const deadLetters = new Queue(this, 'DeadLetters');
    const queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(1),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 2 },
    });
    for (const name of ['echo', 'raise', 'crash', 'exit', 'hog', 'overlap']) lambda(name);
    for (const name of ['slow', 'spin']) lambda(name, Duration.seconds(1));
    lambda('fill', Duration.minutes(15), 256);
    const source = new SqsEventSource(queue, { batchSize: 10, maxConcurrency: 2, reportBatchItemFailures: true });
    lambda('work', Duration.seconds(1)).addEventSource(source);

    const failures = new Queue(this, 'Failures');
    const tick = lambda('tick');
    tick.configureAsyncInvoke({ retryAttempts: 0, onFailure: new SqsDestination(failures) });
    new Schedule(this, 'Schedule', {
      schedule: ScheduleExpression.rate(Duration.hours(1)),
      target: new ScheduledInvoke(tick),
    });

    const task = (name: string) =>
      LambdaInvoke.jsonPath(this, name, {
        lambdaFunction: lambda(name),
        outputPath: '$.Payload',
        retryOnServiceExceptions: false,
      });
    const mend = task('mend').next(new Succeed(this, 'Done'));
    const flaky = task('flaky').addRetry({
      errors: ['Lambda.ServiceException'],
      interval: Duration.seconds(1),
      backoffRate: 1,
    });
    const step = task('step').addCatch(mend, { errors: [Errors.ALL], resultPath: '$.error' });
    const machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(flaky.next(step)),
    });

    const apiKey = new CfnSecret(this, 'ApiKey', {});
    const password = new CfnSecret(this, 'Password', {
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ current: '1' }),
        generateStringKey: '1',
        passwordLength: 64,
        excludePunctuation: true,
      },
    });
    const outputs = {
      MessagesTable: table.tableName,
      LinesTable: lines.tableName,
      ControlTable: control.tableName,
      FilesBucket: bucket.bucketName,
      WorkQueue: queue.queueUrl,
      WorkDeadLetterQueue: deadLetters.queueUrl,
      FailureQueue: failures.queueUrl,
      WorkStateMachine: machine.stateMachineArn,
      ApiKeySecret: apiKey.ref,
      PasswordSecret: password.ref,
      PortalUrl: 'https://portal.example',
    };
    for (const [name, value] of Object.entries(outputs))
      new CfnOutput(this, `${name}Output`, { value }).overrideLogicalId(name);
  }
}

/** Synthesizes the fixture into an empty directory. @returns the directory of the cloud assembly */
export function synthesizeFixture(directory: string, change: (stack: Stack) => void = () => {}): string {
  const code = join(directory, 'code');
  mkdirSync(code);
  writeFileSync(join(code, 'index.mjs'), handlers);
  const app = new App({ outdir: join(directory, 'cdk.out'), analyticsReporting: false });
  change(new FixtureStack(app, code));
  return app.synth().directory;
}

export function addUnknown(stack: Stack): void {
  new CfnResource(stack, 'Unheard', { type: 'AWS::Kinesis::Stream' });
}

/** @returns makes new directories, which are removed after the tests of the file */
export function useTemporaryDirectories(): () => string {
  const everything = mkdtempSync(join(tmpdir(), 'dst-gateway-test-'));
  afterAll(() => rmSync(everything, { recursive: true, force: true }));
  return () => mkdtempSync(join(everything, 'directory-'));
}
