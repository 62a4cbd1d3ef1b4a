import { printable } from '../../terminal/render.ts';
import type { Operation } from '../command.ts';
import { columns } from '../listing.ts';
import { jsonLine } from './safe-json.ts';

/** The details of a message, file, project, access or incident. */
export interface Detail {
  title: string;
  /** Names and values; those without a value are left out. */
  facts: readonly (readonly [name: string, value: string | number | undefined])[];
  /** Lines under headings; those without lines are left out. */
  sections: readonly (readonly [heading: string, lines: readonly string[]])[];
  /** The same for programs, without secrets. */
  json: object;
}

/** Prints details: as text for people, as an object for programs. */
export function printDetail({ screen, json }: Pick<Operation, 'screen' | 'json'>, detail: Detail): 0 {
  if (json) {
    screen.print(jsonLine(detail.json));
    return 0;
  }
  screen.print(screen.style('bold', printable(detail.title)));
  const facts = detail.facts.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[`  ${name}`, String(value)]],
  );
  for (const line of columns(facts)) screen.print(line);
  for (const [heading, lines] of detail.sections) {
    if (lines.length === 0) continue;
    screen.print('');
    screen.print(screen.style('bold', `${heading}:`));
    for (const line of lines) screen.print(`  ${printable(line)}`.trimEnd());
  }
  return 0;
}

/** Path of the article about a kind of incident or difference. */
export const articleOf = (kind: string): string => `infra/monitoring/RUNBOOK.md#${kind}`;
