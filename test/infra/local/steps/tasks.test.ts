import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { CustomState, DefinitionBody, Errors, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Endpoints } from '../../../../infra/local/endpoints.ts';
import { type LocalGateway, startGateway } from '../../../../infra/local/runner.ts';
import { synthesizeFixture, useTemporaryDirectories } from '../local-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();

/** Does what its input says. */
const program = `
import { setTimeout as sleep } from 'node:timers/promises';
import * as sdk from ${JSON.stringify(import.meta.resolve('@aws-sdk/client-sfn'))};
const { TASK_TOKEN: taskToken, TRANSFER, COLOUR, ABROAD, AWS_REGION } = process.env;
const { what } = JSON.parse(TRANSFER);
const client = new sdk.SFNClient({ maxAttempts: 1 });
const tell = (action, rest = {}) =>
  client.send(new sdk[action + 'Command']({ taskToken, ...rest })).then(() => 'told', (error) => error.name);
const succeed = (output) => tell('SendTaskSuccess', { output: JSON.stringify(output) });
console.log('task was here');
if (what === 'succeed') await succeed({ what, COLOUR, ABROAD, AWS_REGION });
if (what === 'fail') await tell('SendTaskFailure', { error: 'TaskFailed', cause: 'as asked' });
if (what === 'exit') process.exit(3);
if (what === 'beat') {
  for (let beat = 0; beat < 12; beat++) { await sleep(300); await tell('SendTaskHeartbeat'); }
  await succeed({ what });
}
if (what === 'hang') {
  process.on('SIGTERM', async () => { console.log('told to stop ' + (await tell('SendTaskHeartbeat'))); process.exit(); });
  await sleep(60_000);
}
if (what === 'hang for ever') { process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); }
`;

/** A state machine whose only state is a task. */
function addTask(stack: Stack): void {
  const file = join(temporaryDirectory(), 'program.mjs');
  writeFileSync(file, program);
  const definition = new FargateTaskDefinition(stack, 'Definition');
  definition.addContainer('worker', {
    image: ContainerImage.fromRegistry('node'),
    environment: {
      PROGRAM_URL: new Asset(stack, 'Program', { path: file }).httpUrl,
      COLOUR: 'blue',
      AWS_REGION: Stack.of(stack).region,
    },
  });
  const Environment = [
    { Name: 'TRANSFER', 'Value.$': 'States.JsonToString($)' },
    { Name: 'TASK_TOKEN', 'Value.$': '$$.Task.Token' },
  ];
  const work = new CustomState(stack, 'Work', {
    stateJson: {
      Type: 'Task',
      Resource: 'arn:aws:states:::ecs:runTask.waitForTaskToken',
      Parameters: {
        TaskDefinition: definition.taskDefinitionArn,
        Overrides: { ContainerOverrides: [{ Name: 'worker', Environment }] },
      },
      HeartbeatSeconds: 3,
    },
  });
  const caught = new Pass(stack, 'Caught');
  const machine = new StateMachine(stack, 'TaskMachine', {
    definitionBody: DefinitionBody.fromChainable(work.addCatch(caught, { errors: [Errors.ALL] })),
  });
  new CfnOutput(stack, 'TaskOutput', { value: machine.stateMachineArn }).overrideLogicalId('TaskStateMachine');
}

const assembly = synthesizeFixture(temporaryDirectory(), addTask);

function client({ credentials, stepFunctions }: Endpoints) {
  const sfn = new SFNClient({ endpoint: stepFunctions.endpoint, region: 'eu-north-1', credentials });
  const stateMachineArn = stepFunctions.machines.Task;
  return {
    async start(what: string): Promise<string> {
      const input = JSON.stringify({ what });
      return (await sfn.send(new StartExecutionCommand({ stateMachineArn, input }))).executionArn ?? '';
    },
    /** Result of an execution. */
    ended: (executionArn: string) =>
      vi.waitFor(
        async () => {
          const { status, output = '{}' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
          expect(status).not.toBe('RUNNING');
          return { status, output: JSON.parse(output) };
        },
        { timeout: 10_000, interval: 20 },
      ),
    stop: (executionArn: string) => sfn.send(new StopExecutionCommand({ executionArn })),
  };
}

/** The processes of tasks that were given that work. */
function processesOf(what: string): number[] {
  const has = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TRANSFER=${JSON.stringify({ what })}`);
    } catch {
      return false; // Gone meanwhile.
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && has(name))
    .map(Number);
}

const logOf = (directory: string) => {
  const file = join(directory, 'logs', 'worker.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

describe('a state that runs a task and waits for its token', () => {
  const dataDirectory = temporaryDirectory();
  let gateway: LocalGateway;
  let machine: ReturnType<typeof client>;

  beforeAll(async () => {
    gateway = await startGateway({ assembly, dataDirectory, environment: { COLOUR: 'red', ABROAD: 'unknown' } });
    machine = client(gateway.endpoints);
  });
  afterAll(() => gateway.stop());

  const run = async (what: string) => machine.ended(await machine.start(what));

  it('has what the program told for its output; the program has the variables of the template and of the state', async () => {
    expect(await run('succeed')).toEqual({
      status: 'SUCCEEDED',
      output: { what: 'succeed', COLOUR: 'red', AWS_REGION: 'eu-north-1' },
    });
    await vi.waitFor(() => expect(logOf(dataDirectory)).toContain('task was here'));
    expect(gateway.memory('worker').maxRss).toBeGreaterThan(10 * 1024 ** 2);
  });

  it('fails with the error that the program told', async () => {
    expect(await run('fail')).toMatchObject({ output: { Error: 'TaskFailed', Cause: 'as asked' } });
  });

  it('fails when the program ends without a word', async () => {
    const Cause = 'the task ended without an answer: exit code 3';
    expect(await run('exit')).toMatchObject({ output: { Error: 'States.HeartbeatTimeout', Cause } });
  });

  it('waits as long as there are signs of life', async () => {
    expect(await run('beat')).toMatchObject({ output: { what: 'beat' } });
  });

  it('fails without a sign of life, and the program is then told that nobody waits; a stop is told to it, too', async () => {
    const execution = await machine.start('hang');
    expect(await machine.ended(execution)).toMatchObject({ output: { Error: 'States.HeartbeatTimeout' } });
    await vi.waitFor(() => expect(processesOf('hang')).toHaveLength(1));

    for (const pid of processesOf('hang')) process.kill(pid, 'SIGTERM');

    await vi.waitFor(() => expect(logOf(dataDirectory)).toContain('told to stop TaskTimedOut'));
  });

  it('ends with its execution; the task goes on, and ends with the gateway', async () => {
    const execution = await machine.start('hang for ever');
    await vi.waitFor(() => expect(processesOf('hang for ever')).toHaveLength(1));
    await machine.stop(execution);
    expect(await machine.ended(execution)).toMatchObject({ status: 'ABORTED' });

    await gateway.stop();

    expect(processesOf('hang for ever')).toEqual([]);
  });
});

it('leaves no task behind when it alone is killed', async () => {
  const dataDirectory = temporaryDirectory();
  const script = fileURLToPath(new URL('../gateway-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, assembly, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface({ input: child.stdout }), 'line');
  await client(JSON.parse(readFileSync(join(dataDirectory, 'endpoints.json'), 'utf8'))).start('hang for ever');
  await vi.waitFor(() => expect(processesOf('hang for ever')).toHaveLength(1), { timeout: 5_000 });

  child.kill('SIGKILL');

  await vi.waitFor(() => expect(processesOf('hang for ever')).toEqual([]), { timeout: 5_000 });
});
