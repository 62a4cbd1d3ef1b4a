import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import type { Throttle } from '../api-gateway/throttle.ts';
import { nameOf, type Resources } from '../resources.ts';
import type { CorsSettings } from './cors.ts';

const apiSchema = z.strictObject({
  Name: z.string(),
  Description: z.string().optional(),
  ProtocolType: z.literal('HTTP'),
  DisableExecuteApiEndpoint: z.boolean().optional(),
  CorsConfiguration: z
    .strictObject({
      AllowOrigins: z.array(z.string()),
      AllowMethods: z.array(z.string()).default([]),
      AllowHeaders: z.array(z.string()).default([]),
      ExposeHeaders: z.array(z.string()).default([]),
      MaxAge: z.number().optional(),
    })
    .optional(),
  Tags: z.unknown().optional(),
});

const integrationSchema = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z.int().min(50).max(30_000).default(30_000),
});

const routeSchema = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  AuthorizationType: z.literal('NONE'),
  Target: z.templateLiteral(['integrations/', z.string()]),
});

const limits = z.strictObject({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() });

const stageSchema = z.strictObject({
  ApiId: z.string(),
  StageName: z.literal('$default'),
  AutoDeploy: z.literal(true),
  DefaultRouteSettings: limits,
  RouteSettings: z.record(z.string(), limits).default({}),
  AccessLogSettings: z.strictObject({ DestinationArn: z.string(), Format: z.string() }),
  Tags: z.unknown().optional(),
});

/** A route of an HTTP API, and what it leads to. */
export interface ApiRoute {
  /** `ANY /accounts/{proxy+}`, `$default` and the like. */
  key: string;
  /** The function's logical id. */
  function: string;
  /** How long API Gateway waits for the function, in ms. */
  timeout: number;
  throttle: Throttle;
}

/** An HTTP API as the template has it. */
export interface HttpApiDescription {
  id: string;
  routes: ApiRoute[];
  cors: CorsSettings | undefined;
  /** A line of the access log, with `$context` variables. */
  logFormat: string;
}

/** @throws ConfigurationError when a route leads nowhere, or a setting is for a route that there is not */
export function readHttpApis(resources: Resources): HttpApiDescription[] {
  const integrations = new Map(
    resources
      .of('AWS::ApiGatewayV2::Integration')
      .map(({ id, properties }) => [id, integrationSchema.parse(properties)] as const),
  );
  const routes = resources.of('AWS::ApiGatewayV2::Route').map(({ properties }) => routeSchema.parse(properties));
  const stages = resources.of('AWS::ApiGatewayV2::Stage').map(({ properties }) => stageSchema.parse(properties));
  return resources.of('AWS::ApiGatewayV2::Api').map(({ id, properties }) => {
    const { CorsConfiguration: cors } = apiSchema.parse(properties);
    const stage = stages.find(({ ApiId }) => ApiId === id);
    if (!stage) throw new ConfigurationError(`The API ${id} has no stage`);
    const own = routes.filter(({ ApiId }) => ApiId === id);
    const unknown = Object.keys(stage.RouteSettings).find((key) => own.every(({ RouteKey }) => RouteKey !== key));
    if (unknown !== undefined) throw new ConfigurationError(`The stage has settings of ${unknown}, which is no route`);
    return {
      id,
      cors,
      logFormat: stage.AccessLogSettings.Format,
      routes: own.map(({ RouteKey: key, Target }) => {
        const integration = integrations.get(nameOf(Target));
        if (!integration) throw new ConfigurationError(`The route ${key} leads to no integration`);
        const { ThrottlingRateLimit, ThrottlingBurstLimit } = stage.RouteSettings[key] ?? stage.DefaultRouteSettings;
        return {
          key,
          function: nameOf(integration.IntegrationUri),
          timeout: integration.TimeoutInMillis,
          throttle: { rate: ThrottlingRateLimit, burst: ThrottlingBurstLimit },
        };
      }),
    };
  });
}
