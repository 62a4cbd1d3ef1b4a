/**
 * The beginning of a text. Where the cut goes through a character, U+FFFD stands for its half, which DynamoDB would not take.
 *
 * @param most UTF-16 code units
 */
export const cut = (text: string, most: number): string => text.slice(0, most).toWellFormed();
