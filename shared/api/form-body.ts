import type * as z from 'zod';
import type { SentBody } from './json-body.ts';
import { parameterError } from './parameter-error.ts';
import { refusals } from './refusals.ts';
import { textProblem } from './text-problem.ts';
import { ruleBroken } from './validation-error.ts';

/**
 * Bytes of a body that has files. Lambda takes an event of 6 MiB, in which a body of bytes is base64: 4 characters for 3 bytes (AWS
 * Lambda quotas, "Invocation payload").
 */
export const maxFormBodyBytes = 4 * 2 ** 20;

/** A file of a form. */
export interface SentFile {
  /** Name of the form's field. */
  readonly field: string;
  /** As sent: a name for people, never a path to use. */
  readonly fileName: string;
  readonly bytes: Buffer;
}

/** A parsed form. */
export interface Form<Fields> {
  readonly fields: Fields;
  readonly files: readonly SentFile[];
}

const formType = /^(?:multipart\/form-data|application\/x-www-form-urlencoded)(?:;|$)/i;

/** Whether a Content-Type is a form's. */
export const isForm = (contentType = ''): boolean => formType.test(contentType.trim());

/**
 * Parses a form, in either encoding that browsers have.
 *
 * @param schema of the fields that are no files
 * @throws Refusal when the body is too large or no form, has a field twice, or breaks the schema
 */
export async function parseForm<Fields>(
  schema: z.ZodType<Fields>,
  { body = '', isBase64Encoded }: SentBody,
  contentType: string,
): Promise<Form<Fields>> {
  // Base64 has four characters for three bytes: what is far too long is not decoded.
  if (body.length > (maxFormBodyBytes * 4) / 3 + 4) throw refusals.tooLarge(maxFormBodyBytes);
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxFormBodyBytes) throw refusals.tooLarge(maxFormBodyBytes);
  const fields = new Map<string, string>();
  const files: SentFile[] = [];
  for (const [field, value] of await read(bytes, contentType)) {
    const problem = typeof value === 'string' ? (textProblem(field) ?? textProblem(value)) : undefined;
    if (typeof value !== 'string') {
      files.push({ field, fileName: value.name, bytes: Buffer.from(await value.arrayBuffer()) });
    } else if (fields.has(field)) {
      throw refusals.badRequest('A field of the form is given twice');
    } else if (problem !== undefined) {
      throw refusals.badRequest(`A field of the form ${problem}`);
    } else {
      fields.set(field, value);
    }
  }
  const { data, error } = schema.safeParse(Object.fromEntries(fields), { error: parameterError });
  const [issue] = error?.issues ?? [];
  if (issue) throw ruleBroken(schema, `${issue.path.join('.')}: ${issue.message}`);
  return { fields: data as Fields, files };
}

async function read(bytes: Buffer<ArrayBuffer>, contentType: string): Promise<FormData> {
  try {
    return await new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw refusals.badRequest('The body is no form');
  }
}
