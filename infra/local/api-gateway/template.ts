import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { nameOf, type Resources } from '../resources.ts';
import type { Throttle } from './throttle.ts';

const limits = z.strictObject({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() });

/** Properties that stages of all kinds of API have. */
export const stageSettings = {
  DefaultRouteSettings: limits,
  RouteSettings: z.record(z.string(), limits).default({}),
  AccessLogSettings: z.strictObject({ DestinationArn: z.string(), Format: z.string() }),
};

const routeSchema = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  AuthorizationType: z.literal('NONE'),
  Target: z.templateLiteral(['integrations/', z.string()]),
});

/** A route of an API, and what it leads to. */
export interface ApiRoute {
  /** `ANY /accounts/{proxy+}`, `$connect`, `$default` and the like. */
  key: string;
  /** The function's logical id. */
  function: string;
  /** Time limit for the function, in milliseconds. */
  timeout: number;
  throttle: Throttle;
}

interface Schemas<Api, Stage, Integration> {
  api: z.ZodType<Api>;
  stage: z.ZodType<Stage & Settings>;
  integration: z.ZodType<Integration>;
}

type Settings = { [Name in keyof typeof stageSettings]: z.infer<(typeof stageSettings)[Name]> };

const kind = z.object({ ProtocolType: z.string() });
const part = z.object({ ApiId: z.string() });

/**
 * The APIs of a protocol, each with its parts.
 *
 * @param schemas of their properties, strict: what is not served here is refused
 * @throws ConfigurationError when a route leads nowhere, or a setting is for a route that there is not
 */
export function readApis<Api, Stage, Integration>(
  resources: Resources,
  protocol: 'HTTP' | 'WEBSOCKET',
  schemas: Schemas<Api, Stage, Integration>,
) {
  const partsOf = (api: string, type: 'Integration' | 'Route' | 'Stage') =>
    resources.of(`AWS::ApiGatewayV2::${type}`).filter(({ properties }) => part.parse(properties).ApiId === api);
  const apis = resources
    .of('AWS::ApiGatewayV2::Api')
    .filter(({ properties }) => kind.parse(properties).ProtocolType === protocol);
  return apis.map(({ id, properties }) => {
    const [stage] = partsOf(id, 'Stage').map((resource) => schemas.stage.parse(resource.properties));
    if (!stage) throw new ConfigurationError(`The API ${id} has no stage`);
    const integrations = new Map(
      partsOf(id, 'Integration').map((resource) => [resource.id, schemas.integration.parse(resource.properties)]),
    );
    const routes = partsOf(id, 'Route').map((resource) => routeSchema.parse(resource.properties));
    const unknown = Object.keys(stage.RouteSettings).find((key) => routes.every(({ RouteKey }) => RouteKey !== key));
    if (unknown !== undefined) throw new ConfigurationError(`The stage has settings of ${unknown}, which is no route`);
    return {
      id,
      api: schemas.api.parse(properties),
      stage,
      routes: routes.map(({ RouteKey: key, Target }) => {
        const integration = integrations.get(nameOf(Target));
        if (!integration) throw new ConfigurationError(`The route ${key} leads to no integration`);
        const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } =
          stage.RouteSettings[key] ?? stage.DefaultRouteSettings;
        return { key, integration, throttle: { rate, burst } };
      }),
    };
  });
}
