import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CorsHttpMethod, DomainName, type HttpApiProps } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { output } from './output.ts';

/** Lines of JSON without path, query, header or user agent: a token that a client puts there by mistake is not logged. */
export const accessLogFormat = (service: string) =>
  AccessLogFormat.custom(
    JSON.stringify({
      service,
      requestId: '$context.requestId',
      time: '$context.requestTime',
      address: '$context.identity.sourceIp',
      route: '$context.routeKey',
      method: '$context.httpMethod',
      status: '$context.status',
      milliseconds: '$context.responseLatency',
      functionMilliseconds: '$context.integrationLatency',
      bytes: '$context.responseLength',
      error: '$context.error.message',
      functionError: '$context.integrationErrorMessage',
    }),
  );

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

/** The centre's own domain, when the settings give one. The output has the name that its DNS record points to. */
export function domainOf(scope: Construct, { apiDomain, apiCertificateArn }: Settings): DomainName | undefined {
  if (apiDomain === undefined || apiCertificateArn === undefined) return undefined;
  const certificate = Certificate.fromCertificateArn(scope, 'Certificate', apiCertificateArn);
  const domainName = new DomainName(scope, 'Domain', { domainName: apiDomain, certificate });
  output(scope, 'ApiDomainTarget', domainName.regionalDomainName);
  return domainName;
}
