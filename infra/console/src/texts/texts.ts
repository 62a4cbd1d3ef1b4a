import { createContext, useContext } from 'react';
import type { en } from './en/en.ts';
import type { Language } from './language.ts';

/** All texts of the console, by topic. The English ones say which there are. */
export type Texts = Widened<typeof en>;

/** Any text in place of the English one. */
export type Widened<Value> = Value extends string
  ? string
  : Value extends (...args: infer Args) => string
    ? (...args: Args) => string
    : { readonly [Name in keyof Value]: Widened<Value[Name]> };

interface Spoken {
  readonly language: Language;
  readonly texts: Texts;
}

const SpokenContext = createContext<Spoken | undefined>(undefined);
export const TextsProvider = SpokenContext.Provider;

function useSpoken(): Spoken {
  const spoken = useContext(SpokenContext);
  if (!spoken) throw new Error('There are no texts');
  return spoken;
}

/** Texts in the language of the page. */
export const useTexts = (): Texts => useSpoken().texts;
export const useLanguage = (): Language => useSpoken().language;

/** Texts that are loaded with their page, in each language. @returns what gives those in the language of the page */
export const textsOf =
  <Own>(own: Readonly<Record<Language, Own>>) =>
  (): Own =>
    own[useLanguage()];
