import type { ResumePoint } from './resume.ts';

/** Interface between a running copy and its lease. */
export interface CopyProgress {
  /** Aborts the copy. */
  signal: AbortSignal;
  /** Whether to pause now, so that another invocation continues. */
  isTimeUp(): boolean;
  /** Reports the total number of bytes, if the portal has sent it. */
  expect(bytes: number | undefined): void;
  /** Reports received bytes, and how many of them the copy lacked. */
  received(bytes: number, lacking: number): void;
  /** Reports the number of bytes stored so far. */
  stored(bytes: number): void;
  /**
   * Saves the point from which a later copy resumes; undefined for the start. Resolves when the point is saved or the copy has
   * to end.
   */
  resumeFrom(point: ResumePoint | undefined): Promise<void>;
  /** Checks the lease before a write to the file's key. Throws if another transfer has the file. */
  mayWrite(): Promise<void>;
  /** Makes a request that writes to S3. A request in flight when the file is deleted is not aborted. */
  write<Output>(request: (signal: AbortSignal) => Promise<Output>): Promise<Output>;
}
