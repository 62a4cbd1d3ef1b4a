import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as Lambda, RecursiveLoop, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Platform } from './platform.ts';
import type { Environment, Use } from './use.ts';

export interface GatewayFunctionProps {
  readonly platform: Platform;
  /** The file below functions/, without `.ts`; the function's description too, which tells people and the local runner its name. */
  readonly entry: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  /** Options of Node.js and V8. */
  readonly nodeOptions?: string;
  /** What it may touch, and how it finds that. */
  readonly uses: readonly Use[];
  /** For functions that take part in the loop SQS → Lambda → SQS, which Lambda otherwise cuts after some 16 rounds. */
  readonly recursiveLoop?: RecursiveLoop;
}

/** A function with the rights and variables that it needs, and no others, and with a log group of its own. */
export class GatewayFunction extends Construct {
  readonly lambda: Lambda;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    const { bundles, settings } = props.platform;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not CDK's role: its managed policy lets a function write to every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    for (const allowance of props.uses.flatMap((use) => use.allows)) role.addToPolicy(new PolicyStatement(allowance));
    this.lambda = new Lambda(this, 'Function', {
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
        ...environmentOf(props.uses),
      },
    });
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

export function environmentOf(uses: readonly Use[]): Environment {
  return Object.assign({}, ...uses.map((use) => use.environment));
}
