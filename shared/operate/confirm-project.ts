import { PermanentError } from '../platform/errors.ts';
import type { Portal } from '../portal/client.ts';
import { PortalError } from '../portal/errors.ts';

const largest = 2 ** 31 - 1;

/** The rule of a project's number, in words. */
export const projectNumberRule = `must be a whole number from 1 to ${largest}, without leading zeros`;

/**
 * Whether a text is a project's number as the portal's interface description has it: an integer of 32 bits, above 0. Checked here
 * because the portal may confirm a mistyped number.
 */
export const isProjectNumber = (text: string): boolean => /^[1-9]\d{0,9}$/.test(text) && Number(text) <= largest;

/**
 * Confirms to the portal that the centre has a contract for a project.
 *
 * @throws PermanentError when DST knows no such project
 */
export async function confirmAtPortal(
  portal: Pick<Portal, 'confirmProject'>,
  projectNo: string,
): Promise<'confirmed' | 'already-confirmed'> {
  try {
    return await portal.confirmProject(projectNo);
  } catch (error) {
    if (!(error instanceof PortalError) || error.status !== 404) throw error;
    throw new PermanentError(`DST knows no project ${projectNo}: check the number (${error.message})`, {
      cause: error,
    });
  }
}
