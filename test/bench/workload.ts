import type { NewMessage, PortalSimulator } from '../../infra/local/portal/simulator.ts';

export const projects = 100;
const perProject = 10;
export const messages = projects * perProject;

/** Bytes of the one small file that each project is delivered. */
const fileSize = 20_000;

/** A day of one project, of every kind of work: rows, credentials, a delivery, a return. */
async function dayOf(portal: PortalSimulator, projectNo: number): Promise<NewMessage[]> {
  const file = await portal.addFile({ fileId: `file-${projectNo}`, size: fileSize });
  const access = (index: number) => `access-${projectNo}-${index}`;
  const day: [string, unknown][] = [
    ['CreateProject', { projectNo }],
    ['CreateProjectAccess', { projectNo, accessIdentifier: access(1) }],
    ['CreateProjectAccess', { projectNo, accessIdentifier: access(2) }],
    ['DataDeliveryReady', { dataDeliveryId: `delivery-${projectNo}`, projectNo, files: [file] }],
    ['DisableProjectAccess', { accessIdentifier: access(1) }],
    ['EnableProjectAccess', { accessIdentifier: access(1) }],
    ['ResetPassword', { accessIdentifier: access(1) }],
    ['ReturnDataFile', { fileId: file.fileId }],
    ['DisableProjectAccess', { accessIdentifier: access(2) }],
    ['DeleteProjectAccess', { accessIdentifier: access(2) }],
  ];
  return day.map(([messageType, data]) => ({ messageType, data }));
}

/** Fills the portal with the days of all projects, interleaved by chance, always by the same. */
export async function fill(portal: PortalSimulator): Promise<void> {
  const days = await Promise.all(Array.from({ length: projects }, (_, index) => dayOf(portal, 1001 + index)));
  const random = lehmer(20_261_120);
  const list: NewMessage[] = [];
  while (list.length < messages) {
    const message = days[Math.floor(random() * projects)]?.shift();
    if (message) list.push(message);
  }
  await portal.sendMany(list);
}

/** The minimal standard generator of Lehmer (Park and Miller, 1988): small, and the same on every machine. */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
