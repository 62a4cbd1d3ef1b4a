/**
 * The beginning of a text. Where the cut goes through a character, U+FFFD stands for its half, which DynamoDB would not take.
 *
 * @param most UTF-16 code units
 */
export const cut = (text: string, most: number): string => text.slice(0, most).toWellFormed();

/** The same, with an ellipsis for what is left out. */
export const shorten = (text: string, most: number): string =>
  text.length > most ? `${cut(text, most - 1)}…` : text.toWellFormed();
