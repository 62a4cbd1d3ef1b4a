/** Languages of the console. */
export const languages = { en: 'English', da: 'Dansk' } as const;
export type Language = keyof typeof languages;

/** Whose forms of dates and times each language has: the day before the month, 24 hours. */
export const locales = { en: 'en-GB', da: 'da-DK' } as const satisfies Record<Language, string>;

const key = 'language';

/** The language that was chosen here before, or the first of the browser's that the console has. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(key), ...navigator.languages].map((name) => name?.slice(0, 2));
  return wanted.find(isLanguage) ?? 'en';
}

const isLanguage = (name: string | undefined): name is Language => name !== undefined && name in languages;

/** Keeps the language for later visits. The page has to be loaded anew. */
export const keepLanguage = (language: Language): void => localStorage.setItem(key, language);
