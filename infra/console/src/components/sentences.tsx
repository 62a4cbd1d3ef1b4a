import { ServerText } from './server-text.tsx';

/** Sentences of the gateway about a thing, under one another. */
export function Sentences({ sentences }: { sentences: readonly string[] }) {
  return (
    <ul>
      {sentences.map((sentence) => (
        <li key={sentence}>
          <ServerText text={sentence} />
        </li>
      ))}
    </ul>
  );
}
