import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, PermanentError } from '../../shared/platform/errors.ts';

const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'dst-gateway-emulators');
const requirements = join(import.meta.dirname, 'requirements.txt');
const jupyter = join(import.meta.dirname, '..', 'jupyter', 'requirements.txt');
const pom = join(import.meta.dirname, 'dynamodb-local.xml');
const awsCli = 'awscli==1.46.3';
/** Starts the command line by the Python beside it. */
const awsProgram = '#!/bin/sh\nexec "$(dirname "$0")/python" -m awscli "$@"\n';
const versitygw = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const mavenPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** Milliseconds for one step. */
const timeout = 600_000;

/** Missing requirements and the reason: a program is not installed, or a registry is out of reach. */
export class Unavailable extends ConfigurationError {}

/**
 * Installs ministack into a virtual environment, every file of it pinned by its hash.
 * @returns the environment's Python
 * @throws Unavailable without Python 3.10 or newer, or without PyPI
 */
export function installMinistack(): string {
  const directory = install('ministack', readFileSync(requirements, 'utf8'), (into) => {
    run('python3', ['-m', 'venv', into]);
    run(join(into, 'bin', 'python'), ['-m', 'pip', 'install', '--require-hashes', '-r', requirements]);
  });
  return join(directory, 'bin', 'python');
}

/**
 * Installs JupyterLab into a virtual environment, every file of it pinned by its hash.
 * @returns the environment's directory
 * @throws Unavailable without Python 3.10 or newer, or without PyPI
 */
export function installJupyter(): string {
  return install('jupyter', readFileSync(jupyter, 'utf8'), (into) => {
    run('python3', ['-m', 'venv', into]);
    run(join(into, 'bin', 'python'), ['-m', 'pip', 'install', '--require-hashes', '-r', jupyter]);
  });
}

/**
 * Installs AWS's command line into a virtual environment.
 * @returns the program
 * @throws Unavailable without Python, or without PyPI
 */
export function installAwsCli(): string {
  const directory = install('awscli', awsCli, (into) => {
    run('python3', ['-m', 'venv', into]);
    run(join(into, 'bin', 'python'), ['-m', 'pip', 'install', '--no-compile', awsCli]);
    // A script names the Python of the directory in which it was installed.
    rmSync(join(into, 'bin', 'aws'));
    writeFileSync(join(into, 'bin', 'aws'), awsProgram, { mode: 0o755 });
  });
  return join(directory, 'bin', 'aws');
}

/**
 * Builds the Versity S3 Gateway, a server of S3's protocol over a directory, whose sums Go checks.
 * @returns the program
 * @throws Unavailable without Go, or without its module proxy
 */
export function installVersitygw(): string {
  const directory = install('versitygw', versitygw, (into) =>
    run('go', ['install', versitygw], { GOBIN: into, CGO_ENABLED: '0' }),
  );
  return join(directory, 'versitygw');
}

/**
 * Fetches AWS's own DynamoDB Local.
 * @returns the directory of its libraries
 * @throws Unavailable without Java and Maven, or without Maven Central
 */
export function installDynamoDbLocal(): string {
  run('java', ['-version']);
  return install('dynamodb-local', readFileSync(pom, 'utf8'), (into) =>
    run('mvn', ['-q', '-B', '-f', pom, `${mavenPlugin}:copy-dependencies`, `-DoutputDirectory=${into}`]),
  );
}

/** Once for the same pins: whole, or not at all. */
function install(name: string, pins: string, put: (into: string) => void): string {
  const directory = join(cache, `${name}-${createHash('sha256').update(pins).digest('hex').slice(0, 16)}`);
  if (existsSync(directory)) return directory;
  console.log(`installing ${name} …`);
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'new-'));
  try {
    put(fresh);
    renameSync(fresh, directory);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return directory;
}

/** Messages of pip, Maven and Go without a network, without a registry, or if the registry lacks the package. */
const noNetwork =
  /NewConnectionError|ProxyError|Tunnel connection failed|Failed to (establish|resolve)|name resolution|no such host|unknown host|dial tcp|connect(ion)? (refused|timed out|reset)|Connection to \S+ timed out|read timed out|TLS handshake timeout|network is unreachable|No matching distribution found|Could not find artifact/i;
/** Messages of tools that are too old or incomplete. */
const notFit = /ensurepip is not|different python version|requires go >=/;
/** A version other than the pinned one counts as installed. */
const otherBytes = /DO NOT MATCH THE HASHES|checksum (mismatch|validation failed)/i;

/** Whether what a failed installation printed tells of this machine or its network, and nothing of what is installed. */
export const isOutOfReach = (text: string): boolean =>
  !otherBytes.test(text) && (noNetwork.test(text) || notFit.test(text));

function run(command: string, parameters: string[], environment: Record<string, string> = {}): void {
  const env = { ...process.env, ...environment };
  const ended = spawnSync(command, parameters, { env, encoding: 'utf8', timeout });
  if (ended.error && 'code' in ended.error && ended.error.code === 'ENOENT') {
    throw new Unavailable(`there is no ${command} on this machine`);
  }
  if (ended.error && 'code' in ended.error && ended.error.code === 'ETIMEDOUT') {
    throw new Unavailable(`${command} took more than ${timeout / 60_000} minutes`);
  }
  if (ended.error) throw ended.error;
  if (ended.status === 0) return;
  const text = lastOf(ended);
  if (isOutOfReach(`${ended.stdout}${ended.stderr}`)) throw new Unavailable(`${command}: ${text}`);
  throw new PermanentError(`${command} ended with ${ended.status}: ${text}`);
}

const lastOf = ({ stdout, stderr }: SpawnSyncReturns<string>) => `${stdout}${stderr}`.trim().slice(-500);
