import { useTexts } from '../texts/texts.ts';

/**
 * Checks a text that the API takes up to a length. A longer one stays as it was typed, and is not sent.
 *
 * @param most characters that the API takes
 * @returns the properties of its form field
 */
export function useLength(text: string, most: number): { isTooLong: boolean; field: { errorText?: string } } {
  const { common } = useTexts();
  const isTooLong = text.length > most;
  return { isTooLong, field: isTooLong ? { errorText: common.tooLong(text.length, most) } : {} };
}
