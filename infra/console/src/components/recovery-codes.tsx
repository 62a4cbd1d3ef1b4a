import { Id } from './id.tsx';

/** Recovery codes under one another. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <ul>
      {codes.map((code) => (
        <li key={code}>
          <Id id={code} />
        </li>
      ))}
    </ul>
  );
}
