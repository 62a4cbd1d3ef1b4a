import { z } from 'zod';
import { type ApiRoute, readApis, stageSettings } from '../api-gateway/template.ts';
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

const stageSchema = z.strictObject({
  ApiId: z.string(),
  StageName: z.literal('$default'),
  AutoDeploy: z.literal(true),
  ...stageSettings,
  Tags: z.unknown().optional(),
});

const schemas = { api: apiSchema, stage: stageSchema, integration: integrationSchema };

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
  return readApis(resources, 'HTTP', schemas).map(({ id, api, stage, routes }) => ({
    id,
    cors: api.CorsConfiguration,
    logFormat: stage.AccessLogSettings.Format,
    routes: routes.map(({ key, integration, throttle }) => ({
      key,
      function: nameOf(integration.IntegrationUri),
      timeout: integration.TimeoutInMillis,
      throttle,
    })),
  }));
}
