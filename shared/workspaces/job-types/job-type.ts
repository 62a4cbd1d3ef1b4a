import type * as z from 'zod';

/** Kind of program that a job runs. */
export interface JobType {
  /** Rule for `job_details` of a start. */
  readonly details: z.ZodType;
  /**
   * Program for bash, in the directory with the files of the workspace.
   *
   * @param settings `environment_details` of the job's type for its resource
   * @throws PermanentError if the details or the settings break their rule
   */
  script(job: JobFacts, settings: unknown): string;
  /** Present if the job serves HTTP, at the address that it writes to the file `$SERVER_FILE`. */
  readonly server?: {
    /** Path that the client opens, below the job's own path of the proxy. */
    readonly opens: string;
    /** Header with which the proxy signs in at the server. */
    credentials(token: string): Readonly<Record<string, string>>;
    /** Variable of the job's environment with the token's SHA-256 in hexadecimal digits. */
    readonly hashVariable: string;
    /** Whether the proxy lets a path through, below the job's own. */
    allows(path: string): boolean;
  };
}

export interface JobFacts {
  jobId: number;
  details: unknown;
}

/** Path of a job's server at the proxy. Servers that know their own address get it as their base. */
export const serverPath = (jobId: number): string => `/passthrough/${jobId}/`;
