//! Every bundle of the published indicator files, read whole: the values that stand in its structure are the
//! values that are read, none lost and none invented. The values are extracted here in another way: by
//! the quotes of the patterns, by the names of CybOX' fields. The data is not part of the repository.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read files"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, Observable, ObservableKind as K, Report};
use tegakari_read::{Document, read};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

fn json_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            json_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "json") {
            out.push(path);
        }
    }
    out.sort();
}

/// The quoted constants of a pattern that are compared for equality, but for types.
fn constants(pattern: &str, out: &mut Vec<String>) {
    let mut rest = pattern;
    while let Some(quote) = rest.find('\'') {
        let before = rest[..quote].trim_end().to_owned();
        let mut value = String::new();
        let mut end = rest.len();
        let mut chars = rest[quote + 1..].char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '\'' => {
                    end = quote + 1 + i + 1;
                    break;
                }
                '\\' => value.extend(chars.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        let path = before.trim_end_matches('=').trim_end();
        // `hashes.'SHA-256'`: the quotes of a key.
        if before.ends_with('=') && !path.ends_with("_ref.type") && !path.ends_with("port") {
            out.push(value);
        }
        rest = &rest[end..];
    }
}

/// What the structure says to look for.
fn wanted(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| wanted(v, out)),
        Value::Object(map) => {
            if map.get("type").and_then(Value::as_str) == Some("indicator")
                && let Some(pattern) = map.get("pattern").and_then(Value::as_str)
            {
                constants(pattern, out);
            }
            for (key, inner) in map {
                let field = matches!(
                    key.as_str(),
                    "simple_hash_value"
                        | "address_value"
                        | "hostname_value"
                        | "file_name"
                        | "value"
                        | "name"
                );
                let text = inner.get("value").and_then(Value::as_str);
                // CybOX in JSON: `{"value": …, "condition": …}`.
                if let Some(text) = text.filter(|_| field && inner.get("condition").is_some()) {
                    out.push(text.to_owned());
                }
                wanted(inner, out);
            }
        }
        _ => {}
    }
}

fn is(observable: &Observable, text: &str) -> bool {
    let same = |t: &str| Observable::new(observable.kind(), t).is_ok_and(|o| o == *observable);
    same(text)
        || observable.kind() == K::Url && same(&format!("http://{text}"))
        || same(text.trim_end_matches("/32"))
}

fn strings<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| strings(v, out)),
        Value::Object(map) => map.values().for_each(|v| strings(v, out)),
        Value::String(text) => out.push(text),
        _ => {}
    }
}

fn report(path: &Path, bytes: &[u8]) -> Report {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    read(Document { name: &name, bytes }, Knowledge::embedded())
}

#[test]
fn every_value_of_every_bundle_is_read_and_none_is_invented() {
    let mut files = Vec::new();
    json_files(&Path::new(DATA).join("talos-iocs"), &mut files);
    if files.is_empty() {
        eprintln!("skipped: talos-iocs is not here");
        return;
    }
    let (mut total, mut indicators) = (0, 0);
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
        let report = report(path, &bytes);
        let mut values = Vec::new();
        wanted(&document, &mut values);
        let values: BTreeSet<String> = values.into_iter().collect();
        let by_value: std::collections::HashMap<&str, &tegakari_model::Mention> = report
            .mentions
            .iter()
            .map(|m| (m.observable.value(), m))
            .collect();
        for value in &values {
            let lower = value.to_lowercase();
            let found = [value.as_str(), &lower]
                .iter()
                .find_map(|v| by_value.get(v))
                .copied()
                .or_else(|| report.mentions.iter().find(|m| is(&m.observable, value)));
            // What is no value of any kind is told as a problem, not dropped.
            let start: String = value.chars().take(12).collect();
            let told = report.problems.iter().any(|p| p.what.contains(&start));
            assert!(
                found.is_some() || told,
                "{}: {value:?} is lost",
                path.display()
            );
            total += 1;
            indicators += usize::from(found.is_some_and(|m| m.disposition == Disposition::Ioc));
        }
        // An indicator that is no whole value of the structure has to stand in the prose of it.
        let mut all = Vec::new();
        strings(&document, &mut all);
        for mention in report
            .mentions
            .iter()
            .filter(|m| m.disposition == Disposition::Ioc)
        {
            let value = mention.observable.value();
            let stands = values.contains(value)
                || values.iter().any(|v| is(&mention.observable, v))
                || all
                    .iter()
                    .any(|t| t.contains(value) || is(&mention.observable, t))
                || all.iter().any(|t| t.to_lowercase().contains(value));
            assert!(stands, "{}: {value:?} is invented", path.display());
        }
        for problem in &report.problems {
            eprintln!("{}: {}: {}", path.display(), problem.place, problem.what);
        }
    }
    eprintln!(
        "{} files, {total} values, {indicators} called indicators",
        files.len()
    );
    assert!(files.len() < 20 || total > 5_000, "{total}");
    assert!(indicators * 100 >= total * 97, "{indicators} of {total}");
}

#[test]
fn stix_1_says_what_the_list_beside_it_says() {
    let folder = Path::new(DATA).join("talos-iocs");
    for name in [
        "2022/05/mustang-panda",
        "2024/04/offlrouter-virus-causes-upload-confidential-documents-to-virustotal",
        "2024/04/victimology-using-three-information-stealers",
    ] {
        let (Ok(bytes), Ok(list)) = (
            std::fs::read(folder.join(format!("{name}.json"))),
            std::fs::read_to_string(folder.join(format!("{name}.txt"))),
        ) else {
            eprintln!("skipped: {name} is not here");
            continue;
        };
        let report = report(Path::new(name), &bytes);
        assert_eq!(report.source.format, "stix1", "{name}");
        let iocs: Vec<&Observable> = report
            .mentions
            .iter()
            .filter(|m| m.disposition == Disposition::Ioc)
            .map(|m| &m.observable)
            .collect();
        let mut lines = 0;
        for line in list.lines().map(str::trim).filter(|l| !l.is_empty()) {
            // `address|port`
            let value = line.split('|').next().unwrap_or(line);
            assert!(iocs.iter().any(|o| is(o, value)), "{name}: {line}");
            lines += 1;
        }
        assert!(iocs.len() <= lines, "{name}: {} of {lines}", iocs.len());
        assert!(
            report.title.is_some() && report.published.is_some(),
            "{name}"
        );
    }
}

#[test]
fn sigma_rules_hardly_ever_hold_indicators() {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(DATA).join("sigma")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|e| e.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yml") {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        eprintln!("skipped: sigma is not here");
        return;
    }
    files.sort();
    let (mut techniques, mut generic, mut iocs) = (0, 0, Vec::new());
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let report = report(path, &bytes);
        assert_eq!(report.source.format, "sigma", "{}", path.display());
        let told = report.title.is_some() || !report.techniques.is_empty();
        assert!(told, "{}", path.display());
        assert!(
            report.problems.is_empty(),
            "{}: {:?}",
            path.display(),
            report.problems
        );
        techniques += report.techniques.len();
        for mention in report
            .mentions
            .iter()
            .filter(|m| m.disposition == Disposition::Ioc)
        {
            let kind = mention.observable.kind();
            generic += usize::from(matches!(kind, K::FileName | K::FilePath | K::CommandLine));
            if !matches!(mention.observable.kind(), K::Cve) {
                iocs.push(format!(
                    "{:?} {} {}",
                    mention.observable.kind(),
                    mention.observable,
                    path.display()
                ));
            }
        }
    }
    eprintln!(
        "{} rules, {techniques} techniques, {} indicators",
        files.len(),
        iocs.len()
    );
    if std::env::var_os("SHOW_IOCS").is_some() {
        iocs.iter().for_each(|i| eprintln!("{i}"));
    }
    // A name that a title about one malware holds, now and then; never the files of the detection.
    assert!(generic * 500 <= files.len(), "{generic} of {}", files.len());
    assert!(techniques > files.len());
}
