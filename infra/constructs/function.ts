import { type Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, Function as Lambda, RecursiveLoop, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { createLogs } from './logs.ts';
import { acknowledgeNagFinding } from './nag.ts';
import type { Network } from './network.ts';
import type { Platform } from './platform.ts';
import { allow, type Environment, type ResourceAccess } from './rights.ts';

export interface GatewayFunctionProps {
  readonly platform: Platform;
  /**
   * The file below functions/, without `.ts`. Also the function's description, from which people and the local runner know its
   * name.
   */
  readonly entry: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  /** Options of Node.js and V8. */
  readonly nodeOptions?: string;
  /** Variables and rights of the resources that it uses. */
  readonly access: readonly ResourceAccess[];
  /** For functions in the loop SQS → Lambda → SQS, or that invoke themselves, which Lambda otherwise stops after about 16 rounds. */
  readonly isRecursive?: boolean;
}

/** Grants the right to invoke the function itself, but not its versions, which CDK would add and of which there are none. */
class Unversioned extends Lambda {
  override get resourceArnsForGrantInvoke(): string[] {
    return [this.functionArn];
  }
}

/** A function with only the rights and variables that it needs, and with its own log group. */
export class GatewayFunction extends Construct {
  readonly lambda: Lambda;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    const { bundles, network } = props.platform;
    const logGroup = createLogs(this, props.platform);
    // Not CDK's role, whose managed policy lets a function write to every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.role = role;
    allow(
      role,
      props.access.flatMap(({ allows }) => allows),
    );
    this.lambda = new Unversioned(this, 'Function', {
      description: props.entry,
      code: bundles.lambda(props.entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize,
      timeout: props.timeout,
      recursiveLoop: props.isRecursive ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      logGroup,
      role,
      // The SDK propagates the trace to SQS and Step Functions, so one trace covers a poll and the work that follows.
      tracing: Tracing.ACTIVE,
      environment: {
        ...commonTo(this),
        ...(props.nodeOptions !== undefined && { NODE_OPTIONS: props.nodeOptions }),
        ...props.platform.tableNames,
        ...environmentOf(props.access),
      },
    });
    acknowledgeNagFinding(
      role,
      'AwsSolutions-IAM5[Resource::*]',
      'traces have no resources, nor have network interfaces before Lambda makes them',
    );
    if (!network.isPublic) this.join(network);
  }

  /** Attaches the function to the network. Lambda creates the network interfaces with the function's rights. */
  private join({ subnetIds, securityGroupId }: Network): void {
    const { defaultChild } = this.lambda.node;
    if (!(defaultChild instanceof CfnFunction)) throw new TypeError('The function has no CloudFormation resource');
    defaultChild.vpcConfig = { subnetIds, securityGroupIds: [securityGroupId] };
    // AWS Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC".
    const actions = [
      'AssignPrivateIpAddresses',
      'CreateNetworkInterface',
      'DeleteNetworkInterface',
      'DescribeNetworkInterfaces',
      'DescribeSubnets',
      'UnassignPrivateIpAddresses',
    ];
    const statement = new PolicyStatement({ actions: actions.map((action) => `ec2:${action}`), resources: ['*'] });
    const { policyDependable } = this.role.addToPrincipalPolicy(statement);
    // Lambda checks these rights when it creates the function.
    if (policyDependable) this.lambda.node.addDependency(policyDependable);
    acknowledgeNagFinding(
      this.role,
      'AwsSolutions-IAM5[Resource::*]',
      'Lambda makes the interfaces, and nobody knows their names before',
    );
  }
}

/**
 * Environment of every process of the gateway. Without --enable-source-maps: Node would parse the whole map for the first stack
 * trace, which takes 0.1 s of a processor, of which a function with 256 MB has a seventh. The maps are next to the bundles for
 * people.
 */
export const commonTo = (scope: Construct) => ({
  // Dimension of the metrics, which distinguishes gateways in one account.
  POWERTOOLS_SERVICE_NAME: Stack.of(scope).stackName,
  POWERTOOLS_LOG_LEVEL: 'INFO',
});

export function environmentOf(access: readonly ResourceAccess[]): Environment {
  return Object.assign({}, ...access.map(({ environment }) => environment));
}
