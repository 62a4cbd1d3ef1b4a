import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, build } from 'esbuild';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { prune } from './prune.ts';

/** What lies below functions/, each by its entry, such as `projects/create-project`. @throws ConfigurationError for another */
export interface Bundles {
  lambda(entry: string): Code;
  /** @returns the path of one file, for a machine that has Node and nothing else */
  program(entry: string): string;
}

/** What runs in a container, as a program of its own, and not as a function. */
export const programs: readonly string[] = ['files/send-task'];

// Some dependencies are CommonJS and `require` Node's own modules, which an ES module has to make possible first.
const banner = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** What finds credentials where Lambda does not put them: in Lambda they come by environment variables. */
const otherCredentials = [
  ...['http', 'ini', 'login', 'process', 'sso', 'web-identity'].map((kind) => `@aws-sdk/credential-provider-${kind}`),
  '@smithy/credential-provider-imds',
];

const common = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  plugins: [prune],
  legalComments: 'none',
  banner: { js: banner },
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
  // Of modules that are left out.
  logOverride: { 'import-is-undefined': 'silent' },
} satisfies BuildOptions;

/**
 * Bundles every function and program below `root` with all that it imports, the AWS SDK included, to one ES module each.
 *
 * @param root the folder of the functions: `{subsystem}/{function}.ts`
 * @param out where to put the bundles; which folder it is leaves no trace in them, so asset hashes are stable
 */
export async function bundle(root: string, out: string): Promise<Bundles> {
  const functions = functionEntries(root);
  const others = entriesBelow(root).filter((entry) => programs.includes(entry));
  await Promise.all([bundleFunctions(root, functions, out), bundlePrograms(root, others, out)]);
  return {
    lambda(entry) {
      if (!functions.includes(entry)) throw new ConfigurationError(`There is no function ${join(root, `${entry}.ts`)}`);
      return Code.fromAsset(join(out, entry));
    },
    program(entry) {
      if (!others.includes(entry)) throw new ConfigurationError(`There is no program ${join(root, `${entry}.ts`)}`);
      return join(out, `${entry}.mjs`);
    },
  };
}

async function bundleFunctions(root: string, entries: readonly string[], out: string): Promise<void> {
  // Never written to: it only makes the relative paths in source maps the same on every machine.
  const outdir = join(root, '..', 'bundle');
  const { outputFiles } = await build({
    ...common,
    entryPoints: entries.map((entry) => ({ in: join(root, `${entry}.ts`), out: join(entry, 'index') })),
    outdir,
    write: false,
    external: otherCredentials,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
  });
  for (const { path, contents } of outputFiles) {
    const target = join(out, relative(outdir, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }
}

/**
 * Not minified, so that stack traces can be read without a source map, which would be a second file. Comments name files
 * relative to `root`, so that they are the same from wherever the app is synthesized.
 */
async function bundlePrograms(root: string, entries: readonly string[], out: string): Promise<void> {
  const entryPoints = entries.map((entry) => ({ in: join(root, `${entry}.ts`), out: entry }));
  await build({ ...common, absWorkingDir: root, entryPoints, outdir: out });
}

/** The functions below `root`, as `{subsystem}/{function}`, sorted. */
export function functionEntries(root: string): string[] {
  return entriesBelow(root).filter((entry) => !programs.includes(entry));
}

function entriesBelow(root: string): string[] {
  return globSync('*/*.ts', { cwd: root })
    .map((path) => path.slice(0, -'.ts'.length))
    .sort();
}
