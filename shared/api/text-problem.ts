/** Most combining marks after a character (Unicode Standard Annex #15, "Stream-Safe Text Format"): no language has so many. */
const maxMarks = 30;

/** The two marks of half width are none by themselves: compatibility normalization makes marks of them. */
const tooManyMarks = new RegExp(`[\\p{M}\uff9e\uff9f]{${maxMarks + 1}}`, 'u');

/** @returns the rule that a text of a body breaks; nothing when it does no harm further on */
export function textProblem(text: string): string | undefined {
  if (!text.isWellFormed()) return 'is not well-formed Unicode';
  // User names and passwords are normalized. That sorts marks, in a time that grows with the square of their number.
  return tooManyMarks.test(text) ? `has more than ${maxMarks} combining marks in a row` : undefined;
}
