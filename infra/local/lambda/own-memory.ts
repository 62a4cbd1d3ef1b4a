import { existsSync, readFileSync } from 'node:fs';

const status = '/proc/self/status';

/**
 * This process's current and maximum resident memory, in bytes. The maximum is the kernel's high-water mark, because that of
 * getrusage begins with the parent's memory.
 */
export function ownMemory(): { rss: number; maxRss: number } {
  const rss = process.memoryUsage.rss();
  const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(existsSync(status) ? readFileSync(status, 'utf8') : '') ?? [];
  return { rss, maxRss: peak ? Number(peak) * 1024 : rss };
}
