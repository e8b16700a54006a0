//! Chores of the project: `cargo xtask <chore>`. One file for each chore, one line for each in [`CHORES`].

mod attribution;
mod bench_hunt;
mod bench_scan;
mod bench_sigma;
mod bench_watch;
mod calibrate_visibility;
mod compile_knowledge;
mod fit_attribution;
mod fit_roles;
mod make_example;
mod predict_attribution;
mod predict_hunt;
mod predict_reader;
mod score_attribution;
mod score_reader;
mod score_roles;
mod score_sigma;
mod taxii_conformance;
mod train_techniques;
#[path = "../../crates/tegakari-sigma/tests/sigma/windows_record.rs"]
mod windows_record;

use std::process::ExitCode;

/// A chore: its name, one line about it, and what it does with the arguments after its name.
type Chore = (
    &'static str,
    &'static str,
    fn(&[String]) -> anyhow::Result<()>,
);

const CHORES: &[Chore] = &[
    (
        "bench-hunt",
        "what a hunt costs beside ripgrep ([--size 200M] [--indicators N,N] [--ten-million] [--runs N] [--grep])",
        bench_hunt::run,
    ),
    (
        "bench-sigma",
        "what Sigma rules cost on one thread: reading them, asking records ([--rules DIR] [--events DIR])",
        bench_sigma::run,
    ),
    (
        "bench-scan",
        "what a scan of 10,000 files costs beside sha256sum, sha1sum and md5sum ([--files N] [--megabytes N] [--runs N] [--tegakari FILE])",
        bench_scan::run,
    ),
    (
        "bench-watch",
        "what a watch takes in, and how long a sighting takes ([--rate N] [--seconds N] [--records N] [--indicators N])",
        bench_watch::run,
    ),
    (
        "calibrate-visibility",
        "whether the strength of a negative is what it says, by simulation ([--seed N] [--organisations N] [--repeats N])",
        calibrate_visibility::run,
    ),
    (
        "compile-knowledge",
        "compile the embedded knowledge and NOTICE from the publishers' files (--from DIR)",
        compile_knowledge::run,
    ),
    (
        "make-example",
        "make the logs, inventory and expected findings of examples/ (--to DIR)",
        make_example::run,
    ),
    (
        "fit-attribution",
        "fit the weights of attribution on attributed incidents ([--write])",
        fit_attribution::run,
    ),
    (
        "fit-roles",
        "fit the weights of the reader's judgement on labelled documents ([--write])",
        fit_roles::run,
    ),
    (
        "predict-attribution",
        "whose incidents or report texts may be (--jobs FILE --knowledge DIR | --texts FILE, --out FILE)",
        predict_attribution::run,
    ),
    (
        "predict-hunt",
        "what a hunt finds in a made corpus, for its scorer (CORPUS --out FILE [--coverage FILE] [--iocs FILE])",
        predict_hunt::run,
    ),
    (
        "predict-reader",
        "what the reader says about the documents of a folder (DIR [--recursive] [--out FILE])",
        predict_reader::run,
    ),
    (
        "score-attribution",
        "how well incidents are attributed, against the bars ([--pred FILE])",
        score_attribution::run,
    ),
    (
        "score-reader",
        "how well the reader reads labelled documents ([DIR] [--errors N] [--bar NAME=VALUE])",
        score_reader::run,
    ),
    (
        "score-sigma",
        "whether Sigma rules fire where their authors say ([DIR])",
        score_sigma::run,
    ),
    (
        "taxii-conformance",
        "what a TAXII 2.1 server must do (URL [--user NAME:PASSWORD] [--token T] [--read ID] [--write ID] [--may-fail N])",
        taxii_conformance::run,
    ),
    (
        "train-techniques",
        "train the model that finds techniques told in prose (--from DIR [--check])",
        train_techniques::run,
    ),
];

#[allow(clippy::print_stderr, reason = "a developer's tool at a terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = arguments.first().map(String::as_str);
    let Some((_, _, chore)) = CHORES.iter().find(|(name, ..)| Some(*name) == wanted) else {
        eprintln!("usage: cargo xtask <chore>");
        for (name, about, _) in CHORES {
            eprintln!("  {name:<20} {about}");
        }
        return ExitCode::from(2);
    };
    match chore(arguments.get(1..).unwrap_or(&[])) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
