//! Large lists with a value a line, read as a stream.
//!
//! The reader of reports weighs what stands around each value, which in a list of a million values is nothing: it took
//! thirty seconds and a kilobyte and a half for each. Here a value whose form says what it is is taken at once, and only
//! the others (defanged ones, names that may be of files) are given to that reader, some thousands at a time.

use std::io::{self, BufRead, BufReader, Read};
use std::net::IpAddr;
use std::path::Path;

use tegakari_model::{Observable, ObservableKind as K, public_suffix};
use tegakari_read::Document;

use crate::PipelineError;
use crate::load::open;

/// Smaller lists are read like any document.
const LARGE: u64 = 1 << 20;
/// Bytes looked at to tell whether a file is such a list.
const HEAD: u64 = 64 << 10;
/// A line that is longer holds no single value.
const LONGEST: usize = 8192;
/// Lines given to the reader of reports at a time.
const BATCH: usize = 5000;
/// Last labels of domains that are extensions of files as well: what such a name is, the reader of reports decides.
const EXTENSIONS: [&str; 26] = [
    "ai", "app", "bat", "cab", "cc", "cmd", "com", "dev", "doc", "exe", "gz", "js", "md", "mov",
    "pl", "ps", "pub", "py", "rs", "sc", "sh", "so", "vi", "vb", "zip", "ml",
];

/// Takes the values of a large list with a value a line; whether the file is one.
pub(super) fn values(path: &Path, values: &mut Vec<Observable>) -> Result<bool, PipelineError> {
    let reading = |error: io::Error| PipelineError::reading(path, &error);
    let (file, size) = open(path)?;
    if size.is_none_or(|size| size < LARGE) {
        return Ok(false);
    }
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut head = Vec::new();
    reader
        .by_ref()
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(reading)?;
    if !is_list(&head) {
        return Ok(false);
    }
    let mut reader = head.chain(reader);
    let mut line = Vec::new();
    let mut others = Vec::new();
    loop {
        line.clear();
        let got = reader.read_until(b'\n', &mut line).map_err(reading)?;
        if got == 0 || others.len() >= BATCH {
            others_of(path, &mut others, values);
        }
        if got == 0 {
            return Ok(true);
        }
        let Some(text) = value_in(&line) else {
            continue;
        };
        match plain(text) {
            Some(value) => values.push(value),
            None => others.push(text.to_owned()),
        }
    }
}

/// The value in a line; none in remarks and blank lines.
fn value_in(line: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(line.get(..LONGEST).unwrap_or(line)).ok()?;
    let text = text.trim_start_matches('\u{FEFF}').trim();
    (!text.is_empty() && !text.starts_with(['#', ';']) && !text.starts_with("//")).then_some(text)
}

/// Whether nearly all whole lines of the beginning are one value each.
fn is_list(head: &[u8]) -> bool {
    let whole = head.iter().rposition(|b| *b == b'\n').unwrap_or(0);
    let (mut all, mut plain_ones) = (0_usize, 0_usize);
    for text in head[..whole].split(|b| *b == b'\n').filter_map(value_in) {
        all += 1;
        let one = !text.contains([' ', '\t', ',', ';', '"', '|', '<', '{']);
        plain_ones +=
            usize::from(one && (text.contains('[') || text.contains('.') || plain(text).is_some()));
    }
    all >= 10 && plain_ones * 100 >= all * 98
}

/// A value whose form says of which kind it is.
fn plain(text: &str) -> Option<Observable> {
    let kind = if text.bytes().all(|b| b.is_ascii_hexdigit()) {
        match text.len() {
            32 => K::Md5,
            40 => K::Sha1,
            64 => K::Sha256,
            128 => K::Sha512,
            _ => return None,
        }
    } else if let Ok(address) = text.parse::<IpAddr>() {
        match address {
            IpAddr::V4(_) => K::Ipv4,
            IpAddr::V6(_) => K::Ipv6,
        }
    } else if text.contains(['[', '(', '{', ' ', '\t', ',', '"', '<', '>', '*']) || !text.is_ascii()
    {
        return None;
    } else if text.starts_with("http://") || text.starts_with("https://") {
        K::Url
    } else if is_domain(text) {
        K::Domain
    } else {
        return None;
    };
    Observable::new(kind, text).ok()
}

/// Whether a text is a name of a host and of nothing else.
fn is_domain(text: &str) -> bool {
    let Some((front, last)) = text.rsplit_once('.') else {
        return false;
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let last_fits = last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic());
    let by_ending = !EXTENSIONS.iter().any(|one| last.eq_ignore_ascii_case(one))
        // `evil.com` and `a.b.sh` are names; `run.sh` may be a file.
        || last.eq_ignore_ascii_case("com") || front.contains('.');
    let known = || {
        let lower = text.to_ascii_lowercase();
        public_suffix::suffix(lower.as_bytes()).is_some_and(|suffix| suffix.is_known())
    };
    last_fits && by_ending && front.split('.').all(label) && known()
}

/// Reads the other lines as the reader of reports does.
fn others_of(path: &Path, lines: &mut Vec<String>, values: &mut Vec<Observable>) {
    if lines.is_empty() {
        return;
    }
    let text = lines.join("\n");
    lines.clear();
    let name = path.to_string_lossy();
    let document = Document {
        name: &name,
        bytes: text.as_bytes(),
    };
    values.extend(
        crate::load::listed(document)
            .report
            .indicators()
            .into_iter()
            .map(|one| one.observable),
    );
}

#[cfg(test)]
mod tests {
    use super::{is_list, plain, values};
    use std::fmt::Write as _;
    use tegakari_model::ObservableKind as K;

    #[test]
    fn a_value_is_taken_where_its_form_says_what_it_is() {
        for (text, want) in [
            ("198.51.100.23", Some(K::Ipv4)),
            ("2001:db8::1", Some(K::Ipv6)),
            ("d41d8cd98f00b204e9800998ecf8427f", Some(K::Md5)),
            ("http://evil.com/a", Some(K::Url)),
            ("evil.com", Some(K::Domain)),
            ("a.evil.co.uk", Some(K::Domain)),
            ("run.sh", None),
            ("evil.exe", None),
            ("evil[.]com", None),
            ("hxxp://evil.com/a", None),
            ("a b", None),
            ("-x.com", None),
            ("word", None),
        ] {
            let got = plain(text).map(|value| value.kind());
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn a_large_list_gives_what_a_small_one_does() {
        let mut text = String::from("# a list\n");
        for n in 0..40_000 {
            let _ = match n % 5 {
                0 => writeln!(text, "c{n}.evil-domain.com"),
                1 => writeln!(text, "203.0.{}.{}", n / 250 % 250, n % 250),
                2 => writeln!(text, "{n:032x}"),
                3 => writeln!(text, "http://h{n}.evil-domain.net/a/{n}"),
                _ => writeln!(text, "d{n}[.]evil-domain[.]org"),
            };
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let mut found = Vec::new();
        assert!(values(file.path(), &mut found).unwrap());
        found.sort_unstable();
        found.dedup();
        let small = tempfile::NamedTempFile::new().unwrap();
        let few: String = text.split_inclusive('\n').take(2001).collect();
        std::fs::write(small.path(), few).unwrap();
        assert!(!values(small.path(), &mut Vec::new()).unwrap());
        for one in crate::load_list(small.path()).unwrap().indicators {
            assert!(found.contains(&one.observable), "{:?}", one.observable);
        }
        assert!(found.iter().any(|v| v.value() == "d4.evil-domain.org"));
        assert_eq!(found.iter().filter(|v| v.kind() == K::Md5).count(), 8000);
        assert!(!is_list(b"type,value\nip,1.2.3.4\n"));
        assert!(!is_list("{\"a\": 1}\n".repeat(50).as_bytes()));
    }
}
