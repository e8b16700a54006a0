#!/usr/bin/env bash
# Measures how fast reports are read, beside other programs that extract indicators, in one run on one machine.
#
#   benches/read.sh [MEGABYTES...]      default: 1 10 50
#
# Makes three texts of each size from the labelled documents of this repository: prose with a number in every
# paragraph, so that no sentence repeats; the same documents with all their tables and lists; and a list of
# indicators, one a line. `tegakari read` reads them with everything on (names, techniques, behaviour, targets,
# judgement) and writes its JSON to /dev/null; CPU is user plus system time of the whole process, its start
# included. The peers get the first PEER_BYTES of each text, because they need minutes for more.
#
# Environment
#   TEGAKARI_BIN   a binary to measure instead of building one
#   PEER_PYTHON    a Python that has iocextract and iocsearcher (default python3; a peer that is missing is left out)
#   PEER_BYTES     bytes of each text for the peers (default 1000000)
# shellcheck disable=SC2016 # the backticks are Markdown
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- 1 10 50
python=${PEER_PYTHON:-python3}
peer_bytes=${PEER_BYTES:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}
command -v python3 >/dev/null || die "python3 is needed to make the texts"
[ -x /usr/bin/time ] || die "/usr/bin/time is needed (Debian: apt-get install time)"

binary=${TEGAKARI_BIN:-}
if [ -z "$binary" ]; then
    (cd "$root" && cargo build --release --locked) >&2
    binary=${CARGO_TARGET_DIR:-$root/target}/release/tegakari
fi
[ -x "$binary" ] || die "no program at $binary"

cat >"$work/make.py" <<'PYTHON'
import hashlib, pathlib, sys

folder, kind, size, out = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
texts = [p.read_text("utf-8", errors="ignore") for p in sorted(folder.rglob("*")) if p.suffix in (".md", ".txt")]
lines = [line for text in texts for line in text.splitlines()]
prose = [line for line in lines if len(line) > 80 and not line.startswith(("|", "#", "-", "*"))]

def listed():
    for i in range(1 << 40):
        h = hashlib.sha256(str(i).encode()).hexdigest()
        yield (h, f"hxxps[://]cdn{i}[.]bad{i % 97}[.]example[.]com/{h[:8]}.exe",
               f"{i % 223 + 1}[.]{i % 251}[.]{i % 241}[.]{i % 253}", f"c{i}[.]evil-{h[:6]}[.]net")[i % 4]

def told():
    for i in range(1 << 40):
        yield f"In case {i} the team found this. " + prose[i % len(prose)] + "\n"

def mixed():
    for i in range(1 << 40):
        yield lines[i % len(lines)]

with open(out, "w", encoding="utf-8") as file:
    written = 0
    for line in {"list": listed, "prose": told, "mixed": mixed}[kind]():
        written += file.write(line + "\n")
        if written >= size:
            break
PYTHON

cat >"$work/run_iocextract.py" <<'PYTHON'
import sys, iocextract
print(sum(1 for _ in iocextract.extract_iocs(open(sys.argv[1], encoding="utf-8", errors="ignore").read(), refang=True)))
PYTHON
cat >"$work/run_iocsearcher.py" <<'PYTHON'
import sys
from iocsearcher.searcher import Searcher
print(len(Searcher().search_data(open(sys.argv[1], encoding="utf-8", errors="ignore").read())))
PYTHON

row() { # text, program, bytes, command...
    local text=$1 program=$2 bytes=$3
    shift 3
    if /usr/bin/time -f '%U %S %M' -o "$work/time" "$@" >/dev/null 2>"$work/errors"; then
        tail -n 1 "$work/time" | awk -v text="$text" -v program="$program" -v bytes="$bytes" \
            '{ cpu = $1 + $2; printf "| %s | %.1f | `%s` | %.2f | %.2f | %.0f |\n", text, bytes / 1e6, program, cpu, bytes / 1e6 / cpu, $3 / 1024 }'
    else
        printf '| %s | %s | `%s` | failed | | |\n' "$text" "$((bytes / 1000000))" "$program"
    fi
}

printf '| text | MB | program | CPU s | MB per CPU s | peak MB |\n|---|---:|---|---:|---:|---:|\n'
for kind in prose mixed list; do
    for megabytes in "$@"; do
        file=$work/$kind.txt
        python3 "$work/make.py" "$root/crates/tegakari-read/testdata/labelled" "$kind" "$((megabytes * 1000000))" "$file"
        row "$kind" "tegakari read" "$(stat -c %s "$file")" "$binary" read --dry-run --db "$work/none.db" --format json "$file"
    done
    head -c "$peer_bytes" "$file" >"$work/peer.txt"
    for peer in iocextract iocsearcher; do
        "$python" -c "import $peer" 2>/dev/null || continue
        row "$kind" "$peer" "$(stat -c %s "$work/peer.txt")" "$python" "$work/run_$peer.py" "$work/peer.txt"
    done
done
