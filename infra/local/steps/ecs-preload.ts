import { ownMemory } from '../lambda/own-memory.ts';

// Loaded into a task's process before its program, which does not depend on this machine.
const report = () => process.send?.(ownMemory());
report();
setInterval(report, 500).unref();
// The gateway was killed, so the task ends, too.
process.on('disconnect', () => process.exit());
// Ctrl-C goes to the whole group: the gateway decides when this ends.
process.on('SIGINT', () => {});
process.channel?.unref();
