import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  DefinitionBody,
  Errors,
  LogLevel,
  StateMachine,
  Succeed,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { type GatewayBucket, longestUpload, type ObjectAction } from '../constructs/bucket.ts';
import { GatewayFunction, type GatewayFunctionProps } from '../constructs/function.ts';
import { createLogs } from '../constructs/logs.ts';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import { output } from '../constructs/output.ts';
import type { Platform } from '../constructs/platform.ts';
import { allow, type ResourceAccess } from '../constructs/rights.ts';
import { registrationAccess } from './outbox.ts';
import { longestSending, SendTask } from './send-task.ts';
import { machineArn, machineName } from './state-machine-arn.ts';

/**
 * Timeout of an execution. A longer copy or sending has failed already: a sending state fails after 7 days, and S3 then aborts
 * the incomplete upload of a copy. All other states together take at most half an hour including retries, for which a day is
 * enough.
 */
const longestTransfer = Duration.days(Math.max(longestSending.toDays(), longestUpload.toDays()) + 1);

export interface TransferProps {
  readonly platform: Platform;
  readonly bucket: GatewayBucket;
  readonly messageAccess: readonly ResourceAccess[];
  readonly markAccess: readonly ResourceAccess[];
  readonly transferStartAccess: readonly ResourceAccess[];
}

/** The state machine that moves files: one execution per file, or per batch of small ones. */
export class TransferMachine extends Construct {
  readonly machine: StateMachine;
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, props: TransferProps) {
    super(scope, id);
    this.platform = props.platform;
    const sendTask = this.sendTask(props);
    this.machine = new StateMachine(this, 'StateMachine', {
      stateMachineName: machineName(this),
      definitionBody: DefinitionBody.fromChainable(this.definition(props, sendTask)),
      timeout: longestTransfer,
      // Execution data would contain ids of files and messages that remain after their deletion.
      logs: { destination: createLogs(this, this.platform), level: LogLevel.ERROR, includeExecutionData: false },
      tracingEnabled: true,
    });
    acknowledgeNagFinding(
      this.machine,
      'AwsSolutions-SF1',
      'every step would tell ids that outlive a deletion; errors are logged',
    );
    acknowledgeNagFinding(
      this.machine.role,
      'AwsSolutions-IAM5[Resource::*]',
      'the delivery of logs and traces have no resources (AWS Step Functions developer guide)',
    );
    allow(this.machine.role, sendTask.allowances);
    output(this, 'TransferStateMachine', this.machine.stateMachineArn);
  }

  /** Prepare → Copy (loop), Send or SendByTask → Complete; the result of each gives the `next` state. */
  private definition(props: TransferProps, sendTask: SendTask): LambdaInvoke {
    const { fail, ...functions } = this.tasks(props);
    const tasks = { ...functions, sendByTask: sendTask.state('SendByTask') };
    const done = new Succeed(this, 'Done');
    for (const task of Object.values(tasks)) task.addCatch(fail, { errors: [Errors.ALL], resultPath: '$.error' });
    const next = new Choice(this, 'Decide')
      .when(Condition.stringEquals('$.next', 'copy'), tasks.copy)
      .when(Condition.stringEquals('$.next', 'send'), tasks.send)
      .when(Condition.stringEquals('$.next', 'task'), tasks.sendByTask)
      .when(Condition.stringEquals('$.next', 'complete'), tasks.complete)
      .when(Condition.stringEquals('$.next', 'stop'), done)
      // "fail", or an unknown answer: an execution must not end without recording the failure.
      .otherwise(fail);
    tasks.copy.next(next);
    tasks.send.next(next);
    tasks.sendByTask.next(next);
    tasks.complete.next(done);
    fail.next(done);
    tasks.prepare.next(next);
    return tasks.prepare;
  }

  private sendTask(props: TransferProps): SendTask {
    const arn = machineArn(this);
    const actions = ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'];
    const telling = { environment: {}, allows: [{ actions, resources: [arn] }] };
    return new SendTask(this, 'SendTask', { platform: this.platform, access: [...sendAccess(props), telling] });
  }

  private tasks(props: TransferProps) {
    const { platform, bucket, messageAccess, markAccess, transferStartAccess } = props;
    const { tables, portal } = platform;
    const slot = tables.control.access('UpdateItem');
    const objects = (...actions: ObjectAction[]) => bucket.toObjects('projects/', ...actions);
    const prepare = this.task('Prepare', {
      entry: 'files/prepare-transfer',
      memorySize: 256,
      timeout: Duration.seconds(30),
      access: [
        tables.messages.access('GetItem', 'UpdateItem'),
        tables.files.access('BatchGetItem', 'UpdateItem'),
        slot,
        bucket.access('ListBucketMultipartUploads'),
        objects('AbortMultipartUpload'),
        platform.setting('TASK_ABOVE_BYTES'),
      ],
    });
    const copy = this.task('Copy', {
      entry: 'files/copy-files',
      // One whole virtual CPU, which hashing at line speed needs.
      memorySize: 1769,
      // functions/files/copy-files.ts starts nothing in the last three.
      timeout: Duration.minutes(15),
      // Young objects get three times so many MiB, not 48: what comes over the network is garbage soon, and its memory used again.
      nodeOptions: '--max-semi-space-size=2',
      access: [
        tables.files.access('BatchGetItem', 'UpdateItem'),
        slot,
        objects('GetObject', 'PutObject', 'AbortMultipartUpload'),
        portal,
        platform.setting('RANGES_IN_FLIGHT', 'MEBIBYTES_IN_FLIGHT', 'FIRST_BYTE_SECONDS', 'MIN_BYTES_PER_SECOND'),
      ],
    });
    const send = this.task('Send', {
      entry: 'files/send-file',
      memorySize: 512,
      timeout: Duration.minutes(15),
      access: sendAccess(props),
    });
    const complete = this.task('Complete', {
      entry: 'files/complete-transfer',
      memorySize: 256,
      // Five minutes for S3 to complete an upload (`completionTime`), and one for the rest.
      timeout: Duration.minutes(6),
      isRecursive: true,
      access: [
        ...messageAccess,
        ...transferStartAccess,
        // For a sent object that was replaced or removed.
        ...registrationAccess(platform, bucket),
        tables.members.access('DeleteItem'),
        tables.files.access('DeleteItem'),
        objects('GetObject', 'PutObject', 'ListMultipartUploadParts', 'AbortMultipartUpload'),
        ...markAccess,
      ],
    });
    const fail = this.task('Fail', {
      entry: 'files/fail-transfer',
      memorySize: 256,
      timeout: Duration.seconds(30),
      isRecursive: true,
      access: [...messageAccess, ...transferStartAccess],
    });
    return { prepare, copy, send, complete, fail };
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
    task.addRetry({
      errors: [
        'Lambda.ServiceException',
        'Lambda.AWSLambdaException',
        'Lambda.SdkClientException',
        'Lambda.TooManyRequestsException',
      ],
      interval: Duration.seconds(2),
      backoffRate: 2,
      maxAttempts: 4,
    });
    return task;
  }
}

/** Access for sending, by a function or a task. */
function sendAccess({ platform, bucket }: TransferProps): ResourceAccess[] {
  const { tables, portal } = platform;
  return [
    tables.messages.access('UpdateItem'),
    tables.files.access('BatchGetItem', 'UpdateItem'),
    tables.control.access('UpdateItem'),
    bucket.access('ListBucket'),
    bucket.toObjects('projects/', 'GetObject'),
    bucket.toObjects('outbox/', 'GetObject'),
    portal,
    platform.setting('LARGE_FILE_ENCODING', 'MAX_FORM_BYTES'),
  ];
}
