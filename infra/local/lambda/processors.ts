import { cpus } from 'node:os';

/** Minimum time between two samples, in ms: a sample takes up to 10 ms of a processor. */
const interval = 250;

let last = sample();
let share = 1;

/** The recently unused share of this machine's processor time, from 0 to 1. */
export function idleShare(): number {
  const now = sample();
  if (now.at - last.at < interval) return share;
  share = (now.idle - last.idle) / Math.max(1, now.total - last.total);
  last = now;
  return share;
}

function sample(): { at: number; idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (each: number[]) => each.reduce((total, time) => total + time, 0);
  return {
    at: performance.now(),
    idle: sum(times.map(({ idle }) => idle)),
    total: sum(times.flatMap(({ user, nice, sys, idle, irq }) => [user, nice, sys, idle, irq])),
  };
}
