//! LDIF (RFC 2849), as `ldifde` and `ldapsearch` write it: computers of a directory.

use std::collections::BTreeMap;

use tegakari_model::Problem;

use super::InventoryAsset;
use crate::address;

/// Whether a text is LDIF: its first line that is no remark begins an entry or names the version.
pub(super) fn is(text: &str) -> bool {
    text.lines()
        .map(str::trim_end)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .is_some_and(|line| line.starts_with("dn:") || line.starts_with("version:"))
}

/// Attributes that are kept as facts.
const FACTS: [&str; 7] = [
    "operatingsystem",
    "operatingsystemversion",
    "description",
    "location",
    "managedby",
    "lastlogontimestamp",
    "whencreated",
];

/// Entries of computers; those of people, groups and the like are passed over.
pub(super) fn read(text: &str) -> (Vec<InventoryAsset>, Vec<Problem>) {
    let mut assets = Vec::new();
    let mut problems = Vec::new();
    let mut entry: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut begun = 1;
    for (number, line) in unfolded(text) {
        if line.is_empty() {
            take(
                std::mem::take(&mut entry),
                begun,
                &mut assets,
                &mut problems,
            );
            continue;
        }
        if entry.is_empty() {
            begun = number;
        }
        if line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once(':') else {
            problems.push(
                Problem::new(
                    format!("inventory:{number}"),
                    "this line of LDIF has no attribute",
                    "correct the line",
                )
                .losing_records(1),
            );
            continue;
        };
        let value = match value.strip_prefix(':') {
            Some(coded) => match from_base64(coded.trim()) {
                Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                None => continue,
            },
            None => value.trim_start().to_owned(),
        };
        // `cn;lang-ja` is a `cn`.
        let name = name.split(';').next().unwrap_or_default().to_lowercase();
        entry.entry(name).or_default().push(value);
    }
    take(entry, begun, &mut assets, &mut problems);
    (assets, problems)
}

/// Logical lines with their numbers: a line that begins with a blank goes on with the one before.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        match (line.strip_prefix(' '), out.last_mut()) {
            (Some(rest), Some((_, last))) if !last.is_empty() => last.push_str(rest),
            _ => out.push((number, line.trim_end_matches('\r').to_owned())),
        }
    }
    out
}

fn take(
    entry: BTreeMap<String, Vec<String>>,
    line: usize,
    assets: &mut Vec<InventoryAsset>,
    problems: &mut Vec<Problem>,
) {
    let all = |name: &str| entry.get(name).map(Vec::as_slice).unwrap_or_default();
    let first = |name: &str| all(name).first().filter(|value| !value.is_empty());
    let classes = all("objectclass");
    let computer = |class: &String| {
        ["computer", "device", "iphost"]
            .iter()
            .any(|want| class.eq_ignore_ascii_case(want))
    };
    if !classes.iter().any(computer) && first("dnshostname").is_none() {
        return;
    }
    let account = first("samaccountname").map(|name| name.trim_end_matches('$').to_owned());
    let name = ["dnshostname", "cn", "name"]
        .iter()
        .find_map(|one| first(one).cloned());
    let Some(name) = name.or(account) else {
        problems.push(
            Problem::new(
                format!("inventory:{line}"),
                "this computer has no name",
                "export dNSHostName or cn too",
            )
            .losing_records(1),
        );
        return;
    };
    let addresses = ["iphostnumber", "networkaddress"]
        .iter()
        .flat_map(|one| all(one))
        .filter(|value| address::net(value).is_some());
    let facts = FACTS.iter().flat_map(|one| {
        all(one)
            .iter()
            .map(|value| ((*one).to_owned(), value.clone()))
    });
    assets.push(InventoryAsset {
        name,
        addresses: addresses.cloned().collect(),
        held: Vec::new(),
        facts: facts.collect(),
    });
}

/// Base64 of RFC 4648, with or without its padding.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text
        .bytes()
        .filter(|b| !b.is_ascii_whitespace() && *b != b'=')
    {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    Some(out)
}
