import { createHash, createHmac } from 'node:crypto';

/** Keys of AWS, as the SDK finds them. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

export interface Signing {
  service: string;
  region: string;
  credentials: Credentials;
}

export interface SignedRequest {
  method: string;
  /** With the port, where it is not the protocol's own. */
  host: string;
  /** As sent, without a query. */
  path: string;
  body: string;
}

/** Headers that a request needs beside those of HTTP. */
export type SignatureHeaders = Record<'host' | 'x-amz-date' | 'authorization', string> & {
  'x-amz-security-token'?: string;
};

/**
 * Signs a request by Signature Version 4, for calls that are so many that the SDK's time for each counts.
 *
 * @param at milliseconds since 1970
 */
export function sign({ method, host, path, body }: SignedRequest, signing: Signing, at: number): SignatureHeaders {
  const { accessKeyId, sessionToken } = signing.credentials;
  const time = new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${signing.region}/${signing.service}/aws4_request`;
  const signed = {
    host,
    'x-amz-date': time,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(signed).join(';');
  // All services but S3 have a path that is encoded once more.
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const lines = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`);
  const request = `${method}\n${encoded}\n\n${lines.join('')}\n${names}\n${hash(body)}`;
  const signature = createHmac('sha256', keyFor(scope, signing.credentials))
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(request)}`)
    .digest('hex');
  const credential = `Credential=${accessKeyId}/${scope}`;
  return {
    ...signed,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The key that was used last: it lasts for a day. */
let last: { scope: string; secret: string; key: Buffer } | undefined;

function keyFor(scope: string, { secretAccessKey: secret }: Credentials): Buffer {
  if (last?.scope === scope && last.secret === secret) return last.key;
  const first: Buffer = Buffer.from(`AWS4${secret}`);
  const key = scope.split('/').reduce((before, part) => createHmac('sha256', before).update(part).digest(), first);
  last = { scope, secret, key };
  return key;
}
