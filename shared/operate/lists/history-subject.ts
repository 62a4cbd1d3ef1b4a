import { permissionSubject } from '../../accounts/factors/requirement.ts';
import { accountSubject } from '../../accounts/history.ts';
import { organizationKey } from '../../accounts/organization.ts';
import { foldUserName } from '../../accounts/user-name.ts';
import { gatewaySubject } from '../../decisions/audit.ts';
import { accessSubject, fileSubject, ownLine, projectSubject } from '../../messages/subject.ts';
import { InvalidInputError } from '../../platform/errors.ts';
import { foldId } from '../../portal/id.ts';
import { processProjectSubject, processSubject } from '../../processes/history.ts';

const prefixes = [
  ...[projectSubject(''), accessSubject(''), fileSubject(''), ownLine(''), 'incident#', accountSubject('')],
  ...[organizationKey(''), permissionSubject(''), processSubject(''), processProjectSubject('')],
];

/**
 * The subject as in the history, with its id folded.
 *
 * @throws InvalidInputError when nothing of this kind has a history, or the id is missing
 */
export function readSubject(text: string): string {
  if (text === gatewaySubject) return text;
  const prefix = prefixes.find((each) => text.startsWith(each));
  if (prefix === undefined) {
    throw new InvalidInputError(`subject: must be ${gatewaySubject} or begin with one of ${prefixes.join(', ')}`);
  }
  if (text === prefix) throw new InvalidInputError(`subject: an id is missing after ${prefix}`);
  const id = text.slice(prefix.length);
  if (prefix === accountSubject('')) return accountSubject(foldUserName(id));
  if (prefix === organizationKey('')) return organizationKey(id);
  return `${prefix}${foldId(id)}`;
}

/** Number of the project whose history a subject is; undefined for other subjects. */
export function projectOf(subject: string): string | undefined {
  const prefix = projectSubject('');
  return subject.startsWith(prefix) ? subject.slice(prefix.length) : undefined;
}
