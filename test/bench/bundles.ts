import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readResources, region } from '../../infra/local/resources.ts';
import { synthesize } from '../../infra/local/start/synthesize.ts';
import { readAssembly } from '../../infra/local/template.ts';

const lambda = z.object({
  Description: z.string(),
  Code: z.object({ S3Key: z.string() }),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

const program =
  'const start = performance.now(); await import(process.argv[1]); console.log(performance.now() - start); process.exit();';

export interface Bundle {
  entry: string;
  /** Bytes, minified. */
  size: number;
  /** Milliseconds until it is loaded in a fresh process, the quickest of a few. */
  coldImport: number;
}

/** The bundle of each function as it is deployed. */
export async function measureBundles(): Promise<Bundle[]> {
  const { template, assets } = readAssembly(await synthesize(AbortSignal.timeout(120_000)));
  return readResources(template, 'http://127.0.0.1:1')
    .of('AWS::Lambda::Function')
    .map(({ properties }) => {
      const { Description: entry, Code, Environment } = lambda.parse(properties);
      const file = join(assets.get(Code.S3Key) ?? '', 'index.mjs');
      const times = Array.from({ length: 7 }, () =>
        coldImport(file, { AWS_LAMBDA_FUNCTION_NAME: entry, ...Environment.Variables }),
      );
      return { entry, size: statSync(file).size, coldImport: Math.min(...times) };
    });
}

function coldImport(file: string, variables: Record<string, string>): number {
  const args = ['--input-type=module', '--eval', program, file];
  return Number(execFileSync(process.execPath, args, { env: { AWS_REGION: region, ...variables }, encoding: 'utf8' }));
}
