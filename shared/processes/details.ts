import { refusals } from './errors.ts';
import type { Details, Service } from './services/service.ts';

/** Most characters of an object of details, as JSON: with its value before, it fits into an entry of the history. */
const maxDetails = 20_000;

/** @returns the details with some of them changed, as JSON. @throws Refusal when they are too long */
export function mergeDetails(field: string, stored: string, changes: Details): string {
  const merged = JSON.stringify({ ...JSON.parse(stored), ...changes });
  if (merged.length > maxDetails) {
    throw refusals.badRequest(`${field}: must have at most ${maxDetails} characters as JSON`);
  }
  return merged;
}

/** @returns the details without some of them, as JSON */
export function withoutDetails(stored: string, keys: readonly string[]): string {
  const left = Object.entries<unknown>(JSON.parse(stored)).filter(([key]) => !keys.includes(key));
  return JSON.stringify(Object.fromEntries(left));
}

/** @throws Refusal naming the detail that breaks the schema of the service */
export function checkDetails<Context>(service: Service<Context> | undefined, details: string): void {
  if (!service) throw refusals.badRequest('serviceDetails: no service is chosen');
  const [issue] = service.details.safeParse(JSON.parse(details)).error?.issues ?? [];
  if (issue) throw refusals.badRequest(`${['serviceDetails', ...issue.path].join('.')}: ${issue.message}`);
}
