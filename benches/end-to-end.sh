#!/usr/bin/env bash
# Compares a whole hunt with `rg -F -f` and GNU `grep -F -f`, in one run on one machine.
#
#   benches/end-to-end.sh [SIZE] [COUNTS]      default: 1G 1000,100000,1000000
#
# Makes a corpus of logs with planted indicators (kept for the next run), builds the release binary,
# and prints a Markdown table. Everything is read once beforehand, so that all programs find it in
# memory; every program writes what it finds to a file (grep stops at the first hit when it writes to
# /dev/null). CPU is user plus system time of all threads. Programs run with their default number of
# threads, and rg and grep look for the values column as it is: they know nothing of defanged or
# normalised forms, label borders or networks.
#
# Environment
#   TEGAKARI_BIN     a binary to measure instead of building one
#   BENCH_CORPUS     folder for the corpus (default: bench-corpus/SIZE in cargo's target folder)
#   BENCH_RUNS       runs of each; the quickest by CPU counts (default 1)
#   BENCH_LIMIT      seconds after which a program is stopped (default 3600)
#   BENCH_GREP_MAX   largest number of indicators given to grep (default 100000)
# shellcheck disable=SC2016 # the backticks are Markdown
set -euo pipefail
export LC_ALL=C

size=${1:-1G}
counts=${2:-1000,100000,1000000}
root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
corpus=${BENCH_CORPUS:-$target/bench-corpus/$size}
runs=${BENCH_RUNS:-1}
limit=${BENCH_LIMIT:-3600}
grep_max=${BENCH_GREP_MAX:-100000}
generator=$root/../shared/tools/gen_hunt_corpus.py

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 2
}

for program in rg grep python3 awk timeout; do
    command -v "$program" >/dev/null || die "$program is needed; install it and try again"
done
[ -x /usr/bin/time ] || die "/usr/bin/time is needed (Debian: apt-get install time)"

stamp="size=$size counts=$counts"
if [ "$(cat "$corpus/stamp" 2>/dev/null)" != "$stamp" ]; then
    [ -f "$generator" ] || die "no corpus at $corpus, and no generator at $generator"
    say "making $size of logs in $corpus"
    mkdir -p "$corpus"
    python3 "$generator" "$corpus" --size "$size" --iocs "$counts"
    printf '%s\n' "$stamp" >"$corpus/stamp"
fi

binary=${TEGAKARI_BIN:-}
if [ -z "$binary" ]; then
    say "building the release binary"
    (cd "$root" && cargo build --release --locked) >&2
    binary=$target/release/tegakari
fi
[ -x "$binary" ] || die "no program at $binary"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bytes=$(find "$corpus/logs" -type f -exec cat {} + | wc -c)

# measure NAME OK-STATUSES COMMAND…: sets cpu, wall, peak (MB) and lines, or leaves them empty when
# the program fails; its words are then in $work/NAME.err.
measure() {
    local name=$1 fine=$2 run status
    shift 2
    cpu='' wall='' peak='' lines='' failed=''
    for ((run = 0; run < runs; run++)); do
        status=0
        /usr/bin/time -f '%U %S %e %M' -o "$work/time" \
            timeout --foreground "$limit" "$@" >"$work/out" 2>"$work/$name.err" || status=$?
        case ",$fine," in
        *",$status,"*) ;;
        *)
            failed=$status
            say "$name failed with status $status: $(head -c 300 "$work/$name.err")"
            return 0
            ;;
        esac
        # The last line: time(1) writes another before it when the status is not zero.
        read -r user system elapsed kilobytes < <(tail -n 1 "$work/time")
        now=$(awk -v u="$user" -v s="$system" 'BEGIN { printf "%.2f", u + s }')
        if [ -z "$cpu" ] || awk -v a="$now" -v b="$cpu" 'BEGIN { exit !(a < b) }'; then
            cpu=$now wall=$elapsed
            peak=$(awk -v k="$kilobytes" 'BEGIN { printf "%.0f", k / 1024 }')
        fi
    done
    lines=$(wc -l <"$work/out")
}

# row COUNT PROGRAM REFERENCE-CPU: one line of the table from what measure set.
row() {
    local rate ratio
    if [ -z "$cpu" ]; then
        printf '| %s | %s | failed (status %s) | | | | | |\n' "$1" "$2" "$failed"
        return
    fi
    rate=$(awk -v b="$bytes" -v c="$cpu" 'BEGIN { if (c > 0) printf "%.2f", b / 1e9 / c; else print "-" }')
    ratio=$(awk -v r="$3" -v c="$cpu" 'BEGIN { if (c > 0 && r > 0) printf "%.2f×", r / c; else print "-" }')
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' \
        "$1" "$2" "$cpu" "$wall" "$rate" "$peak" "$lines" "$ratio"
}

cat <<EOF
$(awk -v b="$bytes" 'BEGIN { printf "%.2f GB", b / 1e9 }') of logs in seven formats, $(nproc) CPUs, $(rg --version | sed -n 1p), $(grep --version | sed -n 1p).
Speed-up: CPU of \`rg -F -f\` divided by CPU of the program, with the same indicators.

| indicators | program | CPU s | wall s | GB per CPU s | peak MB | lines out | speed-up |
|---:|---|---:|---:|---:|---:|---:|---:|
EOF

# One warm-up for all: everything is in memory, or nothing is for anybody.
find "$corpus/logs" -type f -exec cat {} + >/dev/null

for count in ${counts//,/ }; do
    list=$corpus/iocs-$count.csv
    patterns=$work/patterns-$count
    python3 -c '
import csv, sys
with open(sys.argv[1], newline="") as rows:
    for row in csv.DictReader(rows):
        if row["value"]:
            print(row["value"])
' "$list" >"$patterns"

    say "$count indicators: rg"
    measure rg 0,1 rg --no-config --no-ignore --no-messages -F -f "$patterns" "$corpus/logs"
    rg_cpu=${cpu:-0}
    rg_row=$(row "$count" '`rg -F -f`' "$rg_cpu")

    say "$count indicators: tegakari"
    # 0 not seen, 1 seen, 3 cannot tell: all are answers.
    measure tegakari 0,1,3 "$binary" --db "$work/$count.db" hunt --no-save "$corpus/logs" \
        --indicators "$list" --format jsonl
    row "$count" '`tegakari hunt`' "$rg_cpu"
    printf '%s\n' "$rg_row"

    if [ "$count" -le "$grep_max" ]; then
        say "$count indicators: grep"
        measure grep 0,1 grep -r -F -f "$patterns" "$corpus/logs"
        row "$count" '`grep -F -f`' "$rg_cpu"
    else
        printf '| %s | `grep -F -f` | not run (BENCH_GREP_MAX) | | | | | |\n' "$count"
    fi
    rm -f "$work/$count.db"* "$patterns"
done
