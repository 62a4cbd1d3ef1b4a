/**
 * Makes a translator of texts that a program has put together.
 *
 * @param phrases texts, each with its translation; `{}` stands for a part that changes, which both have in the same order
 * @returns the translation; undefined for a text that is none of the phrases
 */
export function translator(phrases: Readonly<Record<string, string>>): (text: string) => string | undefined {
  const exact = new Map(Object.entries(phrases).filter(([phrase]) => !phrase.includes('{}')));
  const patterns = Object.entries(phrases)
    .filter(([phrase]) => phrase.includes('{}'))
    .map(([phrase, translation]) => ({ pattern: patternOf(phrase), parts: translation.split('{}') }));
  return (text) => {
    const known = exact.get(text);
    if (known !== undefined) return known;
    for (const { pattern, parts } of patterns) {
      const [, ...values] = pattern.exec(text) ?? [];
      if (values.length > 0) return parts.map((part, index) => `${part}${values[index] ?? ''}`).join('');
    }
    return undefined;
  };
}

const patternOf = (phrase: string) => new RegExp(`^${phrase.split('{}').map(RegExp.escape).join('(.+?)')}$`, 's');
