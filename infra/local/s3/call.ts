import type { IncomingMessage } from 'node:http';
import { notImplemented, S3Error } from './errors.ts';
import type { Store } from './store.ts';

/** A request as the operations see it. */
export interface S3Call {
  readonly request: IncomingMessage;
  readonly store: Store;
  /** Empty when the request is about the service. */
  readonly bucket: string;
  /** Decoded; empty when the request is about a bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
}

export interface S3Reply {
  /** 200 unless said otherwise. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is XML. */
  readonly body?: string | AsyncIterable<Buffer>;
  /** Disposed of when the answer is sent. */
  readonly held?: Disposable;
}

/** Bytes of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const maximumKey = 1024;

/**
 * Takes a path-style target apart. The path is not normalized: `..` and `//` are parts of a key like any other.
 * @throws S3Error InvalidURI, KeyTooLongError
 */
export function parseTarget(url: string): Pick<S3Call, 'bucket' | 'key' | 'query'> {
  const [path = '', ...rest] = url.split('?');
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const decoded = decode(key);
  if (Buffer.byteLength(decoded) > maximumKey) throw new S3Error(400, 'KeyTooLongError', 'Your key is too long.');
  return { bucket: decode(bucket), key: decoded, query: new URLSearchParams(rest.join('?')) };
}

/** Percent-encoded UTF-8 as text. @throws S3Error InvalidURI */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.");
    throw error;
  }
}

/** A header that can come only once. */
export function header(call: S3Call, name: string): string | undefined {
  const value = call.request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Headers accepted with any call: they have no effect here, or are handled by the operations. */
const understood = new RegExp(
  `^x-amz-(${[
    'content-sha256|date|security-token|user-agent|expected-bucket-owner|source-expected-bucket-owner',
    'checksum-(mode|type|algorithm|crc32|crc32c|crc64nvme|sha1|sha256)|sdk-checksum-algorithm|trailer|decoded-content-length',
    'meta-.*|tagging|tagging-directive|metadata-directive|mp-object-size',
    'copy-source|copy-source-if-match|copy-source-if-none-match',
    'server-side-encryption|server-side-encryption-aws-kms-key-id|server-side-encryption-bucket-key-enabled',
  ].join('|')})$`,
);

/** @throws S3Error NotImplemented for a header that would otherwise be ignored silently */
export function refuseUnknownHeaders(request: IncomingMessage): void {
  const unknown = Object.keys(request.headers).find((name) => name.startsWith('x-amz-') && !understood.test(name));
  if (unknown !== undefined) throw notImplemented(`header ${unknown}`);
}
