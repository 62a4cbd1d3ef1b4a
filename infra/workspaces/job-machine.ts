import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  DefinitionBody,
  Errors,
  Fail,
  LogLevel,
  StateMachine,
  Succeed,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { GatewayFunction, type GatewayFunctionProps } from '../constructs/function.ts';
import { createLogs } from '../constructs/logs.ts';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import { output } from '../constructs/output.ts';
import type { Platform } from '../constructs/platform.ts';
import type { ResourceAccess } from '../constructs/rights.ts';

export interface JobMachineProps {
  readonly platform: Platform;
  /** Access of each step. */
  readonly launch: readonly ResourceAccess[];
  readonly watch: readonly ResourceAccess[];
  readonly end: readonly ResourceAccess[];
}

/** Longest job that a resource may allow, with its time in a queue and for its files. */
const longestExecution = Duration.days(14);

/**
 * The state machine of jobs: one execution per job. Launch → Watch (again after each pause) → End. A step that fails for good
 * leads to End, too, which ends the job as failed with the reason.
 */
export class JobMachine extends Construct {
  readonly machine: StateMachine;
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, props: JobMachineProps) {
    super(scope, id);
    const { platform } = props;
    this.platform = platform;
    this.machine = new StateMachine(this, 'StateMachine', {
      stateMachineName: machineName(this),
      definitionBody: DefinitionBody.fromChainable(this.definition(props)),
      timeout: longestExecution,
      logs: { destination: createLogs(this, platform), level: LogLevel.ERROR, includeExecutionData: false },
      tracingEnabled: true,
    });
    acknowledgeNagFinding(this.machine, 'AwsSolutions-SF1', 'the row of a job says how it ended; errors are logged');
    acknowledgeNagFinding(
      this.machine.role,
      'AwsSolutions-IAM5[Resource::*]',
      'the delivery of logs and traces have no resources (AWS Step Functions developer guide)',
    );
    output(this, 'JobStateMachine', this.machine.stateMachineArn);
  }

  private definition(access: JobMachineProps) {
    const launch = this.task('Launch', {
      entry: 'workspaces/launch-job',
      memorySize: 512,
      // A local job fetches its files before it starts.
      timeout: Duration.minutes(15),
      access: access.launch,
    });
    const watch = this.task('Watch', {
      entry: 'workspaces/watch-job',
      memorySize: 256,
      timeout: Duration.minutes(1),
      access: access.watch,
    });
    const end = this.task('End', {
      entry: 'workspaces/end-job',
      memorySize: 512,
      timeout: Duration.minutes(15),
      access: access.end,
    });
    const done = new Succeed(this, 'Done');
    const pause = new Wait(this, 'Pause', { time: WaitTime.secondsPath('$.pause') });
    const next = new Choice(this, 'Decide')
      .when(Condition.stringEquals('$.next', 'watch'), pause)
      .when(Condition.stringEquals('$.next', 'stop'), done)
      .otherwise(end);
    launch.addCatch(end, { errors: [Errors.ALL], resultPath: '$.error' });
    watch.addCatch(end, { errors: [Errors.ALL], resultPath: '$.error' });
    // The sweep starts another execution.
    end.addCatch(new Fail(this, 'Failed'), { errors: [Errors.ALL] });
    pause.next(watch);
    watch.next(next);
    end.next(done);
    return launch.next(next);
  }

  /** A state with a function that gets the whole input and whose result is the output. */
  private task(state: string, props: Omit<GatewayFunctionProps, 'platform'>): LambdaInvoke {
    const { lambda } = new GatewayFunction(this, `${state}Function`, { platform: this.platform, ...props });
    const task = LambdaInvoke.jsonPath(this, state, {
      lambdaFunction: lambda,
      outputPath: '$.Payload',
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(props.timeout.plus(Duration.minutes(1))),
    });
    task.addRetry({ errors: [Errors.ALL], interval: Duration.seconds(2), backoffRate: 2, maxAttempts: 6 });
    return task;
  }
}

/** Access for starting executions. The ARN is built from the name: the machine's own functions start executions, too. */
export function startJobExecution(scope: Construct): ResourceAccess {
  const arn = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: machineName(scope),
  });
  return {
    environment: { JOB_STATE_MACHINE_ARN: arn },
    allows: [{ actions: ['states:StartExecution'], resources: [arn] }],
  };
}

const machineName = (scope: Construct) => `${Stack.of(scope).stackName}-job`;
