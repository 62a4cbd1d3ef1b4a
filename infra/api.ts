import { Duration, Stack } from 'aws-cdk-lib';
import { CfnStage, HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { accountIndex } from '../shared/accounts/session.ts';
import { type MetricName, namespace } from '../shared/platform/metrics.ts';
import { accessLogFormat } from './constructs/access-log.ts';
import { corsOf, letPagesUpload } from './constructs/cors.ts';
import { domainOf } from './constructs/domain.ts';
import { GatewayFunction, type GatewayFunctionProps } from './constructs/function.ts';
import { createLogs } from './constructs/logs.ts';
import { acknowledgeNagFinding } from './constructs/nag.ts';
import { createOriginVerify, type OriginVerify } from './constructs/origin-verify.ts';
import { output } from './constructs/output.ts';
import type { Platform } from './constructs/platform.ts';
import { createSigningKeys } from './constructs/signing-keys.ts';
import { type OperatorsAccess, type OperatorsProps, operatorsAccess } from './operate.ts';
import type { ProcessWork } from './processes/process-work.ts';
import { draftAccess } from './processes/rights.ts';
import { globusAccess, type Workspaces } from './workspaces/workspaces.ts';

/** Requests a second that a route takes, and how many at once after a pause. */
interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

type FunctionProps = Pick<GatewayFunctionProps, 'memorySize' | 'access'>;

/** Below the 30 s after which API Gateway gives up. */
const timeout = Duration.seconds(25);

export interface ApiProps extends OperatorsProps {
  readonly processWork: ProcessWork;
  readonly workspaces: Workspaces;
  /** Where clients of the WebSocket API connect. */
  readonly liveUrl: string;
}

/** The HTTP API: one function per subsystem, which has all paths below the subsystem's name. */
export class Api extends Construct {
  readonly http: HttpApi;
  /** Its name in the net. */
  readonly host: string;
  /** Marks requests that come through CloudFront. */
  readonly originVerify: OriginVerify;
  private readonly platform: Platform;
  private readonly stage: CfnStage;
  /** In CloudFormation's own letters: the CDK passes this map on as it is. */
  private readonly throttles: Record<string, { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }> = {};

  constructor(scope: Construct, id: string, { processWork, workspaces, liveUrl, ...operated }: ApiProps) {
    super(scope, id);
    const { platform } = operated;
    this.platform = platform;
    const { settings } = platform;
    const { stackName, region, urlSuffix } = Stack.of(this);
    const domainName = domainOf(this, {
      domain: settings.apiDomain,
      certificateArn: settings.apiCertificateArn,
      output: 'ApiDomainTarget',
    });
    this.http = new HttpApi(this, 'Http', {
      apiName: stackName,
      description: 'Accounts, tokens and what else people and programs of the centre use',
      createDefaultStage: false,
      disableExecuteApiEndpoint: domainName !== undefined,
      ...corsOf(settings),
    });
    this.host = settings.apiDomain ?? `${this.http.apiId}.execute-api.${region}.${urlSuffix}`;
    letPagesUpload(processWork.bucket, [`https://${this.host}`, ...settings.apiOrigins]);
    const logs = createLogs(this, platform);
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.http,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: settings.apiRequestsPerSecond, burstLimit: 2 * settings.apiRequestsPerSecond },
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: accessLogFormat(stackName),
      },
      ...(domainName && { domainMapping: { domainName } }),
    });
    const { defaultChild } = stage.node;
    if (!(defaultChild instanceof CfnStage)) throw new TypeError('The stage must be a CfnStage');
    this.stage = defaultChild;
    this.stage.routeSettings = this.throttles;
    // API Gateway itself has no metric of them.
    new MetricFilter(this, 'Throttled', {
      logGroup: logs,
      filterPattern: FilterPattern.stringValue('$.status', '=', '429'),
      metricNamespace: namespace,
      metricName: 'ApiRequestsThrottled' satisfies MetricName,
      dimensions: { service: '$.service' },
    });
    output(this, 'ApiUrl', domainName ? stage.domainUrl : stage.url);

    this.originVerify = createOriginVerify(this, platform);
    const { access: viewers } = this.originVerify;
    const { tables, historyAccess } = platform;
    this.serve(
      'accounts',
      {
        // Argon2id takes 19 MiB, and a processor's share grows with the memory.
        memorySize: 1_024,
        access: [
          tables.accounts.access('GetItem', 'BatchGetItem', 'Scan', 'PutItem', 'UpdateItem', 'DeleteItem'),
          tables.sessions.access('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
          tables.sessions.indexAccess(accountIndex.indexName),
          tables.attempts.access('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
          historyAccess('Query'),
          platform.setting('HIDE_UNKNOWN_USERS', 'WEBAUTHN_DOMAIN', 'WEBAUTHN_ORIGINS'),
          { environment: { LIVE_URL: liveUrl }, allows: [] },
          platform.firstAdmin,
          // Secrets of second factors are encrypted with keys of the same secret.
          platform.passwords,
          ...draftAccess(platform),
          viewers,
        ],
      },
      { 'POST /authenticate': { rate: 25, burst: 100 }, 'POST /refresh': { rate: 100, burst: 400 } },
    );
    this.serve(
      'auth',
      {
        memorySize: 1_024,
        access: [
          tables.accounts.access('GetItem', 'PutItem', 'UpdateItem'),
          tables.sessions.access('GetItem', 'PutItem'),
          tables.attempts.access('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
          historyAccess(),
          platform.setting('HIDE_UNKNOWN_USERS'),
          createSigningKeys(this, platform),
          viewers,
        ],
      },
      {
        'POST /login': { rate: 25, burst: 100 },
        'GET /requestToken': { rate: 100, burst: 400 },
        'POST /requestToken': { rate: 100, burst: 400 },
      },
    );
    this.serve(
      'processes',
      {
        memorySize: 512,
        access: [
          ...processWork.access,
          ...workspaces.ordering,
          tables.accounts.access('BatchGetItem'),
          tables.sessions.access('GetItem', 'BatchGetItem'),
          tables.users.access('GetItem'),
          tables.projects.access('GetItem', 'ConditionCheckItem'),
          viewers,
        ],
      },
      // Anybody may ask for these, and each makes rows.
      {
        'GET /public/createProjectID': { rate: 25, burst: 100 },
        'POST /public/project/create': { rate: 25, burst: 100 },
      },
    );
    this.serve(
      'uws',
      {
        memorySize: 1_024,
        access: [
          ...workspaces.access,
          ...workspaces.owning,
          ...globusAccess(platform),
          tables.members.access('Query'),
          tables.accounts.access('PutItem', 'UpdateItem'),
          tables.sessions.access('GetItem', 'BatchGetItem', 'PutItem'),
          tables.attempts.access('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
          historyAccess('Query'),
          viewers,
        ],
      },
      { 'POST /tokens': { rate: 25, burst: 100 } },
      'workspaces/api',
    );
    this.serveOperators(operatorsAccess(this, operated));
    for (const document of ['openapi', 'asyncapi'])
      this.route(
        HttpMethod.GET,
        `/${document}.json`,
        this.integrate(`api/${document}`, { memorySize: 128, access: [] }),
      );
  }

  /**
   * Serves `/{subsystem}` and all below it by one function.
   *
   * @param throttled routes below it that take fewer requests than the others, as `POST /authenticate`
   */
  private serve(
    subsystem: string,
    props: FunctionProps,
    throttled: Readonly<Record<string, Throttle>> = {},
    entry = `${subsystem}/api`,
  ): void {
    const integration = this.integrate(entry, props);
    const all = this.pathsOf(`/${subsystem}`);
    for (const path of all) this.route(HttpMethod.ANY, path, integration);
    for (const [route, throttle] of Object.entries(throttled)) {
      const [method, below = ''] = route.split(' ');
      // Without the second one a slash at the end would lead past the limit.
      for (const path of this.pathsOf(`/${subsystem}${below}`))
        this.route(methodOf(method), path, integration, throttle);
    }
  }

  /** Functions with different rights: one reads, one decides, one calls the portal. */
  private serveOperators({ read, decide, compare }: OperatorsAccess): void {
    const memorySize = 512;
    this.serve('operate', { memorySize, access: read }, {}, 'operate/api');
    const decides = this.integrate('operate/decide', { memorySize, access: decide });
    for (const path of this.pathsOf('/operate')) this.route(HttpMethod.POST, path, decides);
    const compares = this.integrate('operate/compare', { memorySize, access: compare });
    for (const path of this.pathsOf('/operate/differences')) this.route(HttpMethod.ANY, path, compares);
    for (const path of this.pathsOf('/operate/project/confirm')) this.route(HttpMethod.ANY, path, compares);
  }

  private readonly pathsOf = (path: string) => [path, `${path}/{proxy+}`];

  private integrate(entry: string, props: FunctionProps): HttpLambdaIntegration {
    const id = entry.replace(/(?:^|\/)(.)/g, (_, first: string) => first.toUpperCase());
    const { lambda } = new GatewayFunction(this, id, { platform: this.platform, entry, timeout, ...props });
    // One permission for the whole API instead of one per route.
    return new HttpLambdaIntegration(id, lambda, { scopePermissionToRoute: false });
  }

  private route(method: HttpMethod, path: string, integration: HttpLambdaIntegration, throttle?: Throttle): void {
    for (const route of this.http.addRoutes({ path, methods: [method], integration })) {
      acknowledgeNagFinding(route, 'AwsSolutions-APIG4', 'the functions check tokens by their own table of accounts');
      // The settings of a route need the route.
      if (throttle) this.stage.node.addDependency(route);
    }
    if (!throttle) return;
    this.throttles[`${method} ${path}`] = { ThrottlingRateLimit: throttle.rate, ThrottlingBurstLimit: throttle.burst };
  }
}

function methodOf(name: string | undefined): HttpMethod {
  const method = Object.values(HttpMethod).find((known) => known === name);
  if (!method) throw new TypeError(`There is no method ${name}`);
  return method;
}
