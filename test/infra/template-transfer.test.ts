import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { synthesize, transferFunctions } from './synthesis.ts';

const synthesis = synthesize();
const [machine] = Object.values(synthesis.resources('AWS::StepFunctions::StateMachine'));
const tasks = z.enum(['Prepare', 'Copy', 'Send', 'Complete', 'Fail']);
type Task = z.infer<typeof tasks>;
type Json = z.infer<ReturnType<typeof z.json>>;
type Answers = Partial<Record<Task, (Json | Error)[]>>;

/** The definition as CloudFormation would fill it in. */
function definition() {
  const join = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });
  const text = join.parse(machine?.Properties.DefinitionString)['Fn::Join'][1].map((part) => {
    if (typeof part === 'string') return part;
    const arn = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).safeParse(part);
    return arn.success ? functionArn(arn.data['Fn::GetAtt'][0]) : 'aws';
  });
  return JSON.parse(text.join(''));
}

function functionArn(id: string): string {
  return `arn:aws:lambda:eu-west-1:123456789012:function:${id}`;
}

const invocation = z.object({ FunctionName: z.string(), Payload: z.record(z.string(), z.unknown()) });

/** Runs the machine with the answers of its functions, each given once; an Error is thrown. Tells what was called, with what. */
async function run(input: Json, answers: Answers) {
  const calls: { task: Task; payload: Record<string, unknown> }[] = [];
  const handler = (task: Task) => async (event: unknown) => {
    const { FunctionName, Payload } = invocation.parse(event);
    expect(FunctionName).toBe(functionArn(synthesis.lambda(transferFunctions[task]).id));
    calls.push({ task, payload: Payload });
    const answer = answers[task]?.shift();
    if (answer instanceof Error) throw answer;
    return { Payload: answer ?? null };
  };
  const execution = new StateMachine(definition()).run(input, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(tasks.options.map((task) => [task, handler(task)])),
      retryIntervalOverrides: Object.fromEntries(tasks.options.map((task) => [task, 0])),
    },
  });
  const result: unknown = await execution.result;
  return { calls, result, path: calls.map(({ task }) => task) };
}

function serviceError(name: string): Error {
  return Object.assign(new Error('Lambda is not well'), { name });
}

describe('the transfer', () => {
  const input = { transfer: 't-1', kind: 'delivery', attempt: 2 };

  it('is a standard state machine with a name known beforehand, without tracing, logging errors without their data', () => {
    expect(machine?.Properties).toMatchObject({
      StateMachineName: 'dst-gateway-transfer',
      TracingConfiguration: { Enabled: false },
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
