import * as z from 'zod';
import { shellQuote } from '../resources/staging/job-script.ts';
import { type JobType, serverPath } from './job-type.ts';
import { hashVariable, jupyterConfiguration, pageConfiguration } from './jupyter-configuration.ts';
import { parseJobSettings } from './settings.ts';

const settings = z.strictObject({
  /** Directory with the program `python3` that has the module `jupyterlab`, in front of the PATH. */
  path: z
    .string()
    .regex(/^\/[^:\n]*$/, 'must be an absolute path')
    .optional(),
  /** Where the server listens: on loopback, or for a proxy on another machine at the address by which this one reaches others. */
  listen: z.enum(['127.0.0.1', '0.0.0.0']).default('127.0.0.1'),
});

/** Prints the address by which this machine reaches others, for which nothing is sent. A name need not be known to the proxy. */
const outwardAddress =
  'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("192.0.2.1", 9)); print(s.getsockname()[0])';

/** Paths of the server that send whole files, in whatever format. */
const fileServing = /^(files|nbconvert|api\/nbconvert|view)(\/|$)/i;

/** JupyterLab on the files of the workspace. The proxy signs in; the server knows only the hash of the proxy's secret. */
export const jupyterLab: JobType = {
  details: z.unknown(),
  script({ jobId }, given) {
    const { path, listen } = parseJobSettings(settings, given);
    const base = serverPath(jobId);
    return `
${path === undefined ? '' : `export PATH=${shellQuote(path)}:$PATH`}
export JUPYTER_CONFIG_DIR=$TMPDIR/config JUPYTER_RUNTIME_DIR=$TMPDIR/runtime JUPYTER_DATA_DIR=$TMPDIR/data IPYTHONDIR=$TMPDIR/ipython
mkdir -p "$JUPYTER_CONFIG_DIR/labconfig"
printf '%s' ${shellQuote(JSON.stringify(pageConfiguration))} >"$JUPYTER_CONFIG_DIR/labconfig/page_config.json"
printf '%s' ${shellQuote(jupyterConfiguration)} >"$JUPYTER_CONFIG_DIR/jupyter_server_config.py"
# A file of the workspace must not pass for a module of Python's.
workspace=$PWD
cd "$TMPDIR" || exit 1
address=${listen}
name=$address
if [ "$address" != 127.0.0.1 ]; then name=$(python3 -c ${shellQuote(outwardAddress)}) && address=$name || name=$(hostname -f); fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])') || exit 1
(
  until curl --silent --output /dev/null "http://$name:$port${base}api"; do sleep 0.3; done
  printf '{"hostname": "%s", "port": %s}' "$name" "$port" >"$SERVER_FILE.new" && mv "$SERVER_FILE.new" "$SERVER_FILE"
) &
exec python3 -m jupyterlab --ServerApp.ip="$address" --ServerApp.port="$port" --ServerApp.base_url=${base} --ServerApp.root_dir="$workspace"
`;
  },
  server: {
    opens: 'lab',
    hashVariable,
    credentials: (token) => ({ authorization: `token ${token}` }),
    allows: (path) => !fileServing.test(path),
  },
};
