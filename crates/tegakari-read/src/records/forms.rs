//! The forms of single lines: names beside, above and below hashes, and labels.

use tegakari_model::ObservableKind as K;

use super::labels::is_a_name;
use crate::judge::is_system_program;
use crate::lexicon::{self, Field};
use crate::scan::Candidate;

/// Whether a heading says that names of files stand below it.
pub(super) fn announces_names(heading: &str) -> bool {
    let heading = heading.to_lowercase();
    [
        "file nam",
        "filename",
        "naming",
        "known names",
        "other names",
        "submission names",
        "ファイル名",
        "文件名",
        "檔名",
        "파일명",
    ]
    .iter()
    .any(|words| heading.contains(words))
        || matches!(
            heading.trim_matches(|c: char| !c.is_alphanumeric()),
            "names" | "name"
        )
}

/// The names in `SHA256 (name) = <hash>` and `SHA256 (name / other): <hash>`.
pub(super) fn summed(line: &str) -> Option<Vec<&str>> {
    let line = line
        .trim()
        .trim_start_matches(['-', '*', '•', '・', '·'])
        .trim_start();
    let (head, sum) = [") = ", "):", "）："]
        .iter()
        .find_map(|mark| line.split_once(mark))?;
    let (algorithm, names) = head
        .split_once(" (")
        .or_else(|| head.split_once(['(', '（']))?;
    let known = matches!(
        lexicon::field(algorithm),
        Some(Field::Hash | Field::Kind(_))
    );
    let hash = sum.trim().trim_matches('`');
    let names = names
        .split(" / ")
        .flat_map(|part| part.split([',', '、']))
        .map(|name| name.trim().trim_matches('`'))
        .collect();
    (known && hash.len() >= 32 && hash.bytes().all(|b| b.is_ascii_hexdigit())).then_some(names)
}

/// Whether a line is a label, of whatever, and its value.
pub(super) fn is_other_label(line: &str) -> bool {
    let body = line.trim_start_matches([' ', '-', '*', '•', '・', '·']);
    body.split_once([':', '：']).is_some_and(|(label, value)| {
        label.chars().count() <= 30
            && label.split_whitespace().count() <= 4
            && !label.contains(['.', '/'])
            && !value.trim().is_empty()
    })
}

/// Whether the value of a label is a name of a file and nothing else.
pub(super) fn valued(line: &str, here: &[&Candidate]) -> bool {
    let value = line.split_once([':', '：']).map_or("", |(_, value)| value);
    matches!(here, [one] if one.observable.kind() == K::FileName
        && value.trim().len() <= one.end - one.start + 2)
}

/// The name in `name = <hash>`, which need not have the form of one: `b`, `init_tools`.
pub(super) fn equated<'a>(before: &'a str, here: &[&Candidate]) -> Option<&'a str> {
    let name = before.trim_end().strip_suffix('=')?.trim();
    let name = name
        .trim_start_matches(['-', '*', '•', '・', '·', ' '])
        .trim_matches(['`', '"', '\'']);
    let named = |c: &&Candidate| c.observable.kind() == K::FileName;
    let form = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b))
        && name.bytes().any(|b| b.is_ascii_alphabetic());
    (form && lexicon::field(name).is_none() && !here.iter().any(named)).then_some(name)
}

/// The word in `word -` on a line of its own: the hash on the line below is that file's, whatever its name looks like.
pub(super) fn led_in(line: &str) -> Option<String> {
    let name = line
        .trim()
        .trim_start_matches(['-', '*', '•', '・', '·', ' '])
        .strip_suffix(['-', '–', '—'])?
        .strip_suffix(' ')?
        .trim();
    let form = (3..=120).contains(&name.len())
        && name.contains('.')
        && !name.contains(char::is_whitespace)
        && !name.contains(['/', '\\', ':', '<', '>', '|', '@'])
        && name.chars().any(char::is_alphabetic);
    form.then(|| name.to_owned())
}

/// The name in `0cc1… (payload.stub)`, whatever it ends in.
pub(super) fn bracketed<'a>(after: &'a str, here: &[&Candidate]) -> Option<&'a str> {
    let name = after.trim().strip_prefix('(')?.strip_suffix(')')?;
    let (stem, end) = name.rsplit_once('.')?;
    let named = |c: &&Candidate| !c.observable.kind().is_file_hash();
    let form = !stem.is_empty()
        && (1..=12).contains(&end.len())
        && end.bytes().all(|b| b.is_ascii_alphanumeric())
        && end.bytes().any(|b| b.is_ascii_alphabetic())
        && !name.contains(|c: char| c.is_whitespace() || "/\\:<>|@,;()".contains(c));
    (form && !here.iter().any(named)).then_some(name)
}

/// The word behind a hash and two blanks, as sum programs write lists, or one, when it is no word of a language:
/// `0cc1…  4e6745cb7-.16`.
pub(super) fn summed_word<'a>(after: &'a str, here: &[&Candidate]) -> Option<&'a str> {
    let name = after.strip_prefix([' ', '\t'])?.trim();
    let named = |c: &&Candidate| !c.observable.kind().is_file_hash();
    let form = (2..=80).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b))
        && name.bytes().any(|b| b.is_ascii_alphabetic())
        && name
            .bytes()
            .any(|b| b.is_ascii_digit() || b"._".contains(&b));
    (form && !here.iter().any(named)).then_some(name)
}

/// The one word that a line is, if it may be the name of a file.
pub(super) fn plain_name(line: &str) -> Option<&str> {
    let name = line
        .trim()
        .trim_start_matches(['-', '*', '•', '・', '·', ' '])
        .trim_end_matches(['-', '–', '—', ' ', '*'])
        .trim_matches(['`', '"', '*']);
    let form = (2..=80).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-+~".contains(&b))
        && name.bytes().any(|b| b.is_ascii_alphabetic())
        // "Emotet" and "APT28" above a hash are whose it is.
        && (name.contains('.')
            || name.starts_with(|c: char| !c.is_ascii_uppercase())
                && name.bytes().any(|b| b.is_ascii_digit() || b"_-~".contains(&b)))
        && !lexicon::looks_like_value(name.split('.').next().unwrap_or(name))
        && lexicon::field(name).is_none();
    form.then_some(name)
}

/// Whether a line names more than one file.
pub(super) fn names_several(here: &[&Candidate]) -> bool {
    let mut names = here
        .iter()
        .filter(|c| c.observable.kind() == K::FileName)
        .map(|c| c.observable.value());
    let first = names.next();
    names.any(|other| Some(other) != first)
}

/// The last part of the path that a line is.
pub(super) fn bare_path<'a>(line: &str, here: &[&'a Candidate]) -> Option<&'a str> {
    let [one] = here else { return None };
    let path = one.observable.value();
    if one.observable.kind() != K::FilePath || line.trim().len() > one.end - one.start + 4 {
        return None;
    }
    let name = path.rsplit(['/', '\\']).next().unwrap_or("");
    is_a_name(name).then_some(name)
}

/// The last part of the path of a line that is nothing but an absolute path, whatever it ends in.
fn bare_program<'a>(line: &str, here: &[&'a Candidate]) -> Option<&'a str> {
    let [one] = here else { return None };
    let path = one.observable.value();
    if one.observable.kind() != K::FilePath
        || line.trim().len() > one.end - one.start + 4
        || !path.starts_with('/')
        || path.matches('/').count() < 2
    {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or("");
    ((2..=64).contains(&name.len()) && !name.to_ascii_lowercase().ends_with(".pdb")).then_some(name)
}

/// What the file is called that running text names by its path or its name.
pub(super) fn called(one: &Candidate) -> Option<&str> {
    let value = one.observable.value();
    match one.observable.kind() {
        K::FileName => Some(value),
        K::FilePath if value.contains(['\\', '/']) => {
            let name = value.rsplit(['/', '\\']).next().unwrap_or("");
            let form = (2..=64).contains(&name.len())
                && !name.to_ascii_lowercase().ends_with(".pdb")
                && (name.contains('.') || value.starts_with('/'));
            form.then_some(name)
        }
        _ => None,
    }
}

/// What a file that a URL leads to is called: the last part of its path.
pub(super) fn served_name(url: &str) -> Option<&str> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (_, path) = path.split(['?', '#']).next()?.split_once('/')?;
    let name = path.rsplit('/').next()?;
    ((1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b)))
    .then_some(name)
}

/// The file that a line begins with, when a size or a dash says that the line is about it:
/// `├── Service.exe (120,256 bytes) — a renamed client32.exe`.
pub(super) fn subject(line: &str, here: &[&Candidate]) -> Option<String> {
    let first = here
        .first()
        .filter(|c| c.observable.kind() == K::FileName && !is_system_program(&c.observable))?;
    let name = first.observable.value();
    let body =
        line.trim_start_matches(|c: char| c.is_whitespace() || "-*•・·│├└─┃┣┗━|>+#`".contains(c));
    let body = match body
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        Some((number, rest)) if number.len() <= 3 => rest,
        _ => body,
    };
    let rest = body.strip_prefix(name)?.trim_start_matches(['`', ' ']);
    let size = rest
        .strip_prefix(['(', '（'])
        .is_some_and(|inside| inside.starts_with(|c: char| c.is_ascii_digit()));
    (size && line.chars().count() <= 160).then(|| name.to_owned())
}

/// Whether a line speaks of several files of one name: "stub.py stagers".
fn is_several(line: &str, name: &str) -> bool {
    const KINDS: [&str; 8] = [
        "droppers", "files", "loaders", "payloads", "samples", "scripts", "stagers", "variants",
    ];
    line.find(name)
        .and_then(|at| line.get(at + name.len()..)?.split_whitespace().next())
        .is_some_and(|next| KINDS.iter().any(|kind| next.eq_ignore_ascii_case(kind)))
}

/// The one file that a short line without a hash names.
pub(super) fn announced(line: &str, here: &[&Candidate]) -> Option<String> {
    if let Some(name) = subject(line, here) {
        return Some(name);
    }
    if let Some(name) = bare_path(line, here).or_else(|| bare_program(line, here)) {
        return Some(name.to_owned());
    }
    if here.is_empty() {
        return None;
    }
    // `a.exe - drops b.dll` is about the first.
    let deed = crate::deeds::first(line).unwrap_or(line.len());
    let mut names = here
        .iter()
        .filter(|c| c.observable.kind() == K::FileName && !is_system_program(&c.observable))
        .map(|c| c.observable.value())
        .take_while(|name| line.find(name).is_some_and(|at| at < deed));
    let name = names.next()?;
    let only = names.all(|other| other == name) && !is_several(line, name);
    (only && line.chars().count() <= name.chars().count() + 40).then(|| name.to_owned())
}
