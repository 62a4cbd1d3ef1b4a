import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import {
  CfnCluster,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { CustomState } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { transformSync } from 'esbuild';
import { type Access, allow, type Statement } from '../constructs/access.ts';
import { commonTo, environmentOf } from '../constructs/function.ts';
import { createLogs } from '../constructs/logs.ts';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import type { Network } from '../constructs/network.ts';
import type { Platform } from '../constructs/platform.ts';

/**
 * node:24.18.0-bookworm-slim, for ARM and x86, pinned by digest. From Docker's public mirror at AWS, so that neither the
 * deployment nor the task needs Docker Hub or our own repository.
 */
const image =
  'public.ecr.aws/docker/library/node@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d';

/** The container's name. */
const name = 'send-task';

/**
 * Time without a heartbeat after which the state fails. A task starts within about a minute and then sends a heartbeat every
 * minute; a stalled sending fails earlier by itself.
 */
const heartbeat = Duration.minutes(10);

/** 500 GB at 5 MB/s are 28 hours. */
export const longestSending = Duration.days(7);

export interface SendTaskProps {
  readonly platform: Platform;
  /** Variables and rights of the resources that the program uses. */
  readonly access: readonly Access[];
}

/**
 * Sends files that need more than the 15 minutes of a Lambda function, with a task on Fargate that runs the same code. It costs
 * nothing while idle.
 */
export class SendTask extends Construct {
  private readonly network: Network;
  private readonly cluster: CfnCluster;
  private readonly definition: FargateTaskDefinition;
  private readonly roles: readonly IRole[];

  constructor(scope: Construct, id: string, props: SendTaskProps) {
    super(scope, id);
    this.network = props.platform.network;
    this.cluster = new CfnCluster(this, 'Cluster');
    acknowledgeNagFinding(
      this.cluster,
      'AwsSolutions-ECS4',
      'it runs a task now and then, which the state machine watches',
    );
    const path = props.platform.bundles.program('files/send-task');
    const program = new Asset(this, 'Program', { path });
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const taskRole = this.taskRole(props, program);
    const executionRole = new Role(this, 'ExecutionRole', { assumedBy: ecsTasks() });
    this.roles = [taskRole, executionRole];
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      family: `${Stack.of(this).stackName}-${name}`,
      cpu: 512,
      memoryLimitMiB: 1024,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      taskRole,
      executionRole,
    });
    this.addContainer(props, { url: program.httpUrl, sha256 });
    acknowledgeNagFinding(
      this.definition,
      'AwsSolutions-ECS2',
      'the variables are names and limits; the secrets among them are ARNs',
    );
  }

  /** The state that runs the program. The program gets its input and gives its output. */
  state(id: string): CustomState {
    const state = new CustomState(this, id, {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Stack.of(this).partition}:states:::ecs:runTask.waitForTaskToken`,
        Parameters: this.parameters(),
        HeartbeatSeconds: heartbeat.toSeconds(),
        TimeoutSeconds: longestSending.toSeconds(),
      },
    });
    return state.addRetry({
      // No capacity, or another failure of ECS: no task has run.
      errors: ['AmazonECS.Unknown', 'ECS.AmazonECSException', 'ECS.ServerException'],
      interval: Duration.seconds(15),
      backoffRate: 2,
      maxAttempts: 4,
    });
  }

  /** Statements that the state machine needs to run the task. */
  get allowances(): Statement[] {
    const { partition, region, account } = Stack.of(this);
    const clusterId = Stack.of(this).getLogicalId(this.cluster);
    return [
      { actions: ['ecs:RunTask'], resources: [this.definition.taskDefinitionArn] },
      {
        // Amazon ECS developer guide, "Grant permission to tag resources on creation".
        actions: ['ecs:TagResource'],
        resources: [`arn:${partition}:ecs:${region}:${account}:task/${this.cluster.ref}/*`],
        conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
        wildcard: {
          finding: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<${clusterId}>/*]`,
          reason: 'nobody knows the name of a task before it runs',
        },
      },
      {
        actions: ['iam:PassRole'],
        resources: this.roles.map((role) => role.roleArn),
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ];
  }

  private parameters() {
    return {
      Cluster: this.cluster.attrArn,
      TaskDefinition: this.definition.taskDefinitionArn,
      LaunchType: 'FARGATE',
      // Tags for the costs of a task.
      PropagateTags: 'TASK_DEFINITION',
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: this.network.subnetIds,
          SecurityGroups: [this.network.securityGroupId],
          AssignPublicIp: this.network.isPublic ? 'ENABLED' : 'DISABLED',
        },
      },
      Overrides: {
        ContainerOverrides: [
          {
            Name: name,
            Environment: [
              { Name: 'TRANSFER', 'Value.$': 'States.JsonToString($)' },
              { Name: 'TASK_TOKEN', 'Value.$': '$$.Task.Token' },
            ],
          },
        ],
      },
    };
  }

  private taskRole({ access }: SendTaskProps, program: Asset): Role {
    const role = new Role(this, 'Role', { assumedBy: ecsTasks() });
    const code = program.bucket.arnForObjects(program.s3ObjectKey);
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [code] }));
    allow(
      role,
      access.flatMap(({ allows }) => allows),
    );
    return role;
  }

  private addContainer({ platform, access }: SendTaskProps, program: { url: string; sha256: string }): void {
    const logGroup = createLogs(this, platform);
    this.definition.addContainer(name, {
      image: ContainerImage.fromRegistry(image),
      user: 'node',
      command: ['node', '--input-type=module', '--eval', fetchProgram()],
      environment: {
        ...commonTo(this),
        ...platform.tableNames,
        ...environmentOf(access),
        AWS_REGION: Stack.of(this).region,
        PROGRAM_URL: program.url,
        PROGRAM_SHA256: program.sha256,
      },
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: name }),
    });
  }
}

/** The program without comments and template literals, because CloudFormation's validation would interpret `${…}`. */
function fetchProgram(): string {
  const source = readFileSync(join(import.meta.dirname, 'fetch-program.mjs'), 'utf8');
  return transformSync(source, { format: 'esm', minify: true, supported: { 'template-literal': false } }).code;
}

const ecsTasks = () => new ServicePrincipal('ecs-tasks.amazonaws.com');
