import { Duration } from 'aws-cdk-lib';
import { DefinitionBody, Errors, Fail, LogLevel, StateMachine, Succeed, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { GatewayBucket } from '../constructs/bucket.ts';
import { GatewayFunction, type GatewayFunctionProps } from '../constructs/function.ts';
import { createLogs } from '../constructs/logs.ts';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import { output } from '../constructs/output.ts';
import type { Platform } from '../constructs/platform.ts';
import type { ResourceAccess } from '../constructs/rights.ts';
import { processMachineName, startProcessExecution, stopProcessExecution } from './executions.ts';
import { processAccess } from './rights.ts';

/** Time of what a service does after a step: copies of 20 GB, at some 100 MB/s. */
const longestWork = Duration.minutes(15);

export interface ProcessWorkProps {
  readonly platform: Platform;
  readonly filesBucket: GatewayBucket;
  /** Access to workspaces: the names of their resources, and the rights to put files into one and to start its job. */
  readonly workspaces: { readonly names: readonly ResourceAccess[]; readonly filling: readonly ResourceAccess[] };
}

/** Files of processes, and the work on processes that takes longer than a request: verification, and what services do after steps. */
export class ProcessWork extends Construct {
  readonly bucket: GatewayBucket;
  readonly machine: StateMachine;
  /** Variables and rights of every function that changes processes. */
  readonly access: readonly ResourceAccess[];

  constructor(scope: Construct, id: string, { platform, filesBucket, workspaces }: ProcessWorkProps) {
    super(scope, id);
    const { tables } = platform;
    this.bucket = new GatewayBucket(this, 'Attachments', 'ATTACHMENTS_BUCKET', { key: platform.key });
    this.access = [
      ...processAccess(platform),
      // The deletion of a process with all that is beside it.
      tables.processes.access('BatchWriteItem'),
      tables.projects.access('GetItem'),
      tables.users.access('GetItem'),
      tables.files.access('BatchGetItem'),
      this.bucket.access('ListBucket', 'ListBucketMultipartUploads'),
      this.bucket.toObjects('processes/', 'GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'),
      filesBucket.access('ListBucket'),
      startProcessExecution(this),
      stopProcessExecution(this),
      ...workspaces.names,
      platform.setting('MAIL_SENDER', 'MAIL_LINK'),
    ];
    const doWork = this.task('DoWork', {
      platform,
      entry: 'processes/do-work',
      memorySize: 512,
      timeout: longestWork,
      access: [...this.access, ...workspaces.filling, filesBucket.toObjects('outbox/', 'GetObject', 'PutObject')],
    });
    const failWork = this.task('FailWork', {
      platform,
      entry: 'processes/fail-work',
      memorySize: 256,
      timeout: Duration.seconds(30),
      access: this.access,
    });
    doWork.addCatch(failWork.next(new Fail(this, 'Failed')), { errors: [Errors.ALL], resultPath: '$.error' });
    this.machine = new StateMachine(this, 'StateMachine', {
      stateMachineName: processMachineName(this),
      definitionBody: DefinitionBody.fromChainable(doWork.next(new Succeed(this, 'Done'))),
      timeout: Duration.hours(2),
      logs: { destination: createLogs(this, platform), level: LogLevel.ERROR, includeExecutionData: false },
      tracingEnabled: true,
    });
    acknowledgeNagFinding(
      this.machine,
      'AwsSolutions-SF1',
      'the history of a process says what came of its work; errors are logged',
    );
    acknowledgeNagFinding(
      this.machine.role,
      'AwsSolutions-IAM5[Resource::*]',
      'the delivery of logs and traces have no resources (AWS Step Functions developer guide)',
    );
    output(this, 'ProcessWorkStateMachine', this.machine.stateMachineArn);
  }

  /** A state with a function that gets the whole input. */
  private task(state: string, props: GatewayFunctionProps): LambdaInvoke {
    const { lambda } = new GatewayFunction(this, `${state}Function`, props);
    const task = LambdaInvoke.jsonPath(this, state, {
      lambdaFunction: lambda,
      // The input stays, for the state that follows a failure.
      resultPath: '$.result',
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(props.timeout.plus(Duration.minutes(1))),
    });
    task.addRetry({ errors: [Errors.ALL], interval: Duration.seconds(5), backoffRate: 3, maxAttempts: 3 });
    return task;
  }
}
