import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { clientAddress, withoutOriginSecret } from './client-address.ts';
import { type Dialect, ownDialect } from './dialect.ts';
import { answerErrors, checkEvent, type HttpContext, identify, logRequests, resultOf } from './http-steps.ts';
import { pageToken } from './page-session.ts';
import { refusals } from './refusals.ts';
import type { Route, RouteDescription, SentRequest } from './route.ts';

/**
 * The chain around a function behind the HTTP API. A request passes in this order: route and method (404, 405), token
 * (400, 401), right (403), schema (400, 413), handler. Every answer is JSON and carries the request's id.
 *
 * @param routes declared by `routesOf`
 * @param dialect of a documented API whose refusals are others
 * @param served all routes below the same path, where several functions serve them
 */
export const http = <Context>(
  context: Context & HttpContext,
  routes: readonly Route<Context>[],
  dialect: Dialect = ownDialect,
  served: readonly RouteDescription[] = routes,
) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({ timeoutEarlyInMillis: 0 })
    .use(logRequests(context))
    .use(httpSecurityHeaders(securityHeaders))
    .use(identify)
    .use(answerErrors(context, dialect))
    .use(checkEvent)
    .handler(
      httpRouter({
        routes: routes.map((route) => ({
          method: route.method,
          path: route.path,
          handler: (event: APIGatewayProxyEventV2) => follow(route, event, context, dialect),
        })),
        notFoundResponse: ({ path }) => {
          const methods = served.flatMap((route) => (patternOf(route.path).test(path) ? route.method : []));
          throw methods.length > 0 ? refusals.methodNotAllowed(methods) : refusals.notFound();
        },
      }),
    );

async function follow<Context>(
  route: Route<Context>,
  event: APIGatewayProxyEventV2,
  context: Context & HttpContext,
  dialect: Dialect,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { requestContext, headers } = event;
  const address = await clientAddress(requestContext.http.sourceIp, headers, context.readOriginSecret);
  const request = sentRequest(event, address);
  context.log.appendKeys?.({ route: `${route.method} ${route.path}` });
  const caller = route.access.token === false ? undefined : await findCaller(route, request, context, dialect);
  return resultOf(await route.answer(request, caller, context));
}

async function findCaller(
  { access, method, beforePasswordChange, beforeSecondFactor }: RouteDescription,
  { headers }: SentRequest,
  { authenticate, log }: HttpContext,
  dialect: Dialect,
) {
  const token = dialect.tokenIn(headers) ?? pageToken(headers, method);
  if (token === undefined) {
    if (access.token === 'optional') return undefined;
    throw access.noToken?.() ?? dialect.noToken();
  }
  const caller = await authenticate(token);
  if (!caller) throw dialect.invalidToken();
  log.appendKeys?.({ account: caller.name });
  if (caller.mustChangePassword) {
    if (!beforePasswordChange) throw refusals.passwordMustBeChanged();
  } else if (caller.mustAddFactor && !beforeSecondFactor) {
    throw refusals.secondFactorMustBeAdded();
  }
  return caller;
}

function sentRequest(event: APIGatewayProxyEventV2, address: string): SentRequest {
  const { headers, cookies, pathParameters = {}, rawQueryString, body, isBase64Encoded, requestContext } = event;
  const parameters = Object.entries(pathParameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    // API Gateway hands cookies on apart from the headers.
    headers: { ...withoutOriginSecret(headers), ...(cookies && { cookie: cookies.join('; ') }) },
    parameters: Object.fromEntries(parameters),
    query: rawQueryString,
    body,
    isBase64Encoded,
    address,
    requestId: requestContext.requestId,
  };
}

/** Matches the paths of a route, with a slash at the end or without. */
function patternOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('[^/]+')}/?$`);
}

/** Security headers that matter for answers that are data and no pages. */
const securityHeaders = {
  contentSecurityPolicy: { 'default-src': "'none'", 'report-to': '', 'require-trusted-types-for': '' },
  crossOriginEmbedderPolicy: false,
  crossOriginOpenerPolicy: false,
  dnsPrefetchControl: false,
  downloadOptions: false,
  originAgentCluster: false,
  permissionsPolicy: false,
  permittedCrossDomainPolicies: false,
  poweredBy: false,
  reportTo: false,
  reportingEndpoints: false,
} as const;
