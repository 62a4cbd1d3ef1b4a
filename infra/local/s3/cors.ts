import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { bucketName, type ServedResource } from '../resources.ts';

/** A CORS rule of a bucket, as data that can be sent to a thread. */
export interface CorsRule {
  readonly bucket: string;
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** In small letters. */
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  /** Seconds. */
  readonly maxAge: number;
}

const bucketSchema = z.object({
  CorsConfiguration: z
    .strictObject({
      CorsRules: z.array(
        z.strictObject({
          AllowedOrigins: z.array(z.string()),
          AllowedMethods: z.array(z.string()),
          AllowedHeaders: z.array(z.string()).default([]),
          ExposedHeaders: z.array(z.string()).default([]),
          MaxAge: z.coerce.number().default(0),
        }),
      ),
    })
    .optional(),
});

/**
 * The CORS rules of the template's buckets.
 *
 * @param own addresses on this machine by the origins of the template, such as that of the HTTP API
 */
export const readCorsRules = (buckets: readonly ServedResource[], own: ReadonlyMap<string, string>): CorsRule[] =>
  buckets.flatMap(({ id, properties }) =>
    (bucketSchema.parse(properties).CorsConfiguration?.CorsRules ?? []).map((rule) => ({
      bucket: bucketName(id),
      origins: rule.AllowedOrigins.map((allowed) => localOrigin(allowed, own)),
      methods: rule.AllowedMethods,
      headers: rule.AllowedHeaders.map((name) => name.toLowerCase()),
      exposed: rule.ExposedHeaders,
      maxAge: rule.MaxAge,
    })),
  );

/** An allowed origin may have one `*` for any characters. */
function localOrigin(allowed: string, own: ReadonlyMap<string, string>): string {
  const [before = '', after] = allowed.split('*');
  const isMeant = (origin: string) =>
    after === undefined ? origin === allowed : origin.startsWith(before) && origin.endsWith(after);
  return [...own].find(([origin]) => isMeant(origin))?.[1] ?? allowed;
}

/** The request of a page, before S3 looks at it. */
interface PageRequest {
  method: string;
  bucket: string;
  headers: IncomingHttpHeaders;
}

/** The rule that lets a page read the answer to its request, or send it after a preflight request. */
export function ruleFor(rules: readonly CorsRule[], { method, bucket, headers }: PageRequest): CorsRule | undefined {
  const { origin = '', 'access-control-request-headers': asked = '' } = headers;
  const wanted = method === 'OPTIONS' ? (headers['access-control-request-method'] ?? '') : method;
  const names = asked
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return rules.find(
    (rule) =>
      rule.bucket === bucket &&
      rule.origins.includes(origin) &&
      rule.methods.includes(wanted) &&
      (method !== 'OPTIONS' || names.every((name) => rule.headers.includes(name))),
  );
}

/** Headers with which a browser lets the page read an answer. */
export const corsHeaders = (rule: CorsRule, origin: string): Record<string, string> => ({
  'access-control-allow-origin': origin,
  'access-control-allow-methods': rule.methods.join(', '),
  ...(rule.exposed.length > 0 && { 'access-control-expose-headers': rule.exposed.join(', ') }),
  vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
});

/** Headers of the answer to a preflight request that a rule allows. */
export const preflightHeaders = (rule: CorsRule, origin: string): Record<string, string> => ({
  ...corsHeaders(rule, origin),
  ...(rule.headers.length > 0 && { 'access-control-allow-headers': rule.headers.join(', ') }),
  'access-control-max-age': String(rule.maxAge),
});
