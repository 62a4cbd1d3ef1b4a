import type { SignatureV4 } from '@smithy/signature-v4';
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

/** Longest life of a presigned URL, in seconds (Amazon S3 user guide, "Sharing objects with presigned URLs"). */
const longestLife = 7 * 24 * 3_600;

/** Query parameters of the signature. */
const parameters: ReadonlySet<string> = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Content-Sha256',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
]);

export const isOfSignature = (parameter: string): boolean => parameters.has(parameter);

/** Whether a request has its signature in the query. */
export const isPresigned = ({ url }: Pick<GuardedRequest, 'url'>): boolean => url.includes('X-Amz-Signature=');

/**
 * Checks a request with its signature in the query (Amazon S3 API reference, "Authenticating Requests: Using Query Parameters").
 *
 * @param signerOf makes the signer with the secret
 */
export async function checkPresigned(
  { method, url, headers }: GuardedRequest,
  signerOf: (signing: SignatureScope) => SignatureV4,
): Promise<SignatureRefusal | undefined> {
  const [path = '/', ...rest] = url.split('?');
  const sent = parseQuery(rest.join('?'));
  const value = (name: string) => sent[name]?.join(',') ?? '';
  const [accessKeyId = '', , region = '', service = ''] = value('X-Amz-Credential').split('/');
  const signingDate = parseDate(value('X-Amz-Date'));
  const expiresIn = Number(value('X-Amz-Expires'));
  if (!accessKeyId || !region || service !== 's3' || !signingDate || !(expiresIn > 0 && expiresIn <= longestLife)) {
    return { code: 'MissingAuthenticationToken', message: 'The query has no signature that S3 knows' };
  }
  if (Date.now() > signingDate.getTime() + expiresIn * 1_000) {
    return { code: 'AccessDenied', message: 'Request has expired' };
  }
  const covered = new Set(value('X-Amz-SignedHeaders').split(';'));
  const query = Object.fromEntries(Object.entries(sent).filter(([name]) => !isOfSignature(name)));
  // The signer moves it into the query, under this name.
  const payload = sent['X-Amz-Content-Sha256'] && { 'X-Amz-Content-Sha256': value('X-Amz-Content-Sha256') };
  const expected = await signerOf({ accessKeyId, region, service }).presign(
    { method, protocol: 'http:', hostname: '', path, query, headers: { ...pick(headers, covered), ...payload } },
    { signingDate, expiresIn, signableHeaders: covered },
  );
  return isSame(String(expected.query?.['X-Amz-Signature']), value('X-Amz-Signature')) ? undefined : wrongSecret;
}
