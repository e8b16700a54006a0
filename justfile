# The project's chores. `just` lists them; CI runs the same through .ci/run.

# everything CI runs
ci:
    bash .ci/run

# format, lint, test
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo test --workspace --locked

test:
    cargo test --workspace --locked

# licences, advisories and sources of dependencies (needs cargo-deny)
deny:
    cargo deny check

# compile the embedded knowledge from published data
knowledge from="../shared/data/knowledge":
    cargo xtask compile-knowledge --from {{from}}

# rewrite the logs of the example
example:
    cargo xtask make-example

# accept changed golden files of the renderer (read every line of the diff)
golden:
    UPDATE_GOLDEN=1 cargo test -p tegakari-render

# fuzz the reader of one report format for some seconds (needs nightly and cargo-fuzz)
fuzz target seconds="600":
    cargo +nightly fuzz run {{target}} fuzz/corpus/{{target}} fuzz/seeds/{{target}} -- -max_total_time={{seconds}} -max_len=65536

# micro-benchmark of the matcher
bench:
    cargo bench -p tegakari-match

# compare a hunt with ripgrep on a made corpus
bench-hunt size="200M":
    cargo build --release --locked
    cargo xtask bench-hunt --size {{size}} --tegakari "${CARGO_TARGET_DIR:-target}/release/tegakari"

# compare a scan with programs that take digests
bench-scan:
    cargo build --release --locked
    cargo xtask bench-scan --tegakari "${CARGO_TARGET_DIR:-target}/release/tegakari"

# YARA's engine: tests of rules in a scan (not a part of `ci`, because the engine takes minutes to build)
test-yara:
    cargo clippy -p tegakari-pipeline -p tegakari --all-targets --locked --features tegakari/yara -- -D warnings
    cargo test -p tegakari --locked --features yara --test cli scan

release:
    cargo build --release --locked
