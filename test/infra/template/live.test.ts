import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allOptions, options } from './nag.ts';
import { rightsOf } from './read-rights.ts';
import { allFunctions, type Synthesis, synthesize } from './synthesis.ts';

const synthesis = synthesize();

/** The WebSocket API, with what belongs to it. */
function liveOf(of: Synthesis) {
  const [found] = Object.entries(of.resources('AWS::ApiGatewayV2::Api')).filter(
    ([, { Properties }]) => Properties.ProtocolType === 'WEBSOCKET',
  );
  const [id, { Properties: api }] = found ?? expect.fail('There is no WebSocket API');
  const parts = (type: string): Record<string, unknown>[] =>
    Object.values(of.resources(`AWS::ApiGatewayV2::${type}`)).flatMap(({ Properties }) =>
      JSON.stringify(Properties.ApiId) === JSON.stringify({ Ref: id }) ? [Properties] : [],
    );
  return { id, api, routes: parts('Route'), integrations: parts('Integration'), stages: parts('Stage'), parts };
}

const callbackOf = (of: Synthesis) => JSON.stringify(of.environment('live/api').LIVE_CALLBACK_URL);

describe('the WebSocket API', () => {
  const { id, api, routes, integrations, stages } = liveOf(synthesis);

  it('leads its three routes to one function, whose answers are not sent', () => {
    expect(api.RouteSelectionExpression).toBe('$request.body.action');
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(['$connect', '$default', '$disconnect']);
    for (const route of routes) expect(route).not.toHaveProperty('RouteResponseSelectionExpression');
    for (const { IntegrationUri } of integrations)
      expect(JSON.stringify(IntegrationUri)).toContain(synthesis.lambda('live/api').id);
    expect(integrations).toHaveLength(3);
  });

  it('gives up a request after the function has given up', () => {
    for (const { TimeoutInMillis = 29_000 } of integrations)
      expect(Number(synthesis.lambda('live/api').properties.Timeout) * 1_000).toBeLessThan(Number(TimeoutInMillis));
  });

  it('has one stage, which throttles, and logs nothing that clients send', () => {
    expect(stages).toMatchObject([
      {
        StageName: 'live',
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingRateLimit: 2_000, ThrottlingBurstLimit: 4_000 },
        RouteSettings: { $connect: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 500 } },
      },
    ]);
    const { Format } = z.object({ Format: z.string() }).parse(stages[0]?.AccessLogSettings);
    const variables = Format.match(/\$context\.[\w.]+/g) ?? [];
    expect(variables).toContain('$context.connectionId');
    // Developer guide, "Configure logging for WebSocket APIs": others are refused, and those of clients' words are none of these.
    const known = ['requestId', 'requestTime', 'identity.sourceIp', 'connectionId', 'eventType', 'routeKey', 'status'];
    for (const variable of variables)
      expect([...known, 'integrationLatency', 'error.message']).toContain(variable.slice('$context.'.length));
  });

  it('is posted to by the functions that push, and by no others', () => {
    const posting = (entry: string) =>
      Object.entries(rightsOf(synthesis, entry)).flatMap(([resource, actions]) =>
        actions.includes('execute-api:ManageConnections') ? resource : [],
      );
    const may = allFunctions.filter((entry) => posting(entry).length > 0);
    expect(may).toEqual(['history/publish-events', 'live/api', 'live/watch']);
    for (const entry of may) {
      expect(posting(entry)).toHaveLength(2);
      for (const resource of posting(entry))
        expect(resource).toMatch(new RegExp(`${id}.*/live/(POST|DELETE)/@connections/\\*`));
    }
    expect(callbackOf(synthesis)).toContain(`{"Ref":"${id}"}`);
  });
});

describe('what watches connections', () => {
  it('is tried once, and may begin itself again', () => {
    const { id, properties } = synthesis.lambda('live/watch');
    const configs = Object.values(synthesis.resources('AWS::Lambda::EventInvokeConfig'));
    expect(configs.map(({ Properties }) => Properties)).toContainEqual(
      expect.objectContaining({ FunctionName: { Ref: id }, MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }),
    );
    expect(properties).toMatchObject({ RecursiveLoop: 'Allow', Timeout: 900 });
    expect(rightsOf(synthesis, 'live/watch')[id]).toEqual(['lambda:InvokeFunction']);
  });
});

describe('a domain of its own', () => {
  const set = synthesize(options.liveDomain);
  const { api, parts } = liveOf(set);

  it('is the only way to the API, for clients and for functions', () => {
    expect(api.DisableExecuteApiEndpoint).toBe(true);
    expect(parts('ApiMapping')).toMatchObject([{ Stage: 'live' }]);
    expect(parts('ApiMapping')[0]).not.toHaveProperty('ApiMappingKey');
    expect(set.output('LiveUrl')).toBe('wss://live.centre.example');
    expect(set.output('LiveDomainTarget')).toBeDefined();
    expect(callbackOf(set)).toBe('"https://live.centre.example"');
  });

  it.each([
    [{ liveDomain: 'live.centre.example' }, /liveDomain and liveCertificateArn must be given together/],
    [{ ...options.liveDomain, liveCertificateArn: 'x' }, /liveCertificateArn must be the ARN of an ACM certificate/],
    [{ ...allOptions, liveDomain: 'api.centre.example' }, /liveDomain must be another one than apiDomain/],
  ])('%j is refused', (settings, rule) => {
    expect(() => synthesize(settings)).toThrow(rule);
  });
});

describe("API Gateway's role for logs", () => {
  it('is there before the access log, unless the account has one', () => {
    const [account] = Object.keys(synthesis.resources('AWS::ApiGateway::Account'));
    const stages = z
      .record(z.string(), z.looseObject({ DependsOn: z.array(z.string()).default([]) }))
      .parse(synthesis.template.findResources('AWS::ApiGatewayV2::Stage'));
    const waiting = Object.values(stages).filter(({ DependsOn }) => DependsOn.includes(account ?? ''));
    expect(waiting).toMatchObject([{ Properties: { StageName: 'live' } }]);
    const without = synthesize({ apiGatewayLogRole: 'false' });
    expect(without.resources('AWS::ApiGateway::Account')).toEqual({});
    expect(JSON.stringify(without.resources('AWS::IAM::Role'))).not.toContain('apigateway.amazonaws.com');
  });
});
