import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { ConfigurationError } from '../shared/platform/errors.ts';

/** The code of the function `entry`, such as `projects/create-project`. */
export type FunctionCode = (entry: string) => Code;

// Some dependencies are CommonJS and `require` Node's own modules, which an ES module has to make possible first.
const banner = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** What bundles do without: code that is only ever loaded when it is needed, and never is in Lambda. */
const neverLoaded = [
  // Credentials come by environment variables; these find them elsewhere.
  ...['http', 'ini', 'login', 'process', 'sso', 'web-identity'].map((kind) => `@aws-sdk/credential-provider-${kind}`),
  '@smithy/credential-provider-imds',
  // undici's other parsers: one that has to be asked for, and one for processors without SIMD.
  '../milo/*',
  '../llhttp/llhttp-wasm.js',
];

/**
 * Bundles every function below `root` with all that it imports, the AWS SDK included, to one ES module each.
 *
 * @param root the folder of the functions: `{subsystem}/{function}.ts`
 * @param out where to put the bundles; which folder it is leaves no trace in them, so asset hashes are stable
 * @throws ConfigurationError when there is no function `entry`
 */
export function bundleFunctions(root: string, out: string): FunctionCode {
  const entries = functionEntries(root);
  // Never written to: it only makes the relative paths in source maps the same on every machine.
  const outdir = join(root, '..', 'bundle');
  const { outputFiles } = buildSync({
    entryPoints: entries.map((entry) => ({ in: join(root, `${entry}.ts`), out: join(entry, 'index') })),
    outdir,
    write: false,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    alias: { undici: join(import.meta.dirname, 'undici.mjs') },
    external: neverLoaded,
    minify: true,
    // The names of error classes end up in logs and tables.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: banner },
    logLevel: 'warning',
  });
  for (const { path, contents } of outputFiles) {
    const target = join(out, relative(outdir, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }
  return (entry) => {
    if (!entries.includes(entry)) throw new ConfigurationError(`There is no function ${join(root, `${entry}.ts`)}`);
    return Code.fromAsset(join(out, entry));
  };
}

/** The functions below `root`, as `{subsystem}/{function}`, sorted. */
export function functionEntries(root: string): string[] {
  return globSync('*/*.ts', { cwd: root })
    .map((path) => path.slice(0, -'.ts'.length))
    .sort();
}
