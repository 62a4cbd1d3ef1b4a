/**
 * Supervises one job, as a process that nothing but a signal or the end of the job ends: neither the end nor the death of the
 * gateway. Parameters: the job's directory, the directory with its inputs, the directory of slots, the number of slots, the time
 * limit in seconds, and the command.
 *
 * The lock on `lock` lasts as long as the supervisor, so it tells whether the job is alive, and a second supervisor ends at
 * once. With the lock it takes over the inputs, so that another launch changes nothing under a job that runs. Processes of the job
 * do not hold it. A slot is a lock, too, which the kernel releases at whatever end. Only the first of
 * those who wait looks for a free slot.
 *
 * Files: `pid`, `started` and `ended` (seconds since 1970; exit code and reason in `ended`).
 */
export const supervisor = `
set -u
directory=$1 staged=$2 slots=$3 count=$4 limit=$5
shift 5
cd "$directory" || exit 1
leave() { rm -rf "$staged"; exit 0; }
exec 9>lock
# Whoever asks whether the job is alive holds the lock for a moment.
flock -w 2 9 || leave
[ -e started ] || [ -e ended ] && leave
rm -rf work && mv "$staged"/* . && rmdir "$staged" && cd work || exit 1
write() { printf '%s\\n' "$2" >"../$1.new" && mv "../$1.new" "../$1"; }
end() { write ended "$1 $(date +%s) $2"; exit 0; }
stopped= child=
trap 'stopped=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM
write pid $$
[ -e ../stop ] && end -1 stopped

exec 8>"$slots/turn"
flock 8 &
wait $!
slot=
while [ -z "$slot" ] && [ -z "$stopped" ]; do
  number=0
  while [ $number -lt "$count" ]; do
    number=$((number + 1))
    exec 7>"$slots/slot-$number"
    flock -n 7 && slot=$number && break
  done
  [ -n "$slot" ] || { sleep 0.1 & wait $!; }
done
exec 8>&-
[ -n "$stopped" ] && end -1 stopped

begun=$(date +%s)
write started "$begun"
setpriv --pdeathsig KILL timeout --kill-after=5 "$limit" setpriv --pdeathsig KILL "$@" <&- >>../stdout 2>>../stderr 7>&- 9>&- &
child=$!
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
kill -KILL -"$child" 2>/dev/null
[ -n "$stopped" ] && end "$code" stopped
case $code in 124 | 137) [ $(($(date +%s) - begun)) -ge "$limit" ] && end "$code" 'time limit' ;; esac
end "$code" ''
`;
