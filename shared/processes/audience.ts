// Audiences of the parties of processes.

const contractorPrefix = 'contractor#';

/** The audience of the members of an organization. @param organizationId as `organizationIdOf` makes it */
export const contractorAudience = (organizationId: string): string => contractorPrefix + organizationId;

export const isContractorAudience = (audience: string): boolean => audience.startsWith(contractorPrefix);

/** The audience of an account as a client: an account of the same name that is created later has another one. */
export const clientAudience = (accountId: string): string => `client#${accountId}`;

const sessionPrefix = 'session#';

/** The audience of a visitor. */
export const sessionAudience = (session: string): string => sessionPrefix + session;

/** Whether accounts belong to an audience, and no visitor. */
export const hasAccounts = (audience: string): boolean => !audience.startsWith(sessionPrefix);
