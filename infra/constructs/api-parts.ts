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

/** Lines of JSON about what clients send to a WebSocket API, without any of it. The variables are those that such APIs have. */
export const webSocketLogFormat = (service: string) =>
  AccessLogFormat.custom(
    JSON.stringify({
      service,
      requestId: '$context.requestId',
      time: '$context.requestTime',
      address: '$context.identity.sourceIp',
      connectionId: '$context.connectionId',
      event: '$context.eventType',
      route: '$context.routeKey',
      status: '$context.status',
      functionMilliseconds: '$context.integrationLatency',
      error: '$context.error.message',
    }),
  );

interface DomainProps {
  readonly domain: string | undefined;
  readonly certificateArn: string | undefined;
  /** The output with the name that the domain's DNS record points to. */
  readonly output: string;
}

/** The centre's own domain, when the settings give one. */
export function domainOf(scope: Construct, props: DomainProps): DomainName | undefined {
  const { domain, certificateArn } = props;
  if (domain === undefined || certificateArn === undefined) return undefined;
  const certificate = Certificate.fromCertificateArn(scope, 'Certificate', certificateArn);
  const domainName = new DomainName(scope, 'Domain', { domainName: domain, certificate });
  output(scope, props.output, domainName.regionalDomainName);
  return domainName;
}
