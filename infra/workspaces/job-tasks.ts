import { Stack } from 'aws-cdk-lib';
import { CfnCluster, CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { readConfiguration, type WorkspacesConfiguration } from '../../shared/workspaces/configuration.ts';
import {
  containerCommand,
  containerName,
  type JobTasks as Named,
} from '../../shared/workspaces/resources/fargate/tasks.ts';
import { createLogs } from '../constructs/logs.ts';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import type { Platform } from '../constructs/platform.ts';
import { allow, type ResourceAccess, type Statement } from '../constructs/rights.ts';

type FargateResource = Extract<WorkspacesConfiguration['available_resources'][string], { resource_type: 'fargate' }>;

/** Image in a private repository of ECR: account, region, repository. */
const privateImage = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^@:]+)[@:]/;

/** Access of the steps of a job to its task. */
export interface JobTaskAccess {
  readonly launch: readonly ResourceAccess[];
  readonly watch: readonly ResourceAccess[];
  readonly end: readonly ResourceAccess[];
}

/**
 * Creates what runs jobs of workspaces as tasks on Fargate, if the configuration has such a resource.
 *
 * @returns the access of the steps; none without such a resource
 */
export function createJobTasks(scope: Construct, platform: Platform): JobTaskAccess {
  const { available_resources: all } = readConfiguration(platform.settings.workspaces);
  const resources = Object.entries(all).flatMap(([key, resource]): [string, FargateResource][] =>
    resource.resource_type === 'fargate' ? [[key, resource]] : [],
  );
  if (resources.length === 0) return { launch: [], watch: [], end: [] };
  return new JobTasks(scope, 'JobTasks', { platform, resources }).access;
}

interface JobTasksProps {
  readonly platform: Platform;
  readonly resources: readonly [key: string, resource: FargateResource][];
}

/**
 * A cluster, and a task definition for each resource. An idle cluster costs nothing. A task has no role, so a job has no rights at
 * AWS: it fetches and stores its files by presigned addresses.
 */
class JobTasks extends Construct {
  private readonly cluster: CfnCluster;
  private readonly executionRole: Role;
  private readonly definitions: Readonly<Record<string, string>>;
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, { platform, resources }: JobTasksProps) {
    super(scope, id);
    this.platform = platform;
    this.cluster = new CfnCluster(this, 'Cluster');
    acknowledgeNagFinding(this.cluster, 'AwsSolutions-ECS4', 'the rows and the logs of jobs say how they ended');
    const logGroup = createLogs(this, platform);
    this.executionRole = new Role(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    logGroup.grantWrite(this.executionRole);
    allow(
      this.executionRole,
      resources.flatMap(
        ([
          ,
          {
            connection_details: { image },
          },
        ]) => this.pulling(image),
      ),
    );
    this.definitions = Object.fromEntries(
      resources.map(([key, resource]) => [key, this.define(key, resource, logGroup.logGroupName)]),
    );
  }

  get access(): JobTaskAccess {
    const { network } = this.platform;
    const named: Named = {
      cluster: this.cluster.attrArn,
      definitions: this.definitions,
      subnets: network.subnetIds,
      securityGroups: [network.securityGroupId],
      publicAddress: network.isPublic,
    };
    const environment = { JOB_TASKS: Stack.of(this).toJsonString(named) };
    const stop = this.onTasks(['ecs:DescribeTasks', 'ecs:StopTask']);
    return {
      // The end of a job that came during its launch stops the task.
      launch: [{ environment, allows: [...this.running(), stop] }],
      watch: [{ environment, allows: [stop] }],
      end: [{ environment, allows: [stop] }],
    };
  }

  /** @returns the ARN of the task definition */
  private define(key: string, { connection_details: { image, architecture } }: FargateResource, logs: string): string {
    const definition = new CfnTaskDefinition(this, `Definition${key}`, {
      family: `${Stack.of(this).stackName}-job-${key}`,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      // Each job has its own size.
      cpu: '1024',
      memory: '2048',
      runtimePlatform: {
        cpuArchitecture: architecture === 'arm64' ? 'ARM64' : 'X86_64',
        operatingSystemFamily: 'LINUX',
      },
      executionRoleArn: this.executionRole.roleArn,
      containerDefinitions: [
        {
          name: containerName,
          image,
          essential: true,
          command: [...containerCommand],
          logConfiguration: {
            logDriver: 'awslogs',
            options: { 'awslogs-group': logs, 'awslogs-region': Stack.of(this).region, 'awslogs-stream-prefix': key },
          },
        },
      ],
    });
    return definition.ref;
  }

  private running(): Statement[] {
    return [
      {
        actions: ['ecs:RunTask'],
        resources: Object.values(this.definitions),
        conditions: { ArnEquals: { 'ecs:cluster': this.cluster.attrArn } },
      },
      {
        actions: ['ecs:ListTasks'],
        resources: ['*'],
        conditions: { ArnEquals: { 'ecs:cluster': this.cluster.attrArn } },
        wildcard: {
          finding: 'AwsSolutions-IAM5[Resource::*]',
          reason: 'the condition names the cluster; lists of tasks have no resource of their own',
        },
      },
      {
        // Amazon ECS developer guide, "Grant permission to tag resources on creation".
        ...this.onTasks(['ecs:TagResource']),
        conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
      },
      {
        actions: ['iam:PassRole'],
        resources: [this.executionRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ];
  }

  private onTasks(actions: string[]): Statement {
    const { partition, region, account } = Stack.of(this);
    const clusterId = Stack.of(this).getLogicalId(this.cluster);
    return {
      actions,
      resources: [`arn:${partition}:ecs:${region}:${account}:task/${this.cluster.ref}/*`],
      wildcard: {
        finding: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<${clusterId}>/*]`,
        reason: 'nobody knows the name of a task before it runs',
      },
    };
  }

  /** Rights to pull an image from a private repository. */
  private pulling(image: string): Statement[] {
    const [, account, region, repository] = privateImage.exec(image) ?? [];
    if (!repository) return [];
    return [
      {
        actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
        resources: [`arn:${Stack.of(this).partition}:ecr:${region}:${account}:repository/${repository}`],
      },
      {
        actions: ['ecr:GetAuthorizationToken'],
        resources: ['*'],
        wildcard: {
          finding: 'AwsSolutions-IAM5[Resource::*]',
          reason: 'the token has no resource (Amazon ECR user guide)',
        },
      },
    ];
  }
}
