import * as z from 'zod';

/** Address of the server of an interactive job: a host name or an address, and a port. */
export const jobServerSchema = z.object({
  hostname: z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$/),
  port: z.int().min(1024).max(65_535),
});
