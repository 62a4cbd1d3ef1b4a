import { readFileSync } from 'node:fs';
import type { OnLoadResult, Plugin } from 'esbuild';

/** Modules that never do anything in a function, and what of them others still ask for by name. */
const unused: [RegExp, string][] = [
  // Amazon Timestream has its clients look for their endpoint; DynamoDB's is known.
  [/\/@aws-sdk\/endpoint-cache\/dist-es\/index\.js$/, 'export class EndpointCache {}'],
  // No call here has a stream of events.
  [
    /\/@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/,
    'export const resolveEventStreamSerdeConfig = (config) => config, eventStreamSerdeProvider = undefined;',
  ],
  // Settings come by environment variables, and retries are the standard ones.
  [
    /\/shared-ini-file-loader\/loadSharedConfigFiles\.js$/,
    "export const CONFIG_PREFIX_SEPARATOR = '.', loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });",
  ],
  [
    /\/@smithy\/core\/dist-es\/submodules\/retry\/util-retry\/AdaptiveRetryStrategy\.js$/,
    'export class AdaptiveRetryStrategy {}',
  ],
  // Node has these, and the SDK prefers Node's.
  [/\/@smithy\/core\/dist-es\/submodules\/checksum\/sha256\/Sha256Js\.js$/, 'export const Sha256Js = undefined;'],
  [/\/@smithy\/core\/dist-es\/submodules\/checksum\/md5\/Md5Js\.js$/, 'export const Md5Js = undefined;'],
  [/\/@aws-sdk\/checksums\/dist-es\/submodules\/sha\/sha1\/Sha1Js\.js$/, 'export const Sha1Js = undefined;'],
];

/**
 * Leaves out of bundles what never runs, where the bundler by itself can't see that. A name that is missed after an update of
 * a package is an error of the build, one that is not found any more shows in the size, which a test bounds.
 */
export const prune: Plugin = {
  name: 'prune',
  setup({ onLoad }) {
    for (const [filter, contents] of unused) onLoad({ filter }, () => ({ contents }));
    onLoad({ filter: /\/@aws-sdk\/client-[^/]+\/package\.json$/ }, ({ path }) => versionOnly(path));
    onLoad({ filter: /\/@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/ }, ({ path }) => ({
      contents: withoutErrors(eachByItself(readFileSync(path, 'utf8'))),
    }));
  },
};

/** A client tells its version to the service, and brings its whole package.json for that. */
function versionOnly(path: string): OnLoadResult {
  const { name, version } = JSON.parse(readFileSync(path, 'utf8'));
  return { contents: JSON.stringify({ name, version }), loader: 'json' };
}

/** The schemas of all of a service's calls are in one file, with computed keys, behind which the bundler suspects effects. */
function eachByItself(schemas: string): string {
  const declaration = /^(export )?(var|const) (\w+\$?) = (\[[\s\S]*?\n?\]);$/gm;
  return schemas.replace(declaration, '$1$2 $3 = /* @__PURE__ */ (() => $4)();');
}

/** Errors whose class or fields the functions ask for. All others are told by their name, which every error of a service has. */
export const knownErrors: readonly string[] = [
  'ConditionalCheckFailedException',
  'TransactionCanceledException',
  'TransactionConflictException',
];

/** An error that is not registered comes as the service's base exception, with the name and the message that the service gave. */
function withoutErrors(schemas: string): string {
  const registration = /^n0_registry\.registerError\(\w+\$, (\w+)\);$/gm;
  return schemas.replace(registration, (line, name) => (knownErrors.includes(name) ? line : ''));
}
