import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { type ApiRoute, readApis, stageSettings } from '../api-gateway/template.ts';
import { nameOf, type Resources } from '../resources.ts';

const apiSchema = z.strictObject({
  Name: z.string(),
  Description: z.string().optional(),
  ProtocolType: z.literal('WEBSOCKET'),
  RouteSelectionExpression: z.templateLiteral(['$request.body.', z.string().regex(/^\w+$/)]),
  DisableExecuteApiEndpoint: z.boolean().optional(),
  Tags: z.unknown().optional(),
});

/** Without content handling, and without responses of routes: what a function returns as `body` reaches nobody. */
const integrationSchema = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  TimeoutInMillis: z.int().min(50).max(29_000).default(29_000),
});

const stageSchema = z.strictObject({
  ApiId: z.string(),
  StageName: z.string().regex(/^\w+$/),
  AutoDeploy: z.literal(true),
  ...stageSettings,
  Tags: z.unknown().optional(),
});

const schemas = { api: apiSchema, stage: stageSchema, integration: integrationSchema };

/** A WebSocket API as the template has it. */
export interface WebSocketApiDescription {
  id: string;
  /** The stage's name, with which the path begins. */
  stage: string;
  /** The attribute of a message that names its route. */
  selector: string;
  routes: ApiRoute[];
  /** A line of the access log, with `$context` variables. */
  logFormat: string;
}

const uriPattern = /\/functions\/(arn:[^/]+)\/invocations$/;

/** @throws ConfigurationError when a route leads nowhere, or a setting is for a route that there is not */
export function readWebSocketApis(resources: Resources): WebSocketApiDescription[] {
  return readApis(resources, 'WEBSOCKET', schemas).map(({ id, api, stage, routes }) => ({
    id,
    stage: stage.StageName,
    selector: api.RouteSelectionExpression.slice('$request.body.'.length),
    logFormat: stage.AccessLogSettings.Format,
    routes: routes.map(({ key, integration, throttle }) => {
      const [, arn] = uriPattern.exec(integration.IntegrationUri) ?? [];
      if (arn === undefined) throw new ConfigurationError(`The route ${key} leads to no function`);
      return { key, function: nameOf(arn), timeout: integration.TimeoutInMillis, throttle };
    }),
  }));
}
