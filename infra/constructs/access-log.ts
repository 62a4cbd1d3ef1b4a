import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';

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
