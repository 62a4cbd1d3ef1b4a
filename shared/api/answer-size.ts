import { maxAnswerBytes, refusals } from './refusals.ts';

/** Bytes of a text in the answer of a function, which is JSON itself. */
const bytesInJson = (text: string): number => Buffer.byteLength(JSON.stringify(text));

/** Bytes of a part of a body in the answer of a function: JSON in JSON. */
export const answerBytes = (part: unknown): number => bytesInJson(JSON.stringify(part));

/** The body as JSON. @throws Refusal when it is more than Lambda takes */
export function answerText(body: unknown): string {
  const text = JSON.stringify(body);
  if (bytesInJson(text) > maxAnswerBytes) throw refusals.answerTooLarge();
  return text;
}
