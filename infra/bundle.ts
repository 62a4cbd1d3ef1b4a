import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, buildSync } from 'esbuild';
import { ConfigurationError } from '../shared/platform/errors.ts';

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

/** undici's other parsers: one that has to be asked for, and one for processors without SIMD. Nothing ever loads them. */
const otherParsers = ['../milo/*', '../llhttp/llhttp-wasm.js'];

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
  alias: { undici: join(import.meta.dirname, 'undici.mjs') },
  legalComments: 'none',
  banner: { js: banner },
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * Bundles every function below `root` with all that it imports, the AWS SDK included, to one ES module each; programs only
 * when they are asked for.
 *
 * @param root the folder of the functions: `{subsystem}/{function}.ts`
 * @param out where to put the bundles; which folder it is leaves no trace in them, so asset hashes are stable
 */
export function bundle(root: string, out: string): Bundles {
  const entries = functionEntries(root);
  bundleFunctions(root, entries, out);
  return {
    lambda(entry) {
      if (!entries.includes(entry)) throw new ConfigurationError(`There is no function ${join(root, `${entry}.ts`)}`);
      return Code.fromAsset(join(out, entry));
    },
    program(entry) {
      const source = join(root, `${entry}.ts`);
      if (!programs.includes(entry) || !existsSync(source))
        throw new ConfigurationError(`There is no program ${source}`);
      const outfile = join(out, `${entry}.mjs`);
      // Not minified, so that stack traces can be read without a source map, which would be a second file.
      // Its comments name the files relative to `root`, so that they are the same from wherever the app is synthesized.
      buildSync({ ...common, absWorkingDir: root, entryPoints: [source], outfile, external: otherParsers });
      return outfile;
    },
  };
}

function bundleFunctions(root: string, entries: readonly string[], out: string): void {
  // Never written to: it only makes the relative paths in source maps the same on every machine.
  const outdir = join(root, '..', 'bundle');
  const { outputFiles } = buildSync({
    ...common,
    entryPoints: entries.map((entry) => ({ in: join(root, `${entry}.ts`), out: join(entry, 'index') })),
    outdir,
    write: false,
    outExtension: { '.js': '.mjs' },
    external: [...otherCredentials, ...otherParsers],
    minify: true,
    // The names of error classes end up in logs and tables.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
  });
  for (const { path, contents } of outputFiles) {
    const target = join(out, relative(outdir, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }
}

/** The functions below `root`, as `{subsystem}/{function}`, sorted. */
export function functionEntries(root: string): string[] {
  return globSync('*/*.ts', { cwd: root })
    .map((path) => path.slice(0, -'.ts'.length))
    .filter((entry) => !programs.includes(entry))
    .sort();
}
