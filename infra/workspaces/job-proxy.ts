import { CfnSecurityGroup, CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2';
import { CfnCluster, CfnService } from 'aws-cdk-lib/aws-ecs';
import { CfnListener, CfnLoadBalancer, CfnTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { healthPath } from '../../shared/workspaces/proxy/server.ts';
import { acknowledgeNagFinding } from '../constructs/nag.ts';
import type { Network } from '../constructs/network.ts';
import { createNodeTask } from '../constructs/node-task.ts';
import { output } from '../constructs/output.ts';
import type { Platform } from '../constructs/platform.ts';
import type { ResourceAccess } from '../constructs/rights.ts';

/** The container's name and port. */
const name = 'job-proxy';
const port = 8_080;

/** Longest silence of a connection in seconds. Jupyter sends something each half a minute. */
const idleSeconds = 600;

/** Ports of job servers, and where they are: private networks, of the VPC and what it is joined with. */
const jobPorts = { fromPort: 1_024, toPort: 65_535 };
const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

export interface JobProxyProps {
  readonly platform: Platform;
  /** Certificate of the names of jobs. Without one, on one machine, there is no load balancer. */
  readonly certificateArn: string | undefined;
}

/** The metrics' dimensions of a load balancer and of what is behind it. */
export interface Balancer {
  readonly loadBalancer: string;
  readonly targetGroup: string;
}

/**
 * The proxy to interactive jobs: a service of one task on Fargate, behind a load balancer that ends TLS. What a browser may reach
 * is in tables alone, so a task that dies or is replaced forgets nothing.
 */
export class JobProxy extends Construct {
  /** Absent on one machine. */
  readonly balancer: Balancer | undefined;

  constructor(scope: Construct, id: string, { platform, certificateArn }: JobProxyProps) {
    super(scope, id);
    const { network } = platform;
    const { definition } = createNodeTask(this, {
      platform,
      entry: 'workspaces/job-proxy',
      name,
      cpu: 256,
      memoryMiB: 512,
      access: accessOf(platform),
      ports: [{ containerPort: port }],
    });
    const cluster = new CfnCluster(this, 'Cluster');
    acknowledgeNagFinding(cluster, 'AwsSolutions-ECS4', 'an alarm tells when its one task does not answer');
    const group = this.createGroup(network);
    const front = certificateArn === undefined ? undefined : this.createFront(network, group, certificateArn);
    const service = new CfnService(this, 'Service', {
      cluster: cluster.ref,
      taskDefinition: definition.taskDefinitionArn,
      launchType: 'FARGATE',
      desiredCount: 1,
      propagateTags: 'TASK_DEFINITION',
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: network.subnetIds,
          securityGroups: [group.attrGroupId],
          assignPublicIp: network.isPublic ? 'ENABLED' : 'DISABLED',
        },
      },
      ...(front && {
        healthCheckGracePeriodSeconds: 120,
        loadBalancers: [{ containerName: name, containerPort: port, targetGroupArn: front.targets.ref }],
      }),
    });
    if (!front) return;
    service.addResourceDependency(front.listener);
    this.balancer = {
      loadBalancer: front.balancer.attrLoadBalancerFullName,
      targetGroup: front.targets.attrTargetGroupFullName,
    };
    output(this, 'JobsDomainTarget', front.balancer.attrDnsName);
  }

  /** The security group of the task: out to AWS and to job servers. */
  private createGroup(network: Network): CfnSecurityGroup {
    const tcp = { ipProtocol: 'tcp' };
    const group = new CfnSecurityGroup(this, 'Group', {
      vpcId: network.vpcId,
      groupDescription: 'Proxy to interactive jobs: out to AWS and to the servers of jobs',
      securityGroupEgress: [
        { ...tcp, fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0' },
        ...privateNetworks.map((cidrIp) => ({ ...tcp, ...jobPorts, cidrIp })),
      ],
    });
    // Tasks that run jobs are in the group of everything else.
    new CfnSecurityGroupIngress(this, 'ToJobs', {
      groupId: network.securityGroupId,
      description: 'From the proxy to the servers of jobs',
      ...tcp,
      ...jobPorts,
      sourceSecurityGroupId: group.attrGroupId,
    });
    return group;
  }

  /** The load balancer, with the way from it to the task. */
  private createFront(network: Network, group: CfnSecurityGroup, certificateArn: string) {
    const tcp = { ipProtocol: 'tcp' };
    const outside = new CfnSecurityGroup(this, 'BalancerGroup', {
      vpcId: network.vpcId,
      groupDescription: 'Load balancer of interactive jobs: HTTPS in, to the proxy out',
      securityGroupIngress: [{ ...tcp, fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0' }],
      securityGroupEgress: [{ ...tcp, fromPort: port, toPort: port, destinationSecurityGroupId: group.attrGroupId }],
    });
    acknowledgeNagFinding(outside, 'AwsSolutions-EC23', 'people sign in from anywhere, as at the HTTP API');
    new CfnSecurityGroupIngress(this, 'FromBalancer', {
      groupId: group.attrGroupId,
      description: 'From the load balancer',
      ...tcp,
      fromPort: port,
      toPort: port,
      sourceSecurityGroupId: outside.attrGroupId,
    });
    const balancer = new CfnLoadBalancer(this, 'Balancer', {
      type: 'application',
      scheme: 'internet-facing',
      subnets: network.publicSubnetIds(),
      securityGroups: [outside.attrGroupId],
      loadBalancerAttributes: attributes({
        'idle_timeout.timeout_seconds': `${idleSeconds}`,
        'routing.http.desync_mitigation_mode': 'strictest',
        'routing.http.drop_invalid_header_fields.enabled': 'true',
        'routing.http.preserve_host_header.enabled': 'true',
      }),
    });
    balancer.addResourceDependency(network.internet);
    acknowledgeNagFinding(
      balancer,
      'AwsSolutions-ELB2',
      'its log would have addresses with tickets and names of files',
    );
    const targets = new CfnTargetGroup(this, 'Targets', {
      vpcId: network.vpcId,
      protocol: 'HTTP',
      port,
      targetType: 'ip',
      healthCheckPath: healthPath,
      healthCheckIntervalSeconds: 15,
      targetGroupAttributes: attributes({ 'deregistration_delay.timeout_seconds': '30' }),
    });
    const listener = new CfnListener(this, 'Listener', {
      loadBalancerArn: balancer.ref,
      protocol: 'HTTPS',
      port: 443,
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      certificates: [{ certificateArn }],
      defaultActions: [{ type: 'forward', targetGroupArn: targets.ref }],
    });
    return { balancer, targets, listener };
  }
}

/** Variables and rights of the proxy: it reads who owns a job, and takes tickets. */
function accessOf(platform: Platform): ResourceAccess[] {
  const { tables } = platform;
  return [
    platform.workspaceTable,
    platform.setting('WORKSPACES', 'JOBS_URL'),
    { environment: { JOB_PROXY_ADDRESS: `0.0.0.0:${port}` }, allows: [] },
    tables.workspaces.access('GetItem', 'PutItem', 'DeleteItem'),
    ...[tables.accounts, tables.sessions, tables.users, tables.projects].map((table) => table.access('GetItem')),
  ];
}

const attributes = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));
