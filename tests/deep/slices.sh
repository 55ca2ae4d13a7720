# slices COUNT UNIT COMMAND... - runs the command COUNT times, each with a seed of its own (FUNDWATCH_SEED=1, 2, ...), and
# goes on behind those that have passed: $reached has a line for each.  UNIT is what one of them is.  One that skips
# something has not passed.
whole() {
    out=$("$@" 2>&1) || { echo "$out"; return 1; }
    case $out in *"skipped "*) echo "$out"; return 1 ;; esac
}
slices() {
    count=$1
    unit=$2
    shift 2
    row=$(basename "$reached")
    while seed=$(($(wc -l <"$reached") + 1)) && [ "$seed" -le "$count" ]; do
        FUNDWATCH_SEED=$seed whole "$@" || { echo "$row: seed $seed failed"; exit 1; }
        echo "$seed" >>"$reached"
        echo "$row: $seed of $count times $unit"
    done
}
