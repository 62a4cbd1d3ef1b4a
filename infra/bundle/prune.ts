import { readFileSync } from 'node:fs';
import type { OnLoadResult, Plugin } from 'esbuild';

/** A format of attestation that proves an authenticator by its certificate. */
const unverified = (format: string): [RegExp, string] => [
  new RegExp(`/@simplewebauthn/server/esm/registration/verifications/(?:tpm/)?verifyAttestation${format}\\.js$`),
  `export const verifyAttestation${format} = async () => false;`,
];

/** Work on an authenticator's certificate. */
const uncertified = (name: string): [RegExp, string] => [
  new RegExp(`/@simplewebauthn/server/esm/helpers/${name}\\.js$`),
  `export const ${name} = () => { throw new Error('Certificates of authenticators are not taken'); };`,
];

/** Modules without use in a function, and stubs of the names that other modules import from them. */
const unused: [RegExp, string][] = [
  // Endpoint discovery is for Amazon Timestream; DynamoDB's endpoint is known.
  [/\/@aws-sdk\/endpoint-cache\/dist-es\/index\.js$/, 'export class EndpointCache {}'],
  // No call uses event streams.
  [
    /\/@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/,
    'export const resolveEventStreamSerdeConfig = (config) => config, eventStreamSerdeProvider = undefined;',
  ],
  // Settings are in environment variables, and the retry mode is `standard`.
  [
    /\/shared-ini-file-loader\/loadSharedConfigFiles\.js$/,
    "export const CONFIG_PREFIX_SEPARATOR = '.', loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });",
  ],
  [
    /\/@smithy\/core\/dist-es\/submodules\/retry\/util-retry\/AdaptiveRetryStrategy\.js$/,
    'export class AdaptiveRetryStrategy {}',
  ],
  // The SDK prefers Node's implementations of these.
  [/\/@smithy\/core\/dist-es\/submodules\/checksum\/sha256\/Sha256Js\.js$/, 'export const Sha256Js = undefined;'],
  [/\/@smithy\/core\/dist-es\/submodules\/checksum\/md5\/Md5Js\.js$/, 'export const Md5Js = undefined;'],
  [/\/@aws-sdk\/checksums\/dist-es\/submodules\/sha\/sha1\/Sha1Js\.js$/, 'export const Sha1Js = undefined;'],
  // No certificate of an authenticator is asked for. Browsers then send none (WebAuthn, `attestation`); one that is sent is refused.
  ...['FIDOU2F', 'AndroidSafetyNet', 'AndroidKey', 'Apple', 'TPM'].map(unverified),
  ...[
    ...['getCertificateInfo', 'isCertRevoked', 'validateCertificatePath'],
    ...['validateExtFIDOGenCEAAGUID', 'convertX509PublicKeyToCOSE'],
  ].map(uncertified),
  [
    /\/@simplewebauthn\/server\/esm\/services\/settingsService\.js$/,
    'export const SettingsService = { getRootCertificates: () => [], runtimeSupportsPQC: () => false };',
  ],
  [
    /\/@simplewebauthn\/server\/esm\/services\/metadataService\.js$/,
    'export const MetadataService = { getStatement: async () => undefined };',
  ],
];

/**
 * Removes code that never runs but that the bundler cannot detect: the bundle of `poll` has 495 instead of 657 kB, and takes 72
 * instead of 92 ms of a processor to load. After an update of a package, a missing name is a build error, and a module that is
 * no longer found increases the size, which a test limits.
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

/** Reduces package.json to the version: a client imports the whole file to send its version. */
function versionOnly(path: string): OnLoadResult {
  const { name, version } = JSON.parse(readFileSync(path, 'utf8'));
  return { contents: JSON.stringify({ name, version }), loader: 'json' };
}

/** Marks the schemas of a service's calls as free of side effects, which the bundler cannot see because of computed keys. */
function eachByItself(schemas: string): string {
  const declaration = /^(export )?(var|const) (\w+\$?) = (\[[\s\S]*?\n?\]);$/gm;
  return schemas.replace(declaration, '$1$2 $3 = /* @__PURE__ */ (() => $4)();');
}

/** Errors whose class or fields the functions use. All others are identified by name, which every error of a service has. */
export const knownErrors: readonly string[] = [
  'ConditionalCheckFailedException',
  'TransactionCanceledException',
  'TransactionConflictException',
];

/** Removes other errors: an unregistered error is thrown as the service's base exception with the service's name and message. */
function withoutErrors(schemas: string): string {
  const registration = /^n0_registry\.registerError\(\w+\$, (\w+)\);$/gm;
  return schemas.replace(registration, (line, name) => (knownErrors.includes(name) ? line : ''));
}
