//! Standard output is the result and nothing else; standard error is everything else.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use serde::Serialize;
use tegakari_model::Problem;
use tegakari_pipeline::{PipelineError, write_json};
use tegakari_render::TextStyle;
use tegakari_render::told::Saying;

use crate::arguments::{Format, Globals, When};

/// Writes text to standard output.
pub(crate) fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    schema: &'a str,
    #[serde(flatten)]
    body: &'a T,
}

/// Writes one JSON document, headed by its schema (`tegakari/hunt/1`).
pub(crate) fn json<T: Serialize>(schema: &str, body: &T) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    write_json(&mut out, &Document { schema, body }, true)?;
    out.flush()?;
    Ok(())
}

/// Writes one JSON document, headed by its schema, on one line.
pub(crate) fn json_line<T: Serialize>(schema: &str, body: &T) -> Result<()> {
    json_lines([Document { schema, body }])
}

/// Writes one JSON object a line.
pub(crate) fn json_lines<T: Serialize>(lines: impl IntoIterator<Item = T>) -> Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for line in lines {
        write_json(&mut out, &line, false)?;
    }
    out.flush()?;
    Ok(())
}

/// A remark on standard error, unless told to be quiet.
pub(crate) fn notice(globals: &Globals, text: &str) {
    if !globals.quiet {
        failure(text);
    }
}

/// What went wrong with a part of what was asked for, on standard error.
pub(crate) fn failure(text: &str) {
    let _ = writeln!(io::stderr(), "{}", tegakari_render::escape::terminal(text));
}

/// The same in the language that is wished.
pub(crate) fn told(globals: &Globals, saying: &Saying) {
    notice(globals, &saying.text(globals.lang.into()));
}

/// Problems that cost something, whether quiet or not.
pub(crate) fn losses(problems: &[Problem]) {
    for problem in problems {
        failure(&line(problem));
    }
}

fn line(problem: &Problem) -> String {
    format!("{}: {}; {}", problem.place, problem.what, problem.hint)
}

/// Problems that belong to no result, as remarks.
pub(crate) fn problems(globals: &Globals, problems: &[Problem]) {
    for problem in problems {
        notice(globals, &line(problem));
    }
}

/// What stopped the command, with what led to it.
pub(crate) fn error(error: &anyhow::Error, globals: &Globals) {
    let format = globals.format;
    let language = globals.lang.into();
    let message = match (error.downcast_ref(), error.downcast_ref::<Saying>()) {
        (Some(PipelineError::Missing(what)), _) => what.text(language),
        (Some(PipelineError::Said(saying)), _) | (_, Some(saying)) => saying.text(language),
        _ => format!("{error:#}"),
    };
    let mut stderr = io::stderr().lock();
    let _ = if format == Format::Text {
        writeln!(
            stderr,
            "tegakari: {}",
            tegakari_render::escape::terminal(&message)
        )
    } else {
        writeln!(
            stderr,
            "{}",
            serde_json::json!({"error": {"message": tegakari_render::escape::terminal(&message)}})
        )
    };
}

/// Whether the reader of our output went away (`tegakari … | head`), which is fine.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause
            .downcast_ref::<serde_json::Error>()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}

/// How to write for the terminal that we have.
pub(crate) fn style(globals: &Globals) -> TextStyle {
    let terminal = io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    TextStyle {
        width: columns_to_use(terminal),
        color: match globals.color {
            When::Always => true,
            When::Never => false,
            When::Auto => !set("NO_COLOR") && (set("CLICOLOR_FORCE") || (terminal && !dumb)),
        },
        ascii: globals.ascii,
    }
}

/// Columns of the terminal, within what can be read; 100 where there is none.
fn columns_to_use(terminal: bool) -> usize {
    let columns = columns_of_terminal();
    if terminal {
        columns.unwrap_or(100).clamp(60, 140)
    } else {
        100
    }
}

fn columns_of_terminal() -> Option<usize> {
    if let Some(columns) = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()) {
        return Some(columns);
    }
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}
