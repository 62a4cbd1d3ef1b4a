import { Duration } from 'aws-cdk-lib';
import { CorsHttpMethod, type HttpApiProps } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Bucket, HttpMethods } from 'aws-cdk-lib/aws-s3';
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

/** Lets pages of these origins put objects to presigned addresses, and get them from there. */
export function letPagesUpload(bucket: Bucket, origins: string[]): void {
  bucket.addCorsRule({
    allowedOrigins: origins,
    allowedMethods: [HttpMethods.PUT, HttpMethods.GET],
    // Those that an address for an upload asks for.
    allowedHeaders: ['content-md5', 'content-type', 'if-none-match'],
    exposedHeaders: ['etag'],
    maxAge: Duration.hours(1).toSeconds(),
  });
}
