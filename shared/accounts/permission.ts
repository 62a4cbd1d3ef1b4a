/** Permissions that accounts may have, each with a description for people. */
export const permissions = {
  admin: 'Manages accounts, permissions and organizations',
  operator: 'Sees all projects and decides what no program can',
  api_clients: 'A program that uses the API for its own users',
} as const;

export type Permission = keyof typeof permissions;

export const permissionNames = Object.keys(permissions) as Permission[];

export const isPermission = (name: string): name is Permission => Object.hasOwn(permissions, name);
