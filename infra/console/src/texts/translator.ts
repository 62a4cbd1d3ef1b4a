/**
 * Makes a translator of texts that a program has put together.
 *
 * @param phrases texts, each with its translation; `{}` stands for a part that changes, `{state}` for one of some words.
 *   Both have them in the same order
 * @param words with their translations, as of `{state}`; any other word stays as it is
 * @returns the translation; undefined for a text that is none of the phrases
 */
export function translator(
  phrases: Readonly<Record<string, string>>,
  words: Readonly<Record<string, Readonly<Record<string, string>>>>,
): (text: string) => string | undefined {
  const exact = new Map(Object.entries(phrases).filter(([phrase]) => phrase.search(changing) < 0));
  const patterns = Object.entries(phrases)
    .filter(([phrase]) => !exact.has(phrase))
    .map(([phrase, translation]) => ({ pattern: patternOf(phrase), translation }));
  return (text) => {
    const known = exact.get(text);
    if (known !== undefined) return known;
    for (const { pattern, translation } of patterns) {
      const values = pattern.exec(text)?.values();
      if (!values) continue;
      values.next();
      return translation.replaceAll(changing, (part) => {
        const { value = '' } = values.next();
        return words[part]?.[value] ?? value;
      });
    }
    return undefined;
  };
}

/** A part that changes. */
const changing = /\{\w*\}/g;

const patternOf = (phrase: string) => new RegExp(`^${phrase.split(changing).map(RegExp.escape).join('(.+?)')}$`, 's');
