import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { synthesize } from './synthesis.ts';

const synthesis = synthesize();
const behavior = z.object({
  PathPattern: z.string().optional(),
  TargetOriginId: z.string(),
  FunctionAssociations: z.array(z.object({ FunctionARN: z.unknown() })).default([]),
});
const config = z.object({
  Origins: z.array(z.object({ Id: z.string(), OriginCustomHeaders: z.unknown().optional() })),
  CacheBehaviors: z.array(behavior),
  DefaultCacheBehavior: behavior,
});

const [distribution] = Object.values(synthesis.resources('AWS::CloudFront::Distribution'));
const { Origins, CacheBehaviors, DefaultCacheBehavior } = config.parse(distribution?.Properties.DistributionConfig);
const api = Origins.find(({ OriginCustomHeaders }) => OriginCustomHeaders !== undefined);

describe('the distribution of the console', () => {
  it('tells the API that it sends a request, by a secret that is not in the template', () => {
    expect(api?.OriginCustomHeaders).toEqual([
      {
        HeaderName: 'x-origin-verify',
        HeaderValue: {
          'Fn::Join': [
            '',
            ['{{resolve:secretsmanager:', { Ref: synthesis.idOf('OriginVerifySecret') }, ':SecretString:::}}'],
          ],
        },
      },
    ]);
  });

  it("tells the API the viewer's address with each request, whatever its path", () => {
    const toApi = [...CacheBehaviors, DefaultCacheBehavior].filter(({ TargetOriginId }) => TargetOriginId === api?.Id);
    expect(toApi.map(({ PathPattern }) => PathPattern)).toEqual(
      expect.arrayContaining(['accounts/*', 'auth/*', 'operate/*', 'processes/*', 'uws/*']),
    );
    for (const { FunctionAssociations } of toApi) {
      expect(FunctionAssociations).toEqual([
        { FunctionARN: { 'Fn::GetAtt': [expect.stringMatching(/TellViewer/), 'FunctionARN'] } },
      ]);
    }
  });
});
