import { existsSync, readFileSync } from 'node:fs';

const status = '/proc/self/status';

/**
 * This process's resident memory now and at its most, in bytes: the kernel's high-water mark, not getrusage's, which begins with
 * what the parent had.
 */
export function ownMemory(): { rss: number; maxRss: number } {
  const rss = process.memoryUsage.rss();
  const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(existsSync(status) ? readFileSync(status, 'utf8') : '') ?? [];
  return { rss, maxRss: peak ? Number(peak) * 1024 : rss };
}
