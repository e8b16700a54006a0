//! Suricata rules (7.x), one or more an indicator.
//!
//! Signature ids are derived from the value, so that a value keeps its id from list to list (SIEM
//! searches and thresholds stay valid), in the range that is set aside for local rules
//! (1 000 000 to 1 999 999, sidallocation.org; the last hundred are for other files of ours). `drop` blocks inline and alerts elsewhere.

use std::fmt::Write as _;
use std::io::{self, Write};

use tegakari_model::{BlockEntry, Observable, ObservableKind as K, Scope};

use super::{ExportFormat, NO_PLACE};
use crate::context::{Context, Written};
use crate::list::List;
use crate::networks;
use crate::select::plain_value;
use crate::text::Buffered;

/// `block.rules`
#[derive(Debug)]
pub(super) struct Suricata;

const SIDS: std::ops::Range<u32> = 1_000_000..1_999_900;

/// Longest content that is written; Suricata takes 255 bytes for most buffers.
const MAX_CONTENT: usize = 255;

impl ExportFormat for Suricata {
    form!(
        "suricata",
        "block.rules",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Ja3],
        "Suricata 7 rules for addresses, domains (DNS, TLS, HTTP), plain-text URLs and JA3"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let mut rules: Vec<Rule> = list
            .entries
            .iter()
            .flat_map(|e| rules_of(e))
            .flatten()
            .collect();
        rules.sort_unstable();
        rules.dedup();
        let sids = sids(&rules);
        list.header(out, "#", "Suricata rules")?;
        let mut lines = Buffered::new(out);
        for (rule, sid) in rules.iter().zip(sids) {
            lines.push(&[
                "drop ",
                &rule.head,
                " (msg:\"Tegakari block list: ",
                &content_free(&rule.shown),
                "\"; ",
                &rule.body,
                &format!(
                    "sid:{sid}; rev:1;)
"
                ),
            ])?;
        }
        lines.end()?;
        Ok(list.written())
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        match entry.indicator.observable.kind() {
            K::Url => rules_of(entry).map(|_| ()),
            _ => plain_value(entry),
        }
    }
}

/// A rule without its id. Ordered by what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    shown: String,
    head: String,
    body: String,
}

fn rules_of(entry: &BlockEntry) -> Result<Vec<Rule>, &'static str> {
    let observable = &entry.indicator.observable;
    let value = observable.value();
    let rule = |head: &str, body: String| Rule {
        shown: shown(observable),
        head: head.to_owned(),
        body,
    };
    match observable.kind() {
        K::Ipv4 | K::Ipv6 | K::Cidr => {
            let net = networks::parse(value).ok_or("it is no address")?;
            let head = format!("ip any any <> [{}] any", networks::show(net));
            Ok(vec![rule(&head, String::new())])
        }
        K::Domain if !super::rpz::is_wire_name(value) => {
            Err("it is no name that a resolver asks for")
        }
        K::Domain => {
            // `http.host` is lower case already and takes no `nocase`.
            let test = |nocase: &str| match entry.scope {
                Scope::Tree => format!(
                    "dotprefix; content:\"{}\"; {nocase}endswith; ",
                    content(&format!(".{value}"))
                ),
                Scope::Exact => format!(
                    "content:\"{}\"; {nocase}bsize:{}; ",
                    content(value),
                    value.len()
                ),
            };
            Ok(vec![
                rule(
                    "dns any any -> any any",
                    format!("dns.query; {}", test("nocase; ")),
                ),
                rule(
                    "tls any any -> any any",
                    format!("tls.sni; {}", test("nocase; ")),
                ),
                rule(
                    "http any any -> any any",
                    format!("http.host; {}", test("")),
                ),
            ])
        }
        K::Url => {
            let Some(rest) = value.strip_prefix("http://") else {
                return Err("the path is inside TLS (or another protocol) and cannot be seen");
            };
            let host = networks::host_of_url(value).ok_or("the URL has no host")?;
            let path = rest
                .find(['/', '?'])
                .and_then(|at| rest.get(at..))
                .unwrap_or("/");
            if host.len() > MAX_CONTENT || path.len() > MAX_CONTENT {
                return Err("it is longer than a rule can test");
            }
            let body = format!(
                "http.host; content:\"{}\"; bsize:{}; http.uri.raw; content:\"{}\"; bsize:{}; ",
                content(&host.to_ascii_lowercase()),
                host.len(),
                content(path),
                path.len()
            );
            Ok(vec![rule("http any any -> any any", body)])
        }
        K::Ja3 => Ok(vec![rule(
            "tls any any -> any any",
            format!("ja3.hash; content:\"{}\"; bsize:32; ", content(value)),
        )]),
        _ => Err(NO_PLACE),
    }
}

fn shown(observable: &Observable) -> String {
    format!("{} {}", observable.kind().name(), observable.defanged())
}

/// Bytes of a `content`, with everything that is not plain as `|hex|`.
fn content(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\";|\\:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "|{byte:02x}|");
        }
    }
    out.replace("||", " ")
}

/// Text of a message: printable ASCII without the characters that mean something in a rule.
fn content_free(text: &str) -> String {
    text.chars()
        .take(120)
        .map(|c| {
            let plain = c == ' ' || (c.is_ascii_graphic() && !"\";|\\".contains(c));
            if plain { c } else { '?' }
        })
        .collect()
}

/// An id for every rule, by its content; a taken one yields the next free one, in the rules' order. There are more
/// ids than rules, because the limit of the form is fixed.
fn sids(rules: &[Rule]) -> Vec<u32> {
    let width = SIDS.end - SIDS.start;
    let mut taken = vec![false; width as usize];
    let mut out = Vec::with_capacity(rules.len());
    for rule in rules {
        let wanted =
            u32::try_from(fnv1a(&[&rule.head, &rule.body]) % u64::from(width)).unwrap_or(0);
        for place in (wanted..width).chain(0..wanted) {
            if let Some(slot) = taken.get_mut(place as usize).filter(|slot| !**slot) {
                *slot = true;
                out.push(SIDS.start + place);
                break;
            }
        }
    }
    out
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): spreads ids; nothing depends on it being secret.
fn fnv1a(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|p| p.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::{content, content_free};

    #[test]
    fn content_cannot_end_its_quotes() {
        assert_eq!(content("/a?b=1"), "/a?b=1");
        assert_eq!(content("a\";b"), "a|22 3b|b");
        assert_eq!(content("a|b\\c:d"), "a|7c|b|5c|c|3a|d");
        assert_eq!(content("あ"), "|e3 81 82|");
        assert_eq!(content_free("x\"; sid:1;\n"), "x?? sid:1??");
    }
}
