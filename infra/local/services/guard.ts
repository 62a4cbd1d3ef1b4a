import { createHash, createHmac, type Hash, type Hmac, randomBytes } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { checkPresigned, isPresigned } from './presigned.ts';
import {
  type GuardedRequest,
  isSame,
  parseDate,
  parseQuery,
  pick,
  type SignatureRefusal,
  type SignatureScope,
  wrongSecret,
} from './signature.ts';

/** Credentials with which the AWS SDK signs requests. The secret authenticates; the access key only names the caller. */
export interface LocalCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Credentials for one run of the gateway. */
export const newCredentials = (): LocalCredentials => ({
  accessKeyId: 'local',
  secretAccessKey: randomBytes(30).toString('base64url'),
});

/** For services without a guard. */
export const anyCredentials: LocalCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Decides about each request before a service sees it. @returns nothing when the request may pass */
export type Guard = (request: GuardedRequest) => Promise<SignatureRefusal | undefined>;

const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** AWS's own limit, in milliseconds. */
const longestSkew = 15 * 60_000;

/**
 * Accepts only requests signed with the secret (Signature Version 4, in the header, or in the query as presigned URLs of S3 have it).
 * Accepts only this machine's names in Host, to prevent DNS rebinding, and refuses web pages.
 */
export function createGuard(secretAccessKey: string): Guard {
  const signerOf = ({ accessKeyId, region, service }: SignatureScope) =>
    new SignatureV4({
      credentials: { accessKeyId, secretAccessKey },
      region,
      service,
      sha256: Sha256,
      applyChecksum: false,
      uriEscapePath: service !== 's3',
    });
  return async (request) => {
    const { method, url, headers, body } = request;
    if (!isLoopback(headers.host))
      return { code: 'AccessDenied', message: 'The Host header does not name this machine' };
    if (headers.origin !== undefined) return { code: 'AccessDenied', message: 'Web pages are not served' };
    if (isPresigned(request)) return checkPresigned(request, signerOf);
    const [, accessKeyId, region, service, signedHeaders, signature] =
      authorizationPattern.exec(headers.authorization ?? '') ?? [];
    const signingDate = parseDate(headers['x-amz-date']);
    if (!accessKeyId || !region || !service || !signedHeaders || !signature || !signingDate) {
      return {
        code: 'MissingAuthenticationToken',
        message: 'The request is not signed: "credentials" in endpoints.json has the keys to sign with',
      };
    }
    if (Math.abs(Date.now() - signingDate.getTime()) > longestSkew) {
      return { code: 'RequestTimeTooSkewed', message: 'The request was signed at another time' };
    }
    const [path = '/', ...query] = url.split('?');
    const signable = new Set(signedHeaders.split(';'));
    const expected = await signerOf({ accessKeyId, region, service }).sign(
      {
        method,
        protocol: 'http:',
        hostname: '',
        path,
        query: parseQuery(query.join('?')),
        headers: pick(headers, signable),
        body,
      },
      { signingDate, signableHeaders: signable },
    );
    const [, computed = ''] = /Signature=(\w+)$/.exec(expected.headers.authorization ?? '') ?? [];
    return isSame(computed, signature) ? undefined : wrongSecret;
  };
}

/** Whether a Host header names this machine's loopback interface, at whatever port. */
export function isLoopback(host: string | undefined): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host ?? '');
}

/** SHA-256, or with a key its HMAC, as the signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    if (key === undefined) this.#hash = createHash('sha256');
    else this.#hash = createHmac('sha256', bytesOf(key));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('A signature is computed only once.');
  }
}

function bytesOf(key: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof key === 'string') return key;
  return ArrayBuffer.isView(key) ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength) : new Uint8Array(key);
}
