import { Duration, Stack } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-ecs';
import { CustomState } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import type { Network } from '../constructs/network.ts';
import { createNodeTask, type NodeTask } from '../constructs/node-task.ts';
import type { Platform } from '../constructs/platform.ts';
import type { ResourceAccess, Statement } from '../constructs/rights.ts';

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
  readonly access: readonly ResourceAccess[];
}

/**
 * Sends files that need more than the 15 minutes of a Lambda function, with a task on Fargate that runs the same code. It costs
 * nothing while idle.
 */
export class SendTask extends Construct {
  private readonly network: Network;
  private readonly cluster: CfnCluster;
  private readonly task: NodeTask;

  constructor(scope: Construct, id: string, props: SendTaskProps) {
    super(scope, id);
    this.network = props.platform.network;
    this.cluster = new CfnCluster(this, 'Cluster');
    acknowledgeNagFinding(
      this.cluster,
      'AwsSolutions-ECS4',
      'it runs a task now and then, which the state machine watches',
    );
    this.task = createNodeTask(this, { ...props, name, entry: 'files/send-task', cpu: 512, memoryMiB: 1024 });
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
      { actions: ['ecs:RunTask'], resources: [this.task.definition.taskDefinitionArn] },
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
        resources: this.task.roles.map((role) => role.roleArn),
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ];
  }

  private parameters() {
    return {
      Cluster: this.cluster.attrArn,
      TaskDefinition: this.task.definition.taskDefinitionArn,
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
}
