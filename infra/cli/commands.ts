// All commands of the operators' command line, one line each.
export {
  blockAccount,
  changePermissions,
  createUserAccount,
  resetAccount,
  resetAccountFactors,
  unblockAccount,
} from './accounts/change-accounts.ts';
export {
  changeExistingOrganization,
  createNewOrganization,
  deleteExistingOrganization,
} from './accounts/change-organizations.ts';
export { listAccounts } from './accounts/list-accounts.ts';
export { listAllOrganizations, showOrganization } from './accounts/organizations.ts';
export { changePermission, listPermissions } from './accounts/permissions.ts';
export { showAccount } from './accounts/show-account.ts';
export { listSigningKeys, rotateSigningKeys } from './accounts/signing-keys.ts';
export { confirmProject } from './decide/confirm-project.ts';
export { dismissIncident, retryIncident } from './decide/incident-decisions.ts';
export { approve, fetchAgain, pause, requeue, resume } from './decide/message-decisions.ts';
export { reconcile } from './decide/reconcile.ts';
export { redrive } from './decide/redrive.ts';
export { republish } from './decide/republish.ts';
export { files } from './files/files.ts';
export { sendFile } from './files/send-file.ts';
export { verifyFile } from './files/verify-file.ts';
export { follow } from './live/follow.ts';
export { history } from './records/history.ts';
export { incidents } from './records/incidents.ts';
export { messages } from './records/messages.ts';
export { projects } from './records/projects.ts';
export { users } from './records/users.ts';
export { completion } from './shell/completion.ts';
export { pollNow } from './status/poll-now.ts';
export { status } from './status/status.ts';
export { listAllQuotas } from './workspaces/list-quotas.ts';
export { setQuota } from './workspaces/set-quota.ts';
