import type { World } from '../world.ts';
import { accessesOutOfOrder, revocationsUndone } from './accesses.ts';
import { accountsUnlikeAccesses } from './accounts.ts';
import { filesThatCameBack, leftOfDeletedProjects, strayMembers } from './deletions.ts';
import { differences } from './differences.ts';
import { endlessDownloads } from './downloads.ts';
import { disorder, repeatedEffects } from './effects.ts';
import { unsettled } from './endings.ts';
import { strayObjects } from './files.ts';
import { gapsInHistory, miscountedHistory, untoldHistory } from './history.ts';
import { unrecordedTakings, wrongCredentials } from './passwords.ts';
import { leftOfProcesses, strayAttachments } from './processes.ts';
import { crowdedIncidents, strangeResultEvents, unsentResults } from './results.ts';
import { lostReturns } from './returns.ts';
import { reusedIds } from './reused-ids.ts';
import { revocationsThatWait } from './revocations.ts';
import { secretsFound } from './secrets.ts';
import { heldForNothing, programmingErrors } from './unexplained.ts';
import { listedInvisibly, marksInVain, outagesWithoutEnd, projectsNeverCreated } from './visibility.ts';
import { forgottenApprovals } from './waiting.ts';
import { miscountedUse, unstoppedJobs } from './workspaces.ts';

/** Everything that is wrong with a world that has come to rest. */
export function violationsOf(world: World): string[] {
  return [
    ...world.violations,
    ...unsettled(world),
    ...programmingErrors(world),
    ...gapsInHistory(world),
    ...miscountedHistory(world),
    ...untoldHistory(world),
    ...repeatedEffects(world),
    ...disorder(world),
    ...wrongCredentials(world),
    ...unrecordedTakings(world),
    ...leftOfDeletedProjects(world),
    ...filesThatCameBack(world),
    ...leftOfProcesses(world),
    ...strayAttachments(world),
    ...unstoppedJobs(world),
    ...miscountedUse(world),
    ...secretsFound(world),
    ...strayMembers(world),
    ...strayObjects(world),
    ...unsentResults(world),
    ...strangeResultEvents(world),
    ...endlessDownloads(world),
    ...crowdedIncidents(world),
    ...forgottenApprovals(world),
    ...heldForNothing(world),
    ...reusedIds(world),
    ...lostReturns(world),
    ...accessesOutOfOrder(world),
    ...accountsUnlikeAccesses(world),
    ...revocationsUndone(world),
    ...revocationsThatWait(world),
    ...listedInvisibly(world),
    ...marksInVain(world),
    ...outagesWithoutEnd(world),
    ...projectsNeverCreated(world),
    ...(world.everHeld ? [] : differences(world)),
  ];
}
