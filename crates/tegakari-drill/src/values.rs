//! By what a trace is found: derived from its token, so that a plan cannot claim anything else.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tegakari_model::{DrillValue, Observable, ObservableKind as K, TOKEN_PREFIX, TraceKind};

/// What is looked for when a trace with this token was planted. Empty only for a domain that is none.
pub(crate) fn values(kind: TraceKind, body: &str, domain: &str) -> Vec<DrillValue> {
    let token = format!("{TOKEN_PREFIX}{body}");
    let mut found: Vec<(K, String)> = Vec::new();
    // Text that no other kind fits is looked for as that of a command line: anywhere, at the borders of words.
    match kind {
        TraceKind::Dns | TraceKind::HttpHost => {
            found.push((K::Domain, format!("{token}.{domain}")))
        }
        TraceKind::HttpUrl | TraceKind::FileName => {
            found.push((K::CommandLine, format!("{token}.txt")));
        }
        TraceKind::UserAgent => found.push((K::UserAgent, token)),
        TraceKind::FileHash => {
            let content = file_content(&token);
            found.push((K::Md5, hex(&Md5::digest(&content))));
            found.push((K::Sha1, hex(&Sha1::digest(&content))));
            found.push((K::Sha256, hex(&Sha256::digest(&content))));
        }
        TraceKind::Process => {
            found.push((K::CommandLine, format!("{token}.exe")));
            found.push((K::CommandLine, token));
        }
        TraceKind::ScheduledTask => {
            found.push((K::CommandLine, format!("{token}.timer")));
            found.push((K::CommandLine, format!("{token}.service")));
            found.push((K::CommandLine, token));
        }
        TraceKind::CommandLine
        | TraceKind::Registry
        | TraceKind::Service
        | TraceKind::Pipe
        | TraceKind::Mail
        | TraceKind::LogLine => found.push((K::CommandLine, token)),
    }
    found
        .into_iter()
        .enumerate()
        .filter_map(|(at, (value_kind, text))| {
            let proves = kind.proves();
            // Hashes each have their own kind of telemetry; all other values of a trace share one.
            let proves = *proves.get(at).or(proves.first())?;
            let observable = Observable::new(value_kind, &text).ok()?;
            Some(DrillValue { observable, proves })
        })
        .collect()
}

/// What stands in the file of a drill: a script that does nothing. The scripts write the same bytes.
fn file_content(token: &str) -> Vec<u8> {
    format!("#!/bin/sh\n# a harmless file of a tegakari drill: {token}\nexit 0\n").into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
