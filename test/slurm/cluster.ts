import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TransientError } from '../../shared/platform/errors.ts';
import { freePort } from '../emulator/servers.ts';

export interface Cluster extends AsyncDisposable {
  /** Address of slurmrestd. */
  endpoint: string;
  /** Address of a slurmrestd that does not reach its controller. */
  lostEndpoint: string;
  /** Token of the user root. */
  token: string;
}

const startTimeout = 60_000;
/** The user `nobody`: slurmrestd refuses to run as root. */
const nobody = 65_534;

/** Starts a cluster of one node on loopback, without cgroups. @param directory for its files; users other than root must reach it */
export async function startCluster(directory: string): Promise<Cluster> {
  await using started = new AsyncDisposableStack();
  chmodSync(directory, 0o755);
  const in_ = (name: string) => join(directory, name);
  for (const name of ['state', 'spool', 'run']) mkdirSync(in_(name));
  for (const [name, bytes] of [
    ['munge.key', 1024],
    ['jwt.key', 32],
  ] as const) {
    writeFileSync(in_(name), randomBytes(bytes), { mode: 0o600 });
  }
  const [controller, node, nobodys] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(in_('slurm.conf'), configuration(directory, controller, node));
  writeFileSync(in_('lost.conf'), configuration(directory, nobodys, node));
  const env = { PATH: process.env.PATH, SLURM_CONF: in_('slurm.conf') };
  const run = (
    name: string,
    command: string,
    parameters: string[],
    more: { uid?: number; gid?: number; variables?: object } = {},
  ) => {
    const { variables, ...user } = more;
    const log = openSync(in_(`${name}.out`), 'a');
    const child = spawn(command, parameters, {
      ...user,
      cwd: directory,
      detached: true,
      env: { ...env, ...variables },
      stdio: ['ignore', log, log],
    });
    started.defer(() => end(child));
  };

  run('munged', 'munged', [
    ...['--foreground', '--force', `--key-file=${in_('munge.key')}`, `--socket=${in_('run/munge.socket')}`],
    ...[`--pid-file=${in_('run/munged.pid')}`, `--log-file=${in_('munged.log')}`, `--seed-file=${in_('munged.seed')}`],
  ]);
  await until('munged', () => spawnSync('munge', ['-n', '-S', in_('run/munge.socket')]).status === 0);
  run('slurmctld', 'slurmctld', ['-D', '-f', in_('slurm.conf')]);
  run('slurmd', 'slurmd', ['-D', '-f', in_('slurm.conf'), '-N', 'localhost']);
  const slurm = (...[command = '', ...parameters]: string[]) =>
    spawnSync(command, parameters, { env, encoding: 'utf8' }).stdout;
  await until('the node', () => slurm('sinfo', '--noheader', '--format=%t').trim() === 'idle');
  const token = slurm('scontrol', 'token', 'username=root', 'lifespan=7200').trim().replace('SLURM_JWT=', '');
  const startRest = async (name: string, conf: string) => {
    const port = await freePort();
    run(name, 'slurmrestd', ['-f', conf, '-s', 'openapi/v0.0.38', '-a', 'rest_auth/jwt', `127.0.0.1:${port}`], {
      ...{ uid: nobody, gid: nobody },
      variables: { SLURM_JWT: 'daemon', SLURM_CONF: conf },
    });
    const url = `http://127.0.0.1:${port}`;
    await until(name, () => answers(`${url}/slurm/v0.0.38/ping`, token));
    return url;
  };
  const endpoint = await startRest('slurmrestd', in_('slurm.conf'));
  const lostEndpoint = await startRest('lost', in_('lost.conf'));
  const all = started.move();
  return { endpoint, lostEndpoint, token, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const configuration = (directory: string, controller: number, node: number) => `
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${directory}/run/munge.socket
CredType=cred/munge
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=${directory}/jwt.key
StateSaveLocation=${directory}/state
SlurmdSpoolDir=${directory}/spool
SlurmctldPidFile=${directory}/run/slurmctld.pid
SlurmdPidFile=${directory}/run/slurmd.pid
SlurmctldLogFile=${directory}/slurmctld.log
SlurmdLogFile=${directory}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
MpiDefault=none
KillWait=2
NodeName=localhost NodeAddr=127.0.0.1 CPUs=${cpus().length} RealMemory=1024 State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP
`;

/** Ends a daemon with its process group. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  process.kill(-child.pid, 'SIGTERM');
  const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 5_000);
  await exited;
  clearTimeout(timer);
}

async function until(name: string, isReady: () => boolean | Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(startTimeout);
  while (!(await isReady())) {
    if (signal.aborted) throw new TransientError(`${name} did not start`);
    await delay(100);
  }
}

async function answers(url: string, token: string): Promise<boolean> {
  try {
    await fetch(url, { headers: { 'x-slurm-user-name': 'root', 'x-slurm-user-token': token } });
    return true;
  } catch {
    return false;
  }
}
