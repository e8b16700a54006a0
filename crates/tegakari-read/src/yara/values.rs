//! Which entries and strings of a rule are values to look for.

use tegakari_model::{Observable, ObservableKind as K, public_suffix};

use crate::content::Stated;
use crate::misp;

/// Whether a meta entry names the sample: most keys that hold a hash do, but some hash the rule itself.
pub(super) fn names_sample(key: &str, word: &str) -> bool {
    let digits = word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let of_the_rule = ["fingerprint", "logic", "rule", "uuid", "license", "version"]
        .iter()
        .any(|w| key.contains(w))
        || matches!(key, "id" | "guid" | "revision" | "commit");
    digits && !of_the_rule
}

/// The value that a string of a rule stands for, if it plainly is one.
pub(super) fn string(name: &str, text: &str) -> Option<(Observable, Stated)> {
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    if text.len() < 4
        || text.len() > 1024
        || text.contains(['\0', '\n', '\r', '%', '*']) && !text.contains("://")
    {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let words = || {
        name.split(['_', '.'])
            .map(|w| w.trim_matches(|c: char| c.is_ascii_digit()))
    };
    let called = |wanted: &[&str]| words().any(|w| wanted.contains(&w));
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("http://")
        || lower.starts_with("https://")
        || lower.starts_with("hxxp")
        || lower.starts_with("ftp://")
    {
        // A format string or a mere beginning is no address of anything.
        if text.contains(['%', '{', '$', ' ', '"', '<']) {
            return None;
        }
        return misp::observable(K::Url, text).map(|u| (u, Stated::Part));
    }
    if lower.starts_with("global\\") || lower.starts_with("local\\") {
        return Observable::new(K::Mutex, text)
            .ok()
            .map(|m| (m, Stated::Indicator));
    }
    if let Some(pipe) = lower.find("\\pipe\\").filter(|at| *at <= 3) {
        let inner = text.get(pipe + 6..).unwrap_or("");
        let plain = !inner.is_empty() && !inner.contains('%');
        return Observable::new(K::NamedPipe, inner)
            .ok()
            .filter(|_| plain)
            .map(|p| (p, Stated::Indicator));
    }
    if lower.ends_with(".pdb") && lower.contains(":\\") {
        return Observable::new(K::FilePath, text)
            .ok()
            .map(|p| (p, Stated::Indicator));
    }
    if called(&["mutex", "mutant", "mtx", "mutexname"]) && !text.contains(' ') {
        return Observable::new(K::Mutex, text)
            .ok()
            .map(|m| (m, Stated::Indicator));
    }
    if called(&["ua", "useragent", "agent"])
        || name.contains("user_agent")
        || lower.starts_with("user-agent:")
    {
        let agent = match lower.starts_with("user-agent:") {
            true => text.get(11..).unwrap_or(""),
            false => text,
        };
        return Observable::new(K::UserAgent, agent)
            .ok()
            .map(|u| (u, Stated::Observed));
    }
    let network = [
        "c2", "cc", "c", "cnc", "domain", "host", "hostname", "server", "url", "ip", "ipaddr",
        "address", "fqdn", "dns",
    ];
    if called(&network) && !text.contains([' ', '/', '\\']) {
        let value = misp::observable(K::Domain, text)?;
        // A host needs a public suffix; `config.ini` has none.
        let is_host = value.kind() != K::Domain
            || public_suffix::suffix(value.value().as_bytes()).is_some_and(|s| s.is_known());
        return is_host.then_some((value, Stated::Part));
    }
    if text.contains('@') && !text.contains([' ', '/', ':']) {
        let mail = misp::observable(K::Email, text)?;
        let host = mail.value().rsplit('@').next().unwrap_or("");
        let known = public_suffix::suffix(host.as_bytes()).is_some_and(|s| s.is_known());
        return known.then_some((mail, Stated::Part));
    }
    None
}

pub(super) fn cves(text: &str) -> Vec<Observable> {
    let upper = text.to_ascii_uppercase();
    upper
        .match_indices("CVE-")
        .filter_map(|(at, _)| {
            let rest = upper.get(at..)?;
            let end = rest
                .bytes()
                .enumerate()
                .position(|(i, b)| !(b.is_ascii_digit() || b == b'-' || i < 3))
                .unwrap_or(rest.len());
            let id: Vec<&str> = rest
                .get(..end)?
                .trim_end_matches('-')
                .splitn(4, '-')
                .take(3)
                .collect();
            Observable::new(K::Cve, &id.join("-")).ok()
        })
        .collect()
}
