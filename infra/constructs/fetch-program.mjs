// First program of a task's container, because a plain Node image has neither the gateway's code nor the AWS SDK. It fetches
// the program from S3 with the rights of the task's role and runs it. The request is signed according to the AWS General
// Reference ("Signature Version 4").
import { createHash, createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const {
  AWS_REGION,
  PROGRAM_URL,
  PROGRAM_SHA256,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
  AWS_CONTAINER_CREDENTIALS_FULL_URI,
} = process.env;
// ECS gives only the path; the agent's address is the same in every task.
const credentialsUrl =
  AWS_CONTAINER_CREDENTIALS_FULL_URI ?? `http://169.254.170.2${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI}`;

async function get(url, headers = {}) {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(60_000) });
  if (response.ok) return response;
  throw new Error(`GET ${new URL(url).pathname}: ${response.status}`);
}

function signed(url, { AccessKeyId, SecretAccessKey, Token }) {
  const { host, pathname } = new URL(url);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), AWS_REGION, 's3', 'aws4_request'];
  const headers = {
    host,
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    'x-amz-date': time,
    'x-amz-security-token': Token,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ['GET', pathname, '', lines.join(''), names, 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = createHash('sha256').update(request).digest('hex');
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n');
  const signature = hmac(scope.reduce(hmac, `AWS4${SecretAccessKey}`), toSign).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${AccessKeyId}/${scope.join('/')}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

const credentials = await (await get(credentialsUrl)).json();
const answer = await get(PROGRAM_URL, signed(PROGRAM_URL, credentials));
const program = Buffer.from(await answer.arrayBuffer());
// Writers to the assets bucket must not gain the rights of the task.
const sha256 = createHash('sha256').update(program).digest('hex');
if (sha256 !== PROGRAM_SHA256) {
  throw new Error(`${new URL(PROGRAM_URL).pathname} is not what was deployed: its SHA-256 is ${sha256}`);
}
const file = join(tmpdir(), 'program.mjs');
await writeFile(file, program);
await import(file);
