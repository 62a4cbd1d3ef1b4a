import { Duration } from 'aws-cdk-lib';
import { CorsHttpMethod, type HttpApiProps } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Settings } from '../settings.ts';

/** Pages of other origins may call the API only where the settings name them. Tokens are in headers, so no cookies are let through. */
export function corsOf({ apiOrigins }: Settings): Pick<HttpApiProps, 'corsPreflight'> {
  if (apiOrigins.length === 0) return {};
  return {
    corsPreflight: {
      allowOrigins: apiOrigins,
      allowMethods: [CorsHttpMethod.ANY],
      allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'token', 'uws-authorization'],
      exposeHeaders: ['retry-after', 'x-request-id', 'apigw-requestid'],
      maxAge: Duration.hours(1),
    },
  };
}
