import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface SignedRequest {
  /** Names in lower case; all are signed: `host` and `x-amz-date` must be among them. */
  headers: Record<string, string>;
  body: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/**
 * The header `authorization` for a POST to the path `/` (AWS Signature Version 4).
 *
 * @param service the name that the service has in signatures
 */
export function authorization(
  { headers, body }: SignedRequest,
  { accessKeyId, secretAccessKey }: AwsCredentials,
  region: string,
  service: string,
): string {
  const names = Object.keys(headers).sort();
  const date = headers['x-amz-date'] ?? '';
  const scope = [date.slice(0, 8), region, service, 'aws4_request'];
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, ' ')}\n`).join('');
  const request = ['POST', '/', '', canonicalHeaders, names.join(';'), sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(request)].join('\n');
  const key = scope.reduce<string | Buffer>((signing, part) => hmac(signing, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, text).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}
