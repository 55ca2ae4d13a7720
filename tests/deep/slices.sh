# What the rows of the deep run share; read by each of them with its arguments.
#
# A row is called with the name of the file in which it keeps what it reached.  $FUNDWATCH_UNTIL, a time in seconds since
# 1970, is when no slice begins any more; unset, the row goes on to its end.
set -eu
if [ $# -ne 1 ]; then
    echo "usage: tests/deep/$(basename "$0") REACHED     (what was reached is kept there; tools/check-deep calls it so)" >&2
    exit 2
fi
reached=$1
said=$(mktemp)
trap 'rm -f "$said"' EXIT

programs() { make -s -j"$(nproc)" "$@"; }
time_is_up() { [ -n "${FUNDWATCH_UNTIL:-}" ] && [ "$(date +%s)" -ge "$FUNDWATCH_UNTIL" ]; }
# What skips something has not passed.
passes() { "$@" >"$said" 2>&1 && ! grep -q "skipped " "$said"; }
failed() {
    cat "$said"
    echo "$(basename "$reached"): $* failed"
    exit 1
}
# The notes of tests that passed, as [note] [note].
figures() { sed -n 's/^passed  [^ ]* [0-9.]* s \(..*\)$/ [\1]/p' "$said" | tr -d '\n'; }

# slices COUNT SIZE UNIT COMMAND... - runs the command COUNT times, each with a seed of its own (FUNDWATCH_SEED=1, 2, ...), and
# goes on behind those that have passed: $reached has a line "SEED SIZE UNIT" for each, and the figures.
slices() {
    count=$1 size=$2 unit=$3
    shift 3
    while seed=$(($(wc -l <"$reached") + 1)) && [ "$seed" -le "$count" ] && ! time_is_up; do
        export FUNDWATCH_SEED="$seed"
        passes "$@" || failed "seed $seed"
        echo "$seed $size $unit$(figures)" >>"$reached"
        echo "$(basename "$reached"): $((seed * size)) of $((count * size)) $unit"
    done
}
