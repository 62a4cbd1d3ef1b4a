import type { ResumePoint } from './resume.ts';

/** What a copy tells about itself while it runs, and what it is told. */
export interface CopyProgress {
  /** Ends the copy. */
  signal: AbortSignal;
  /** Whether it is time to pause, for another invocation to go on. */
  isTimeUp(): boolean;
  /** How many bytes are to come, when the portal says it. */
  expect(bytes: number | undefined): void;
  /** Bytes came. */
  received(bytes: number): void;
  /** So many bytes of the file are stored. */
  stored(bytes: number): void;
  /** Where a later copy can go on: from the start, when there is no point. Resolves when that is kept, or the copy is to end. */
  resumeFrom(point: ResumePoint | undefined): Promise<void>;
  /** Asked before anything is written under the file's key: throws when somebody else has the file by now. */
  mayWrite(): Promise<void>;
  /** Makes a request that writes to S3. One that is under way when the file is deleted is left to come to its end. */
  write<Output>(request: (signal: AbortSignal) => Promise<Output>): Promise<Output>;
}
