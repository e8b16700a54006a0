//! One name for one machine.
//!
//! Logs write `WS-01`, `ws-01.corp.example` and `ws-01.corp.example.` for the same machine. Its name
//! here is the first label in lower case; where two machines of different domains share that label,
//! both keep their whole names.

use std::collections::{BTreeMap, BTreeSet};

/// Host name in lower case without the root dot; `None` when it cannot be a host name.
pub(crate) fn host(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii();
    let text = text.strip_suffix(b".").unwrap_or(text);
    let text = text.strip_prefix(b"\\\\").unwrap_or(text);
    if text.is_empty() || text.len() > 253 || matches!(text, b"-" | b"localhost" | b"(empty)") {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let fine = text
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let begins = text.starts_with(char::is_alphanumeric);
    (fine && begins).then(|| text.to_lowercase())
}

/// Short names for all host names of a hunt.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// First labels that stand for more than one domain.
    shared: BTreeSet<String>,
}

impl Names {
    pub(crate) fn of<'a>(hosts: impl Iterator<Item = &'a str>) -> Self {
        let mut domains: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for host in hosts {
            if let Some((label, domain)) = host.split_once('.') {
                domains.entry(label).or_default().insert(domain);
            }
        }
        let shared = domains
            .into_iter()
            .filter(|(_, domains)| domains.len() > 1)
            .map(|(label, _)| label.to_owned())
            .collect();
        Self { shared }
    }

    /// The asset's name for a host name in lower case.
    pub(crate) fn asset(&self, host: &str) -> String {
        let label = host.split('.').next().unwrap_or(host);
        if self.shared.contains(label) {
            host.to_owned()
        } else {
            label.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, host};

    #[test]
    fn a_machine_has_one_name() {
        let names =
            Names::of(["ws-01.a.example", "ws-01", "web.a.example", "web.b.example"].into_iter());
        assert_eq!(names.asset("ws-01.a.example"), "ws-01");
        assert_eq!(names.asset("web.a.example"), "web.a.example");
        assert_eq!(
            host(b"WS-01.A.Example.").as_deref(),
            Some("ws-01.a.example")
        );
        for bad in [
            &b""[..],
            b"-",
            b"a b",
            b"<script>",
            b"\xff",
            b"localhost",
            b".x",
        ] {
            assert_eq!(host(bad), None);
        }
    }
}
