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

/** The console's own texts in a language. */
export interface Spoken {
  readonly language: Language;
  readonly texts: Texts;
  /** Translates a text of the gateway, which speaks English; undefined for one that it does not know. */
  readonly translate: ((text: string) => string | undefined) | undefined;
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
export const useTranslate = () => useSpoken().translate;
export const useLanguage = (): Language => useSpoken().language;

/** Texts that are loaded with their page, in each language. @returns what gives those in the language of the page */
export const textsOf =
  <Own>(own: Readonly<Record<Language, Own>>) =>
  (): Own =>
    own[useLanguage()];
