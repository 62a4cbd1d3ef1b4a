import { useTranslate } from '../texts/texts.ts';

/** A text of the gateway, in the language of the page where it is known, else as the gateway words it. */
export function ServerText({ text }: { text: string }) {
  const translate = useTranslate();
  if (text === '') return null;
  if (!translate) return <bdi>{text}</bdi>;
  const translated = translate(text);
  return translated === undefined ? <bdi lang="en">{text}</bdi> : <bdi>{translated}</bdi>;
}
