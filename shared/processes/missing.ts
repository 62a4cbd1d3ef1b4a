import * as z from 'zod';

/** Something that a process lacks for a step. Keys are those that clients of the documented API know, or a service's own. */
export interface Missing {
  /** Such as `Process-Contractor` or `Service-script`. */
  readonly key: string;
  /** For people. */
  readonly message: string;
  /** The process that it is about, where a request names several. */
  readonly processID?: string | undefined;
}

export const missingView = z.object({ key: z.string(), message: z.string(), processID: z.string().optional() });
