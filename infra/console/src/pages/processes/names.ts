import type { Service } from '../../api/processes.ts';
import type { Texts } from '../../texts/texts.ts';

/** The title among the details of a project or process. */
export function titleIn(details: Readonly<Record<string, unknown>>, { processes }: Texts): string {
  const { title } = details;
  return typeof title === 'string' && title.trim() !== '' ? title : processes.untitled;
}

/** Name of a service for people. */
export function serviceName(
  services: Readonly<Record<string, Service>> | undefined,
  number: number,
  { processes }: Texts,
): string {
  const name = services?.[number]?.name ?? (number === 0 ? 'NONE' : String(number));
  return processes.services[name] ?? name;
}
