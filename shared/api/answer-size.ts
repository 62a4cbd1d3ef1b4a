import { refusals } from './refusals.ts';

/** Most bytes of an answer: Lambda takes 6 MB (AWS Lambda developer guide, quotas). */
const maxAnswerBytes = 6_000_000;

/** Most bytes of a page of more than one entry: an answer has room for what stands beside the page. */
export const maxPageBytes = 4_000_000;

/** Bytes of a text in the answer of a function, which is JSON itself. */
const bytesInJson = (text: string): number => Buffer.byteLength(JSON.stringify(text));

/** Bytes of a part of a body in the answer of a function: JSON in JSON. */
export const answerBytes = (part: unknown): number => bytesInJson(JSON.stringify(part));

/** The body as JSON. @throws Refusal when it is more than Lambda takes */
export function answerText(body: unknown): string {
  const text = JSON.stringify(body);
  if (bytesInJson(text) > maxAnswerBytes) throw refusals.answerTooLarge(maxAnswerBytes);
  return text;
}
