import type { PortalSimulator, SimulatedMessage } from '../../infra/local/portal/simulator.ts';

export const projects = 100;
const perProject = 10;
export const messages = projects * perProject;

/** Bytes of the one small file that each project is delivered. */
const fileSize = 20_000;

/** One project in so many asks for its file back: that is rare. */
const perReturn = 5;

/** Messages of a project's day that have a file moved. */
const moves: ReadonlySet<string> = new Set(['DataDeliveryReady', 'ReturnDataFile']);

/** A day of one project: rows, credentials, a delivery, now and then a return. */
async function dayOf(portal: PortalSimulator, projectNo: number): Promise<SimulatedMessage[]> {
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
    projectNo % perReturn === 0
      ? ['ReturnDataFile', { fileId: file.fileId }]
      : ['ResetPassword', { accessIdentifier: access(2) }],
    ['DisableProjectAccess', { accessIdentifier: access(2) }],
    ['DeleteProjectAccess', { accessIdentifier: access(2) }],
  ];
  return day.map(([messageType, data]) => ({ messageType, data }));
}

/**
 * Fills the portal with the days of projects, interleaved by chance, always by the same.
 *
 * @param firstProject their numbers go up from here
 * @param options `movesFiles`: false leaves out deliveries and returns
 * @returns the number of messages
 */
export async function fill(
  portal: PortalSimulator,
  firstProject: number,
  count = projects,
  { movesFiles = true } = {},
): Promise<number> {
  const all = await Promise.all(Array.from({ length: count }, (_, index) => dayOf(portal, firstProject + index)));
  const days = all.map((day) => day.filter(({ messageType }) => movesFiles || !moves.has(messageType)));
  const total = days.reduce((sum, day) => sum + day.length, 0);
  const random = lehmer(20_261_120);
  const list: SimulatedMessage[] = [];
  while (list.length < total) {
    const message = days[Math.floor(random() * count)]?.shift();
    if (message) list.push(message);
  }
  await portal.sendMany(list);
  return total;
}

/** The minimal standard generator of Lehmer (Park and Miller, 1988): small, and the same on every machine. */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
