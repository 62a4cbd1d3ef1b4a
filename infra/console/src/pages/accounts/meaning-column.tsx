import type { Permission } from '../../api/permissions.ts';
import type { AccountTexts } from '../../texts/accounts.ts';

/** Column that says what a permission allows. */
export const meaningColumn = (texts: AccountTexts) => ({
  id: 'meaning',
  header: texts.meaning,
  cell: ({ name, description }: Permission) => texts.permissionNames[name] ?? <span lang="en">{description}</span>,
});
