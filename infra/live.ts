import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnApi,
  CfnStage,
  type DomainName,
  LogGroupLogDestination,
  WebSocketApi,
  type WebSocketRoute,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ManagedPolicy, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { organizationIndex } from '../shared/accounts/organization.ts';
import { type MetricName, namespace } from '../shared/platform/metrics.ts';
import { webSocketLogFormat } from './constructs/access-log.ts';
import { domainOf } from './constructs/domain.ts';
import { GatewayFunction } from './constructs/function.ts';
import { createLogs } from './constructs/logs.ts';
import { acknowledgeNagFinding } from './constructs/nag.ts';
import { output } from './constructs/output.ts';
import type { Platform } from './constructs/platform.ts';
import type { ResourceAccess } from './constructs/rights.ts';
import { draftAccess } from './processes/rights.ts';

const stageName = 'live';

/** Below the 29 s after which API Gateway gives up. */
const timeout = Duration.seconds(25);

/** New connections a second that API Gateway takes from an account (Amazon API Gateway quotas, "WebSocket API quotas"). */
const connectionsPerSecond = 500;

/** The WebSocket API, its function, and the function that watches connections while there are any. */
export class Live extends Construct {
  readonly api: WebSocketApi;
  /** Where clients connect, and its origin. */
  readonly url: string;
  readonly origin: string;
  /** Access for pushing to connections, with the names of the tables that say to which. */
  readonly pushAccess: readonly ResourceAccess[];
  /** Access for starting the function that watches. */
  readonly watchAccess: ResourceAccess;
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const { settings, tables } = platform;
    this.api = new WebSocketApi(this, 'Sockets', {
      apiName: `${Stack.of(this).stackName}-live`,
      description: 'What happens, as it happens',
      routeSelectionExpression: '$request.body.action',
    });
    const domainName = domainOf(this, {
      domain: settings.liveDomain,
      certificateArn: settings.liveCertificateArn,
      output: 'LiveDomainTarget',
    });
    if (domainName) cloudFormation(this.api, CfnApi).disableExecuteApiEndpoint = true;
    const stage = this.createStage(domainName);
    this.url = settings.liveDomain ? `wss://${settings.liveDomain}` : stage.url;
    this.origin = settings.liveDomain ? this.url : this.api.apiEndpoint;
    output(this, 'LiveUrl', this.url);
    this.pushAccess = [
      platform.liveTables,
      this.connectionAccess(settings.liveDomain ? `https://${settings.liveDomain}` : stage.callbackUrl),
    ];

    const watch = this.createWatch([
      ...this.pushAccess,
      tables.accounts.access('BatchGetItem'),
      tables.accounts.indexAccess(organizationIndex.indexName),
      tables.sessions.access('BatchGetItem'),
      tables.users.access('BatchGetItem'),
      tables.connections.access('Scan', 'GetItem', 'UpdateItem', 'DeleteItem'),
      tables.subscriptions.access('Query', 'PutItem', 'DeleteItem'),
      tables.channels.access('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'),
      // Renews its lease, and reads when the last poll has ended.
      tables.control.access('GetItem', 'UpdateItem'),
      tables.unpublished.access('Scan', 'UpdateItem'),
      tables.incidents.access('GetItem'),
      // Reads the progress of transfers.
      tables.lines.access('Query'),
      tables.files.access('BatchGetItem'),
      tables.messages.access('BatchGetItem'),
    ]);
    this.watchAccess = {
      environment: { LIVE_WATCH_FUNCTION: watch.lambda.functionName },
      allows: [{ actions: ['lambda:InvokeFunction'], resources: [watch.lambda.functionArn] }],
    };
    const api = new GatewayFunction(this, 'Api', {
      platform,
      entry: 'live/api',
      memorySize: 512,
      timeout,
      isRecursive: true,
      access: [
        ...this.pushAccess,
        tables.accounts.access('GetItem', 'BatchGetItem'),
        tables.accounts.indexAccess(organizationIndex.indexName),
        tables.sessions.access('GetItem'),
        tables.users.access('GetItem', 'BatchGetItem'),
        tables.connections.access('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
        tables.subscriptions.access('Query', 'PutItem', 'DeleteItem'),
        tables.channels.access('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'),
        // Marks that somebody is connected.
        tables.control.access('GetItem', 'UpdateItem'),
        this.watchAccess,
        ...draftAccess(platform),
      ],
    });
    this.letInvokeItself('ApiAgain', api);
    for (const key of ['$connect', '$disconnect', '$default']) {
      const route = this.addRoute(key, api);
      // The settings of a route need the route.
      if (key === '$connect') stage.node.addDependency(route);
    }
  }

  private createStage(domainName: DomainName | undefined): WebSocketStage {
    const { settings } = this.platform;
    const { stackName } = Stack.of(this);
    const logs = createLogs(this, this.platform);
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName,
      autoDeploy: true,
      throttle: { rateLimit: settings.apiRequestsPerSecond, burstLimit: 2 * settings.apiRequestsPerSecond },
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: webSocketLogFormat(stackName),
      },
      ...(domainName && { domainMapping: { domainName } }),
    });
    // In CloudFormation's own letters: the CDK passes this map on as it is.
    cloudFormation(stage, CfnStage).routeSettings = {
      $connect: { ThrottlingRateLimit: connectionsPerSecond, ThrottlingBurstLimit: connectionsPerSecond },
    };
    if (settings.apiGatewayLogRole) stage.node.addDependency(this.createLogRole());
    // Requests whose function fails, ends early or takes too long, of which the function itself may know nothing.
    new MetricFilter(this, 'Failures', {
      logGroup: logs,
      filterPattern: FilterPattern.stringValue('$.status', '=', '5*'),
      metricNamespace: namespace,
      metricName: 'LiveFailures' satisfies MetricName,
      dimensions: { service: '$.service' },
    });
    return stage;
  }

  /** The role by which API Gateway writes logs of WebSocket APIs. It is retained, because other APIs of the account use it, too. */
  private createLogRole(): CfnAccount {
    const role = new Role(this, 'LogRole', {
      description: 'Logs of API Gateway, for all APIs of the account in this region',
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    acknowledgeNagFinding(
      role,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      'API Gateway accepts no role with fewer rights',
    );
    const account = new CfnAccount(this, 'LogAccount', { cloudWatchRoleArn: role.roleArn });
    for (const resource of [role, account]) resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return account;
  }

  private addRoute(key: string, { lambda }: GatewayFunction): WebSocketRoute {
    const integration = new WebSocketLambdaIntegration(`${key.slice(1)}Integration`, lambda);
    const route = this.api.addRoute(key, { integration });
    acknowledgeNagFinding(route, 'AwsSolutions-APIG4', 'the first message of a connection has its token');
    return route;
  }

  /** Runs while there are connections: it begins itself again before its time is over. */
  private createWatch(access: readonly ResourceAccess[]): GatewayFunction {
    const watch = new GatewayFunction(this, 'Watch', {
      platform: this.platform,
      entry: 'live/watch',
      memorySize: 256,
      timeout: Duration.minutes(15),
      isRecursive: true,
      access,
    });
    this.letInvokeItself('WatchAgain', watch);
    return watch;
  }

  private letInvokeItself(id: string, { role, lambda }: GatewayFunction): void {
    lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.seconds(60) });
    // Not in the role's own policy, which has to be there before the function.
    new Policy(this, id, {
      roles: [role],
      statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] })],
    });
  }

  /** Access for posting to connections and closing them. */
  private connectionAccess(callbackUrl: string): ResourceAccess {
    const stack = Stack.of(this);
    const allows = ['POST', 'DELETE'].map((method) => {
      const path = `${stageName}/${method}/@connections/*`;
      const arn = stack.formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName: path });
      const named = `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${stack.getLogicalId(cloudFormation(this.api, CfnApi))}>/${path}`;
      const wildcard = {
        finding: `AwsSolutions-IAM5[Resource::${named}]`,
        reason: 'connections come and go',
      };
      return { actions: ['execute-api:ManageConnections'], resources: [arn], wildcard };
    });
    return { environment: { LIVE_CALLBACK_URL: callbackUrl }, allows };
  }
}

/** The resource of CloudFormation in a construct of the CDK. */
function cloudFormation<Resource>(construct: Construct, kind: new (...all: never[]) => Resource): Resource {
  const { defaultChild } = construct.node;
  if (!(defaultChild instanceof kind)) throw new TypeError(`${construct.node.path} has no ${kind.name}`);
  return defaultChild;
}
