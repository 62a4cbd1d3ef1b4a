import { GatewayError } from '../../../shared/platform/errors.ts';

/** An error answer of S3, sent as an XML `<Error>` document. Codes as in S3's "Error responses". */
export class S3Error extends GatewayError {
  override readonly name = 'S3Error';
  readonly retryable: boolean;
  readonly status: number;
  readonly code: string;
  /** Further elements of the `<Error>` document. */
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryable = status >= 500;
  }
}

export const invalidArgument = (message: string) => new S3Error(400, 'InvalidArgument', message);
export const invalidRequest = (message: string) => new S3Error(400, 'InvalidRequest', message);
export const badDigest = (name: string) =>
  new S3Error(400, 'BadDigest', `The ${name} you specified did not match the calculated checksum.`);
export const incompleteBody = () =>
  new S3Error(400, 'IncompleteBody', 'You did not provide the number of bytes specified by the length header.');
export const entityTooLarge = (maximum: number) =>
  new S3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.', {
    MaxSizeAllowed: `${maximum}`,
  });
export const malformedXml = () =>
  new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate.');
export const notImplemented = (what: string) =>
  new S3Error(501, 'NotImplemented', `This implies functionality that is not implemented: ${what}`);
export const noSuchBucket = (bucket: string) =>
  new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist.', { BucketName: bucket });
export const noSuchKey = (key: string) =>
  new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key });
export const noSuchUpload = (uploadId: string) =>
  new S3Error(404, 'NoSuchUpload', 'The specified multipart upload does not exist; it may be aborted or completed.', {
    UploadId: uploadId,
  });
export const preconditionFailed = (condition: string) =>
  new S3Error(412, 'PreconditionFailed', 'At least one of the preconditions you specified did not hold.', {
    Condition: condition,
  });
