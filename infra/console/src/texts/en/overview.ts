export const overview = {
  description: 'Your projects, and what happens as it happens.',
  descriptionOfOperators: 'Whether the gateway works, what waits, and what happens as it happens.',
  account: 'Account',
  userName: 'User name',
  permissions: 'Permissions',
  noPermissions: 'None: you see the projects that you have access to',
  latest: 'Latest events',
  latestEmpty: 'Nothing has happened since you opened this page. Events appear here within a second.',
};
