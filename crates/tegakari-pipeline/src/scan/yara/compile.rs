//! Compiling: all that can be used, and of the rest where and why not.

use tegakari_model::Problem;
use yara_x::errors::CompileError;
use yara_x::{Compiler, Rules, SourceCode};

use super::EXTERNALS;
use super::sources::{Sources, place_of};

/// What the engine says of an `include`; what is included was put in front already.
const INCLUDE: &str = "E044";

/// Compiles every rule that can be; gives the number of errors beside them.
pub(super) fn compile(sources: &Sources, problems: &mut Vec<Problem>) -> (Rules, u64) {
    let mut compiler = Compiler::new();
    compiler
        // As YARA itself takes them.
        .relaxed_re_syntax(true)
        .enable_includes(false)
        .switch_all_warnings(false);
    for name in EXTERNALS {
        // Fails for a name that cannot be one or is there twice.
        let _ = compiler.define_global(name, "");
    }
    let mut refused = 0;
    for files in sources.namespaces() {
        let Some(last) = files.last() else { continue };
        compiler.new_namespace(&last.name);
        for source in &files {
            let before = compiler.errors().len();
            let code = SourceCode::from(source.bytes.as_slice()).with_origin(&source.name);
            // All its errors are looked at below.
            let _ = compiler.add_source(code);
            let errors = compiler.errors().get(before..).unwrap_or_default();
            for error in errors.iter().filter(|error| error.code() != INCLUDE) {
                refused += 1;
                problems.push(told(error, &source.name, sources));
            }
        }
    }
    (compiler.build(), refused)
}

/// An error as a problem: `file:line:column`, and why.
fn told(error: &CompileError, name: &str, sources: &Sources) -> Problem {
    let label = error.labels().next();
    let origin = label.as_ref().and_then(|label| label.origin());
    let origin = origin.unwrap_or(name).to_owned();
    let place = match (&label, sources.bytes(&origin)) {
        (Some(label), Some(bytes)) => {
            let (line, column) = place_of(bytes, label.span().start());
            format!("{origin}:{line}:{column}")
        }
        _ => origin,
    };
    let label = label.map(|label| label.text().to_owned());
    let what = match label.filter(|text| !text.is_empty() && text != error.title()) {
        Some(text) => format!("this rule is not used: {}: {text}", error.title()),
        None => format!("this rule is not used: {}", error.title()),
    };
    Problem::new(
        place,
        what,
        "correct the rule; the other rules of the file are asked all the same",
    )
}
