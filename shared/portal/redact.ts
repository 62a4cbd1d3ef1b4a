import { shorten } from '../platform/cut.ts';

/** Longest text of the portal in an error, in characters. */
const maxTextLength = 200;

/**
 * The portal's text from the body of an error answer (ErrorDetails, ProblemDetails, an HTML page of a proxy, or plain text) as
 * one line without control characters and without the secrets, however the answer repeats them.
 *
 * @param secrets secrets of the request that must not appear in an error
 */
export function problemText(body: string, secrets: readonly string[]): string {
  return shorten(redact(oneLine(htmlText(unescaped(detailsMessage(redact(body, secrets))))), secrets), maxTextLength);
}

function detailsMessage(body: string): string {
  try {
    const details: unknown = JSON.parse(body);
    if (typeof details !== 'object' || details === null) return body;
    const texts = ['message', 'title', 'detail'].map((key) => Reflect.get(details, key));
    return texts.filter((text) => typeof text === 'string').join(' ') || body;
  } catch {
    return body; // Not JSON, so the whole text is used.
  }
}

/** Decodes the text like a part of a URL. */
function unescaped(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString());
}

function htmlText(text: string): string {
  return text
    .replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&#(\d{1,6}|x[\da-f]{1,5});/gi, (_entity, code) => String.fromCharCode(Number(code.replace(/^x/i, '0x'))))
    .replace(/&(lt|gt|quot|apos|nbsp|amp);/g, (_entity, name: string) => entities[name] ?? ' ');
}

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', amp: '&' };

function oneLine(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, ' ').trim();
}

function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter(Boolean).flatMap(formsOf);
  return forms.reduce((rest, form) => rest.replaceAll(form, redacted), text).replace(credential, `$1${redacted}`);
}

const redacted = '[redacted]';

const formsOf = (secret: string) => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret.toWellFormed()),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('base64url'),
];

/** Values named as credentials and texts that look like tokens (RFC 6750, RFC 7519), whoever they belong to. */
const credential =
  /(\b(?:bearer|basic) |(?<![\w-])[\w-]{0,40}(?:password|secret|token|api-?key|authorization|cookie)["']?\s*[:=]\s*["']?(?:(?:bearer|basic) )?)[^\s"',;&<>]+|(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/gi;
