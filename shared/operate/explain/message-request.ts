import type { MessageContent } from '../../portal/message-schema.ts';

/** Request of a message, in a sentence. */
export function requestOf({ type, data }: MessageContent): string {
  switch (type) {
    case 'CreateProject':
      return `DST wants project ${data.projectNo} to be made here.`;
    case 'DeleteProject':
      return `DST wants project ${data.projectNo} to be removed, with its accesses, files and results.`;
    case 'CreateProjectAccess':
      return `DST wants access ${data.accessIdentifier} to project ${data.projectNo}, and its login name and one-time password.`;
    case 'DeleteProjectAccess':
      return `DST wants access ${data.accessIdentifier} to be removed.`;
    case 'DisableProjectAccess':
      return `DST wants access ${data.accessIdentifier} to be blocked at once.`;
    case 'EnableProjectAccess':
      return `DST wants access ${data.accessIdentifier} to be let in again.`;
    case 'ResetPassword':
      return `DST wants a new one-time password for access ${data.accessIdentifier}.`;
    case 'DataDeliveryReady':
      return data.files.length === 1
        ? `DST wants 1 file to be fetched for project ${data.projectNo}${deliveryOf(data)}.`
        : `DST wants ${data.files.length} files to be fetched for project ${data.projectNo}${deliveryOf(data)}.`;
    case 'DeleteDataFile':
      return `DST wants file ${data.fileId} to be removed.`;
    case 'ReturnDataFile':
      return `DST wants file ${data.fileId} to be sent back to it.`;
  }
}

const deliveryOf = ({ dataDeliveryId }: { dataDeliveryId?: string }) =>
  dataDeliveryId === undefined ? '' : `, delivery ${dataDeliveryId}`;
