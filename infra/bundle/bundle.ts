import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, build } from 'esbuild';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { buildConsole } from './console.ts';
import { prune } from './prune.ts';

/**
 * Bundled code of the entries below functions/, such as `projects/create-project`. @throws ConfigurationError for an unknown
 * entry
 */
export interface Bundles {
  lambda(entry: string): Code;
  /** @returns the path of a single file that needs only Node */
  program(entry: string): string;
  /** Folder of the console's page. */
  readonly console: string;
}

/** Entries that run as programs in a container instead of as functions. */
export const programs: readonly string[] = ['files/send-task', 'workspaces/job-proxy'];

// Defines `require` in the ES module for CommonJS dependencies that load Node's modules with it.
const banner = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Credential providers that are not needed in Lambda, where credentials are in environment variables. */
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
  // Expected for modules that are left out.
  logOverride: { 'import-is-undefined': 'silent' },
} satisfies BuildOptions;

/**
 * Bundles every function and program below `root` with all that it imports, the AWS SDK included, to one ES module each, and
 * builds the console's page.
 *
 * @param root the folder of the functions: `{subsystem}/{function}.ts`
 * @param out folder for the bundles; its path does not affect their content, so asset hashes are stable
 */
export async function bundle(root: string, out: string): Promise<Bundles> {
  const functions = functionEntries(root);
  const others = entriesBelow(root).filter((entry) => programs.includes(entry));
  const [console] = await Promise.all([
    buildConsole(),
    bundleFunctions(root, functions, out),
    bundlePrograms(root, others, out),
  ]);
  return {
    console,
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
  // Not written to; makes the relative paths in source maps the same on every machine.
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
 * Bundles without minification, so that stack traces are readable without a source map, which would be a second file. Comments
 * give paths relative to `root`, so that bundles are independent of the working directory.
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
