import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { z } from 'zod';

/** A request as a test writes it. */
export interface TestRequest {
  method: string;
  path: string;
  query?: string;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

/** A function behind the HTTP API. */
export type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

export const requestId = 'JKJaXmPLvHcESHA=';

/** The event that API Gateway makes of a request. */
export function eventOf(request: TestRequest): APIGatewayProxyEventV2 {
  const { method, path, query = '', headers = {}, cookies = [], body, isBase64Encoded = false } = request;
  return {
    version: '2.0',
    routeKey: 'ANY /{proxy+}',
    rawPath: path,
    rawQueryString: query,
    headers,
    ...(cookies.length > 0 && { cookies }),
    ...(body !== undefined && { body }),
    isBase64Encoded,
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId,
      routeKey: 'ANY /{proxy+}',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1_583_348_638_390,
    },
  };
}

const lambdaContext: Context = {
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'api',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn',
  memoryLimitInMB: '512',
  awsRequestId: 'invocation',
  logGroupName: 'logs',
  logStreamName: 'stream',
  getRemainingTimeInMillis: () => 25_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};

const answerSchema = z.object({
  statusCode: z.int(),
  headers: z.record(z.string(), z.string()),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
});

/** Sends a request to a handler. @returns the status, headers by lower-case name, and the parsed body, or the bytes that it is */
export async function send(handler: ApiHandler, request: TestRequest) {
  const answer = answerSchema.parse(await handler(eventOf(request), lambdaContext));
  const { statusCode, headers, cookies, body, isBase64Encoded } = answer;
  return {
    status: statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    ...(cookies && { cookies }),
    body: body === undefined ? undefined : contentOf(body, isBase64Encoded),
  };
}

const contentOf = (body: string, isBase64Encoded: boolean): unknown =>
  isBase64Encoded ? Buffer.from(body, 'base64') : JSON.parse(body);

/** The headers and body of a form, as clients encode it, and as API Gateway passes it on. */
export async function formRequest(form: FormData): Promise<Pick<TestRequest, 'headers' | 'body' | 'isBase64Encoded'>> {
  const encoded = new Response(form);
  const body = Buffer.from(await encoded.arrayBuffer()).toString('base64');
  return { headers: { 'content-type': encoded.headers.get('content-type') ?? '' }, body, isBase64Encoded: true };
}
