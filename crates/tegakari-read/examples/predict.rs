//! Prints what was read in every document of a folder, one JSON line a document, in the form that the
//! scorer of readers takes: `{"doc", "indicators": [{"type", "value", "role"}], "files": […]}`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program, not a part of the core"
)]

use serde_json::{Value, json};
use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, ObservableKind as K, Report};
use tegakari_read::{Document, read};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let mut paths: Vec<_> = std::fs::read_dir(&folder)?
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.is_file())
        .collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let bytes = std::fs::read(&path)?;
        let report = read(
            Document {
                name: &name,
                bytes: &bytes,
            },
            Knowledge::embedded(),
        );
        println!("{}", line(&name, &report));
    }
    Ok(())
}

fn line(name: &str, report: &Report) -> Value {
    let mut indicators: Vec<Value> = report
        .mentions
        .iter()
        .map(|m| {
            json!({"type": type_name(report, m.observable.kind(), m.observable.value()), "value": m.observable.value(), "role": role(m.disposition), "why": m.reasons})
        })
        .collect();
    indicators.extend(report.techniques.iter().filter(|t| t.explicit).map(|t| {
        json!({"type": "attack", "value": t.retired_id.as_ref().unwrap_or(&t.id).as_str(), "role": "ioc"})
    }));
    let files: Vec<Value> = report
        .files
        .iter()
        .map(|f| json!({"md5": f.md5, "sha1": f.sha1, "sha256": f.sha256, "names": f.names, "detections": f.detections}))
        .collect();
    json!({"doc": name, "indicators": indicators, "files": files, "format": report.source.format})
}

/// The scorer's names of types.
fn type_name(report: &Report, kind: K, value: &str) -> &'static str {
    match kind {
        K::Wallet if value.starts_with("0x") => "eth",
        K::Wallet if value.len() > 90 => "xmr",
        K::Wallet => "btc",
        // MISP's type `filename` holds paths as well.
        K::FilePath if report.source.format == "misp-event" => "filename",
        K::FilePath => "filepath",
        K::FileName => "filename",
        K::RegistryKey => "registry",
        K::ServiceName => "service",
        K::NamedPipe => "pipe",
        other => other.name(),
    }
}

fn role(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Ioc => "ioc",
        Disposition::Reference => "reference",
        Disposition::Benign => "benign",
        Disposition::Victim => "victim",
        Disposition::Research => "research",
        Disposition::Unsure => "unsure",
    }
}
