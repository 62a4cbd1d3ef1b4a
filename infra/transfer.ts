import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
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
import type { GatewayBucket } from './bucket.ts';
import { GatewayFunction } from './function.ts';
import { output } from './output.ts';
import type { Platform } from './platform.ts';
import type { Use } from './use.ts';

export interface TransferProps {
  readonly platform: Platform;
  readonly bucket: GatewayBucket;
  readonly lineWork: readonly Use[];
  readonly starting: readonly Use[];
}

/** The state machine that moves files: one execution per file, or per batch of small ones. */
export class Transfer extends Construct {
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, props: TransferProps) {
    super(scope, id);
    this.platform = props.platform;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: this.platform.settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const machine = new StateMachine(this, 'StateMachine', {
      stateMachineName: machineName(this),
      definitionBody: DefinitionBody.fromChainable(this.definition(props)),
      // Execution data would be file and message ids that outlive a deletion.
      logs: { destination: logGroup, level: LogLevel.ERROR, includeExecutionData: false },
      tracingEnabled: false,
    });
    output(this, 'TransferStateMachine', machine.stateMachineArn);
  }

  /** Prepare → Copy (loop) or Send → Complete; each function names the `next` state in its result. */
  private definition(props: TransferProps): LambdaInvoke {
    const { fail, ...tasks } = this.tasks(props);
    const done = new Succeed(this, 'Done');
    for (const task of Object.values(tasks)) task.addCatch(fail, { errors: [Errors.ALL], resultPath: '$.error' });
    const next = new Choice(this, 'Decide')
      .when(Condition.stringEquals('$.next', 'copy'), tasks.copy)
      .when(Condition.stringEquals('$.next', 'send'), tasks.send)
      .when(Condition.stringEquals('$.next', 'complete'), tasks.complete)
      .when(Condition.stringEquals('$.next', 'stop'), done)
      // "fail", or an answer that nobody knows: an execution must not end without a word about it.
      .otherwise(fail);
    tasks.copy.next(next);
    tasks.send.next(next);
    tasks.complete.next(done);
    fail.next(done);
    tasks.prepare.next(next);
    return tasks.prepare;
  }

  private tasks({ platform, bucket, lineWork, starting }: TransferProps) {
    const { tables, portal } = platform;
    const slots = tables.control.to('read', 'put', 'update', 'delete');
    const file = tables.files.to('read', 'put', 'update');
    const prepare = this.task('Prepare', 'files/prepare-transfer', 256, Duration.seconds(30), [
      tables.messages.to('read', 'update'),
      file,
      slots,
      bucket.to('GetObject', 'ListBucket', 'ListBucketMultipartUploads', 'AbortMultipartUpload'),
    ]);
    // 1769 MB is one whole virtual CPU, which hashing at line speed takes.
    const copy = this.task('Copy', 'files/copy-files', 1769, Duration.minutes(15), [
      file,
      slots,
      bucket.to('PutObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'),
      portal,
    ]);
    const send = this.task('Send', 'files/send-file', 512, Duration.minutes(15), [
      tables.messages.to('read', 'update'),
      tables.files.to('read'),
      slots,
      bucket.to('GetObject', 'ListBucket'),
      portal,
      platform.setting('LARGE_FILE_ENCODING'),
    ]);
    const complete = this.task(
      'Complete',
      'files/complete-transfer',
      256,
      Duration.seconds(60),
      [...lineWork, file, bucket.to('GetObject', 'ListBucket', 'PutObject', 'AbortMultipartUpload'), ...starting],
      RecursiveLoop.ALLOW,
    );
    const fail = this.task('Fail', 'files/fail-transfer', 256, Duration.seconds(30), [
      tables.messages.to('read', 'update'),
      tables.lines.to('read', 'query', 'put', 'update', 'delete'),
      tables.history.to('put', 'query'),
      tables.incidents.to('read', 'put', 'update'),
      file,
      slots,
      bucket.to('ListBucket', 'ListBucketMultipartUploads', 'AbortMultipartUpload'),
      ...starting,
      platform.setting('MAX_ATTEMPTS', 'POLL_SECONDS'),
    ]);
    return { prepare, copy, send, complete, fail };
  }

  /** A state whose function gets the whole input, and whose output is what the function returned. */
  private task(
    state: string,
    entry: string,
    memorySize: number,
    timeout: Duration,
    uses: readonly Use[],
    recursiveLoop = RecursiveLoop.TERMINATE,
  ): LambdaInvoke {
    const { lambda } = new GatewayFunction(this, `${state}Function`, {
      platform: this.platform,
      entry,
      memorySize,
      timeout,
      uses,
      recursiveLoop,
    });
    const task = LambdaInvoke.jsonPath(this, state, {
      lambdaFunction: lambda,
      outputPath: '$.Payload',
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(timeout.plus(Duration.minutes(1))),
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

/**
 * Starting executions. The ARN is made from the state machine's name: its tasks start the next transfer themselves, and a
 * reference to the machine would make CloudFormation wait in a circle.
 */
export function startTransfers(scope: Construct): Use {
  const arn = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: machineName(scope),
  });
  return {
    environment: { TRANSFER_STATE_MACHINE_ARN: arn },
    allows: [{ actions: ['states:StartExecution'], resources: [arn] }],
  };
}

function machineName(scope: Construct): string {
  return `${Stack.of(scope).stackName}-transfer`;
}
