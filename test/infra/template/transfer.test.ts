import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { heartbeatTime } from '../../../shared/files/send/task-token.ts';
import { synthesize, transferFunctions } from './synthesis.ts';

const synthesis = synthesize();
const [machine] = Object.values(synthesis.resources('AWS::StepFunctions::StateMachine'));
const tasks = z.enum(['Prepare', 'Copy', 'Send', 'Complete', 'Fail']);
type Task = z.infer<typeof tasks> | 'SendByTask';
type Json = z.infer<ReturnType<typeof z.json>>;
type Answers = Partial<Record<Task, (Json | Error)[]>>;

/** The definition as CloudFormation would fill it in. */
function definition() {
  const join = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });
  const text = join.parse(machine?.Properties.DefinitionString)['Fn::Join'][1].map((part) => {
    if (typeof part === 'string') return part;
    const arn = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).safeParse(part);
    if (arn.success) return functionArn(arn.data['Fn::GetAtt'][0]);
    const reference = z.union([
      z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
      z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform((get) => get['Fn::GetAtt'].join('.')),
    ]);
    return reference.parse(part).replace('AWS::Partition', 'aws');
  });
  return JSON.parse(text.join(''));
}

function functionArn(id: string): string {
  return `arn:aws:lambda:eu-west-1:123456789012:function:${id}`;
}

const environment = z.array(z.object({ Name: z.string(), Value: z.string() }));
const runTask = z.object({
  TaskDefinition: z.string(),
  Overrides: z.object({
    ContainerOverrides: z.tuple([z.object({ Name: z.string(), Environment: environment })]),
  }),
});

/** Variables that a state gives the program of a task. */
function givenToTask(parameters: unknown): Record<string, string> {
  const [{ Environment }] = runTask.parse(parameters).Overrides.ContainerOverrides;
  return Object.fromEntries(Environment.map(({ Name, Value }) => [Name, Value]));
}

const invocation = z.object({ FunctionName: z.string(), Payload: z.record(z.string(), z.unknown()) });

/** Runs the machine with the answers of its functions, each given once; an Error is thrown. Tells what was called, with what. */
async function run(input: Json, answers: Answers) {
  const calls: { task: Task; payload: Record<string, unknown> }[] = [];
  const answerOf = (task: Task, payload: Record<string, unknown>): Json => {
    calls.push({ task, payload });
    const answer = answers[task]?.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? null;
  };
  const handler = (task: z.infer<typeof tasks>) => async (event: unknown) => {
    const { FunctionName, Payload } = invocation.parse(event);
    expect(FunctionName).toBe(functionArn(synthesis.lambda(transferFunctions[task]).id));
    return { Payload: answerOf(task, Payload) };
  };
  const sendByTask = async (parameters: unknown) => {
    const { TRANSFER = '', TASK_TOKEN } = givenToTask(parameters);
    expect(TASK_TOKEN).toBe('the token');
    return answerOf('SendByTask', JSON.parse(TRANSFER));
  };
  const execution = new StateMachine(definition()).run(input, {
    overrides: {
      taskResourceLocalHandlers: {
        ...Object.fromEntries(tasks.options.map((task) => [task, handler(task)])),
        SendByTask: sendByTask,
      },
      retryIntervalOverrides: Object.fromEntries([...tasks.options, 'SendByTask'].map((task) => [task, 0])),
    },
    context: { Task: { Token: 'the token' } },
  });
  const result: unknown = await execution.result;
  return { calls, result, path: calls.map(({ task }) => task) };
}

function serviceError(name: string): Error {
  return Object.assign(new Error('Lambda is not well'), { name });
}

describe('the transfer', () => {
  const input = { transfer: 't-1', kind: 'delivery', attempt: 2 };

  it('is a standard state machine with a name known beforehand, traced, logging errors without their data', () => {
    expect(machine?.Properties).toMatchObject({
      StateMachineName: 'dst-gateway-transfer',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
    });
    expect(machine?.Properties.StateMachineType ?? 'STANDARD').toBe('STANDARD');
    expect(synthesis.environment('messages/poll').TRANSFER_STATE_MACHINE_ARN).toEqual({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':states:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          ':stateMachine:dst-gateway-transfer',
        ],
      ],
    });
  });

  it('may take longer than all that it does rightly, and not for ever; no longer than a timer of Node.js can wait', () => {
    const { TimeoutSeconds, States } = definition();
    const retried = (task: Task) => 5 * States[task].TimeoutSeconds + 2 + 4 + 8 + 16;
    const short = retried('Prepare') + retried('Complete') + retried('Fail');
    const rules = JSON.stringify(
      Object.values(synthesis.resources('AWS::S3::Bucket')).map(({ Properties }) => Properties.LifecycleConfiguration),
    );
    const days = [...rules.matchAll(/"DaysAfterInitiation":(\d+)/g)].map(([, number]) => Number(number));
    expect(days.length).toBeGreaterThan(0);

    expect(TimeoutSeconds).toBeGreaterThan(States.SendByTask.TimeoutSeconds + short);
    expect(TimeoutSeconds).toBeGreaterThan(Math.max(...days) * 86_400 + short);
    expect(TimeoutSeconds * 1000).toBeLessThan(2 ** 31);
  });

  it('gives the whole input to prepare, copies as often as asked to, and completes', async () => {
    const { calls, path } = await run(input, {
      Prepare: [{ transfer: 't-1', next: 'copy' }],
      Copy: [
        { transfer: 't-1', next: 'copy' },
        { transfer: 't-1', next: 'copy', third: true },
        { transfer: 't-1', next: 'complete' },
      ],
      Complete: [{}],
    });

    expect(path).toEqual(['Prepare', 'Copy', 'Copy', 'Copy', 'Complete']);
    expect(calls[0]?.payload).toEqual(input);
    expect(calls[3]?.payload).toEqual({ transfer: 't-1', next: 'copy', third: true });
  });

  it('sends, when prepare says so, and completes', async () => {
    const { path } = await run(
      { ...input, kind: 'return' },
      { Prepare: [{ next: 'send' }], Send: [{ next: 'complete' }], Complete: [{}] },
    );
    expect(path).toEqual(['Prepare', 'Send', 'Complete']);
  });

  it('has a task send what prepare says so of, gives it the whole input, and takes its output', async () => {
    const { calls, path } = await run(
      { ...input, kind: 'return' },
      {
        Prepare: [{ transfer: 't-1', next: 'task' }],
        SendByTask: [{ transfer: 't-1', next: 'complete' }],
        Complete: [{}],
      },
    );
    expect(path).toEqual(['Prepare', 'SendByTask', 'Complete']);
    expect(calls[1]?.payload).toEqual({ transfer: 't-1', next: 'task' });
    expect(calls[2]?.payload).toEqual({ transfer: 't-1', next: 'complete' });
  });

  it('completes at once what prepare found to be there', async () => {
    const { path } = await run(input, { Prepare: [{ next: 'complete' }], Complete: [null] });
    expect(path).toEqual(['Prepare', 'Complete']);
  });

  it.each<[Task[], Answers]>([
    [['Prepare'], { Prepare: [{ next: 'stop' }] }],
    [['Prepare', 'Copy'], { Prepare: [{ next: 'copy' }], Copy: [{ next: 'stop' }] }],
    [['Prepare', 'Send'], { Prepare: [{ next: 'send' }], Send: [{ next: 'stop' }] }],
  ])('ends well when %s says stop', async (expected, answers) => {
    expect((await run(input, answers)).path).toEqual(expected);
  });

  it.each(['fail', 'something that nobody knows'])(
    'lets fail record a transfer whose next is "%s", and ends well',
    async (next) => {
      const { path } = await run(input, { Prepare: [{ next: 'copy' }], Copy: [{ next }], Fail: [{}] });
      expect(path).toEqual(['Prepare', 'Copy', 'Fail']);
    },
  );

  it.each<[Task, Answers]>([
    ['Prepare', {}],
    ['Copy', { Prepare: [{ transfer: 't-1', next: 'copy' }] }],
    ['Send', { Prepare: [{ transfer: 't-1', next: 'send' }] }],
    ['SendByTask', { Prepare: [{ transfer: 't-1', next: 'task' }] }],
    ['Complete', { Prepare: [{ transfer: 't-1', next: 'complete' }] }],
  ])('gives the input of %s and its error to fail', async (task, answers) => {
    const { calls } = await run(input, { ...answers, [task]: [new Error('out of memory')], Fail: [{}] });

    const [broken, failed] = calls.slice(-2);
    expect(broken?.task).toBe(task);
    expect(failed).toEqual({
      task: 'Fail',
      payload: {
        ...broken?.payload,
        error: expect.objectContaining({ Cause: expect.stringContaining('out of memory') }),
      },
    });
  });

  it.each([
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ])('tries again after %s', async (name) => {
    const { path } = await run(input, { Prepare: [serviceError(name), serviceError(name), { next: 'stop' }] });
    expect(path).toEqual(['Prepare', 'Prepare', 'Prepare']);
  });

  it.each(['AmazonECS.Unknown', 'ECS.AmazonECSException', 'ECS.ServerException'])(
    'tries to start a task again after %s, when none has run',
    async (name) => {
      const { path } = await run(input, {
        Prepare: [{ next: 'task' }],
        SendByTask: [serviceError(name), { next: 'stop' }],
      });
      expect(path).toEqual(['Prepare', 'SendByTask', 'SendByTask']);
    },
  );

  it('does not start a task again that may have run: its message or result is tried again later', async () => {
    const silent = serviceError('States.HeartbeatTimeout');
    const { path } = await run(input, { Prepare: [{ next: 'task' }], SendByTask: [silent], Fail: [{}] });
    expect(path).toEqual(['Prepare', 'SendByTask', 'Fail']);
  });

  it('runs its task on Fargate, in public subnets, waits for its token, and not without signs of life', () => {
    const state = definition().States.SendByTask;
    const [group] = Object.keys(synthesis.resources('AWS::EC2::SecurityGroup'));
    expect(state).toMatchObject({
      Resource: 'arn:aws:states:::ecs:runTask.waitForTaskToken',
      Parameters: {
        TaskDefinition: synthesis.task.id,
        LaunchType: 'FARGATE',
        PropagateTags: 'TASK_DEFINITION',
        NetworkConfiguration: {
          AwsvpcConfiguration: {
            Subnets: Object.keys(synthesis.resources('AWS::EC2::Subnet')),
            SecurityGroups: [`${group}.GroupId`],
            AssignPublicIp: 'ENABLED',
          },
        },
      },
    });
    expect(state.HeartbeatSeconds * 1000).toBeGreaterThan(5 * heartbeatTime);
    expect(state.TimeoutSeconds).toBeGreaterThan(86_400);
    expect(state).not.toHaveProperty('QueryLanguage');
    expect(state).not.toHaveProperty('Assign');
  });

  describe.each(tasks.options)('%s', (task) => {
    const state = definition().States[task];

    it("is retried for Lambda's own errors only, 4 times, after 2, 4, 8 and 16 seconds", () => {
      expect(state.Retry).toEqual([
        {
          ErrorEquals: [
            'Lambda.ServiceException',
            'Lambda.AWSLambdaException',
            'Lambda.SdkClientException',
            'Lambda.TooManyRequestsException',
          ],
          IntervalSeconds: 2,
          BackoffRate: 2,
          MaxAttempts: 4,
        },
      ]);
    });

    it('may take longer than its function, and not for ever', () => {
      const { Timeout } = synthesis.lambda(transferFunctions[task]).properties;
      expect(state.TimeoutSeconds).toBeGreaterThan(Number(Timeout));
      expect(state.TimeoutSeconds).toBeLessThanOrEqual(Number(Timeout) + 60);
    });

    it('uses no more of the language than the local interpreter knows', () => {
      expect(state).not.toHaveProperty('QueryLanguage');
      expect(state).not.toHaveProperty('Assign');
      expect(state).toMatchObject({
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { 'Payload.$': '$' },
        OutputPath: '$.Payload',
      });
    });
  });
});
