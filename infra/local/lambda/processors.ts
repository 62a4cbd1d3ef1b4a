import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Minimum time between two samples, in ms. */
const interval = 250;

/** The kernel's times of all processors, on Linux. */
const statistics = '/proc/stat';

interface Times {
  idle: number;
  total: number;
}

let last = sample();
let sampledAt = performance.now();
let share = 1;

/** The recently unused share of this machine's processor time, from 0 to 1. */
export function idleShare(): number {
  if (performance.now() - sampledAt < interval) return share;
  const now = sample();
  share = (now.idle - last.idle) / Math.max(1, now.total - last.total);
  last = now;
  sampledAt = performance.now();
  return share;
}

/** On Linux `cpus` reads the frequencies, too, and the kernel makes it wait 10 ms for each of them. */
function sample(): Times {
  return existsSync(statistics)
    ? timesIn(readFileSync(statistics, 'latin1'))
    : cpus()
        .map(({ times: { user, nice, sys, idle, irq } }) => ({ idle, total: user + nice + sys + idle + irq }))
        .reduce((sum, { idle, total }) => ({ idle: sum.idle + idle, total: sum.total + total }));
}

/** @param text as in proc_stat(5): `cpu user nice system idle iowait irq softirq steal …` */
function timesIn(text: string): Times {
  const [line = ''] = text.split('\n', 1);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(/ +/)
    .slice(1)
    .map(Number);
  return { idle: idle + wait, total: user + nice + system + idle + wait + irq + softirq + steal };
}
