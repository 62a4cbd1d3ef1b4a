/** Names of the pages and of the groups that the navigation shows them in. */
export const pages = {
  overview: 'Overview',
  account: 'Account and security',
  groups: {
    operations: 'Operations',
    research: 'Research',
    administration: 'Administration',
  },
};
