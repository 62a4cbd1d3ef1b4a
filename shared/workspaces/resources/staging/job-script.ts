import type { StagedFile } from '../../job-inputs.ts';

/** Addresses with which a job fetches and stores objects, without any key of the gateway. */
export interface JobAddresses {
  inputs: readonly (Pick<StagedFile, 'path' | 'size' | 'readOnly'> & { url: string })[];
  /** To put the files that the job leaves, one each. */
  outputs: readonly string[];
  put: Record<'stdout' | 'stderr' | 'server' | 'outputs' | 'ended', string>;
  /** Is there when the job shall end. */
  stop: string;
}

/** Seconds between two looks of the script at its job: what it printed, whether it shall end. */
const pace = { first: 2, later: 15 };

/** Most bytes that are kept of each log: its end. */
const maxLogBytes = 10 * 1024 ** 2;

/** A text as one word of a shell. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The program of a job on a machine that the gateway does not reach: it makes a directory, fetches the inputs, runs the job's own script under the time
 * limit, stores what it printed every few seconds, and in the end the files it made or changed, their list, and the exit code.
 * Addresses are given to curl in its input, so no list of processes shows them.
 */
export function stagingScript(script: string, addresses: JobAddresses, timeLimitMinutes: number): string {
  return `#!/bin/bash
set -u
umask 077
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
mkdir "$place/work" "$place/tmp"
cd "$place/work" || exit 1
export HOME=$place/work TMPDIR=$place/tmp SERVER_FILE=$place/server
touch "$place/stdout" "$place/stderr"

# Brackets and braces in the name of a file would stand for other names.
transfer() { curl --globoff --silent --show-error --fail --retry 5 --retry-connrefused --connect-timeout 20 --config - "$@"; }
put() { printf 'url = "%s"\\n' "$2" | transfer --upload-file "$1" 2>>"$place/transfer.log"; }
end() {
  save_logs
  printf '%s %s %s\\n' "$1" "$(date +%s)" "$2" >"$place/ended"
  put "$place/ended" ${shellQuote(addresses.put.ended)}
  exit "$1"
}
save_logs() {
  for log in stdout stderr; do
    tail -c ${maxLogBytes} "$place/$log" >"$place/log"
    if [ "$log" = stdout ]; then to=${shellQuote(addresses.put.stdout)}; else to=${shellQuote(addresses.put.stderr)}; fi
    put "$place/log" "$to"
  done
}
fetch() {
  mkdir -p "$(dirname "./$1")"
  printf 'url = "%s"\\n' "$3" | transfer --output "./$1" 2>>"$place/stderr" && [ "$(stat -c %s "./$1")" = "$2" ] && return
  end 1 'an input could not be fetched'
}
marks() { find . -mindepth 1 -name '.*' -prune -o -type f -printf '%s %T@ %i\\t%P\\0'; }

${addresses.inputs.map(stageIn).join('\n')}
declare -A before
while IFS=$'\\t' read -r -d '' mark name; do before[$name]=$mark; done < <(marks)

cat >"$place/script" <<'END_OF_${delimiter(script)}'
${script}
END_OF_${delimiter(script)}
begun=$(date +%s)
timeout --kill-after=10 ${Math.round(timeLimitMinutes * 60)} bash "$place/script" <&- >>"$place/stdout" 2>>"$place/stderr" &
job=$! stopped= told= looks=0
while kill -0 $job 2>/dev/null; do
  looks=$((looks + 1))
  if [ $looks -lt 30 ]; then sleep ${pace.first} & else sleep ${pace.later} & fi
  wait -n $job $!
  if [ -z "$told" ] && [ -e "$place/server" ]; then put "$place/server" ${shellQuote(addresses.put.server)} && told=1; fi
  kill -0 $job 2>/dev/null || break
  if printf 'url = "%s"\\n' ${shellQuote(addresses.stop)} | curl --silent --fail --output /dev/null --config -; then
    stopped=1
    kill -TERM $job
  fi
  save_logs
done
wait $job
code=$?
reason=
case $code in 124 | 137) [ $(($(date +%s) - begun)) -ge ${Math.round(timeLimitMinutes * 60)} ] && reason='time limit' ;; esac
[ -n "$stopped" ] && reason=stopped

outputs=(${addresses.outputs.map(shellQuote).join(' ')})
declare -A kept=(${addresses.inputs
    .filter(({ readOnly }) => readOnly)
    .map(({ path }) => `[${shellQuote(path)}]=1`)
    .join(' ')})
slot=0
: >"$place/outputs"
while IFS=$'\\t' read -r -d '' mark name; do
  [ "\${before[$name]:-}" = "$mark" ] && continue
  [ -n "\${kept[$name]:-}" ] && continue
  [ $slot -lt \${#outputs[@]} ] || end 1 "the job left more than \${#outputs[@]} files"
  put "./$name" "\${outputs[$slot]}" || end 1 'a file that the job left could not be stored'
  printf '%s %s %s\\n' "$slot" "$(stat -c %s "./$name")" "$(printf '%s' "$name" | base64 -w 0)" >>"$place/outputs"
  slot=$((slot + 1))
done < <(marks)
put "$place/outputs" ${shellQuote(addresses.put.outputs)} || end 1 'the list of files could not be stored'
end "$code" "$reason"
`;
}

function stageIn({ path, size, url, readOnly }: JobAddresses['inputs'][number]): string {
  const fetched = `fetch ${shellQuote(path)} ${size} ${shellQuote(url)}`;
  return readOnly ? `${fetched}\nchmod 444 ${shellQuote(`./${path}`)}` : fetched;
}

/** A word that no line of the script is. */
function delimiter(script: string): string {
  const lines = new Set(script.split('\n'));
  let number = 0;
  while (lines.has(`END_OF_SCRIPT_${number}`)) number++;
  return `SCRIPT_${number}`;
}
