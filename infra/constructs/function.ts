import { type Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, Function as Lambda, RecursiveLoop, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type Access, allow, type Environment } from './access.ts';
import { createLogs } from './logs.ts';
import { acknowledgeNagFinding } from './nag.ts';
import type { Network } from './network.ts';
import type { Platform } from './platform.ts';

export interface GatewayFunctionProps {
  readonly platform: Platform;
  /** The file below functions/, without `.ts`; the function's description too, which tells people and the local runner its name. */
  readonly entry: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  /** Options of Node.js and V8. */
  readonly nodeOptions?: string;
  /** What it may touch, and how it finds that. */
  readonly uses: readonly Access[];
  /** For functions that take part in the loop SQS → Lambda → SQS, which Lambda otherwise cuts after some 16 rounds. */
  readonly recursiveLoop?: RecursiveLoop;
}

/** Whoever may invoke it may invoke it as it is now; CDK allows all versions, too, of which there are none. */
class Unversioned extends Lambda {
  override get resourceArnsForGrantInvoke(): string[] {
    return [this.functionArn];
  }
}

/** A function with the rights and variables that it needs, and no others, and with a log group of its own. */
export class GatewayFunction extends Construct {
  readonly lambda: Lambda;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    const { bundles, network } = props.platform;
    const logGroup = createLogs(this, props.platform);
    // Not CDK's role: its managed policy lets a function write to every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.role = role;
    allow(
      role,
      props.uses.flatMap((use) => use.allows),
    );
    this.lambda = new Unversioned(this, 'Function', {
      description: props.entry,
      code: bundles.lambda(props.entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize,
      timeout: props.timeout,
      recursiveLoop: props.recursiveLoop ?? RecursiveLoop.TERMINATE,
      logGroup,
      role,
      // The SDK hands the trace on to SQS and Step Functions, so one leads from a poll to what came of it.
      tracing: Tracing.ACTIVE,
      environment: {
        ...commonTo(this),
        ...(props.nodeOptions !== undefined && { NODE_OPTIONS: props.nodeOptions }),
        ...props.platform.tableNames,
        ...environmentOf(props.uses),
      },
    });
    acknowledgeNagFinding(
      role,
      'AwsSolutions-IAM5[Resource::*]',
      'traces have no resources, nor have network interfaces before Lambda makes them',
    );
    if (!network.isPublic) this.join(network);
  }

  /** Has the function work in the network, whose interfaces Lambda makes in the function's name. */
  private join({ subnetIds, securityGroupId }: Network): void {
    const { defaultChild } = this.lambda.node;
    if (!(defaultChild instanceof CfnFunction)) throw new TypeError('The function is none of CloudFormation');
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
    // Lambda tries it out when the function is made.
    if (policyDependable) this.lambda.node.addDependency(policyDependable);
    acknowledgeNagFinding(
      this.role,
      'AwsSolutions-IAM5[Resource::*]',
      'Lambda makes the interfaces, and nobody knows their names before',
    );
  }
}

/**
 * What every process of the gateway has in its environment. Not --enable-source-maps: Node would parse the whole map for the
 * first stack that it formats, 0.1 s of a processor, of which 256 MB have a seventh. The maps are for people, beside the bundles.
 */
export const commonTo = (scope: Construct) => ({
  // The dimension of the metrics, by which gateways in one account are told apart.
  POWERTOOLS_SERVICE_NAME: Stack.of(scope).stackName,
  POWERTOOLS_LOG_LEVEL: 'INFO',
});

export function environmentOf(uses: readonly Access[]): Environment {
  return Object.assign({}, ...uses.map((use) => use.environment));
}
