const maxLength = 500;

/** The rule of a decision's reason, in words. */
export const reasonRule = `must be words, 1 to ${maxLength} characters`;

/**
 * The reason of a decision as the history keeps it.
 *
 * @returns undefined when the text breaks the rule
 */
export function readReason(text: string): string | undefined {
  const reason = text.trim();
  return /[\p{L}\p{N}]/u.test(reason) && reason.length <= maxLength ? reason.toWellFormed() : undefined;
}
