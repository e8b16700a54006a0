//! Suricata data sets (Suricata 7, "Datasets"): a few rules beside lists of any length.
//!
//! Names are base64, as the loader wants, and lower case, as they are looked up. A set holds whole names
//! only: for names below a domain the rules of the format `suricata` are needed.

use std::cmp::Reverse;
use std::io::{self, Write};

use tegakari_model::{BlockEntry, ObservableKind as K};

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};
use crate::networks;

const NAMES: &str = "suricata-names.lst";
const ADDRESSES: &str = "suricata-addresses.lst";
const JA3: &str = "suricata-ja3.lst";

/// Ids of these rules: the last hundred of the range for local rules, which `suricata` leaves free.
const FIRST_SID: u32 = 1_999_900;

/// Without it a file is hashed in one way alone, and rules for other hashes never match (Suricata 7.0).
const FORCE_HASH: &str = "set force-hash: [md5, sha1, sha256] under outputs, eve-log, types, files: without it Suricata takes one kind of hash alone";

/// `block-datasets.rules`
#[derive(Debug)]
pub(super) struct Rules;

impl ExportFormat for Rules {
    form!(
        "suricata-datasets",
        "block-datasets.rules",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain, Ipv4, Ipv6, Ja3, Md5, Sha1, Sha256],
        "Suricata 7 rules that look up data sets; need suricata-names, suricata-addresses, suricata-ja3, md5, sha1 and sha256 beside them"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        // Room for the set: the default holds some thousand values.
        let room = format!(
            "memcap {}mb,hashsize {}",
            64 + list.entries.len() / 4000,
            (list.entries.len() / 4)
                .next_power_of_two()
                .clamp(4096, 1 << 20)
        );
        let set = |name: &str, kind: &str, file: &str| {
            format!("dataset:isset,{name},type {kind},load {file},{room}; ")
        };
        let names = set("tegakari-names", "string", NAMES);
        let addresses = set("tegakari-addresses", "ip", ADDRESSES);
        let ja3 = set("tegakari-ja3", "string", JA3);
        let rules = vec![
            (
                "dns",
                "a name is asked for",
                format!("dns.query; to_lowercase; {names}"),
            ),
            (
                "tls",
                "a name in TLS",
                format!("tls.sni; to_lowercase; {names}"),
            ),
            ("http", "a host in HTTP", format!("http.host; {names}")),
            (
                "ip",
                "an address as destination",
                format!("ip.dst; {addresses}"),
            ),
            ("ip", "an address as source", format!("ip.src; {addresses}")),
            ("tls", "a JA3 fingerprint", format!("ja3.hash; {ja3}")),
        ];
        // Each rule keeps its id, whichever others there are.
        let mut rules: Vec<_> = rules.into_iter().zip(FIRST_SID..).collect();
        let first = FIRST_SID + 6;
        let mut hashes = [
            (K::Md5, "filemd5", "md5.txt", first),
            (K::Sha1, "filesha1", "sha1.txt", first + 4),
            (K::Sha256, "filesha256", "sha256.txt", first + 8),
        ]
        .map(|(kind, keyword, file, sid)| {
            let of_kind = |e: &&&BlockEntry| e.indicator.observable.kind() == kind;
            let count = list.entries.iter().filter(of_kind).count();
            (count, keyword, file, sid)
        });
        // Unless it is told to take all, Suricata takes that kind of hash alone which the first such rule asks for.
        hashes.sort_by_key(|(count, ..)| Reverse(*count));
        let kinds = hashes.iter().filter(|(count, ..)| *count > 0).count();
        for (count, keyword, file, sid) in hashes {
            // A rule whose list of hashes is empty is refused.
            if count == 0 {
                continue;
            }
            for (protocol, sid) in ["http", "smtp", "smb", "ftp-data"].into_iter().zip(sid..) {
                rules.push(((protocol, "a file", format!("{keyword}:{file}; ")), sid));
            }
        }
        let body: Vec<String> = rules
            .iter()
            .map(|((protocol, what, test), sid)| {
                format!(
                    "drop {protocol} any any -> any any (msg:\"Tegakari block list: {what}\"; {test}sid:{sid}; rev:1;)"
                )
            })
            .collect();
        let frame = Frame {
            what: "Suricata rules with data sets",
            uses: &[
                "put the lists that they load into default-rule-path",
                FORCE_HASH,
            ],
            ..Frame::PLAIN
        };
        let mut written = list.single_names(&frame, out, body)?;
        if kinds > 1 {
            written
                .notes
                .push(format!("hashes of several kinds: {FORCE_HASH}"));
        }
        Ok(written)
    }
}

/// `suricata-names.lst`
#[derive(Debug)]
pub(super) struct Names;

impl ExportFormat for Names {
    form!(
        "suricata-names",
        "suricata-names.lst",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "Suricata data set of names (base64), for suricata-datasets"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        write_bare(list, out)
    }
}

/// `suricata-addresses.lst`
#[derive(Debug)]
pub(super) struct Addresses;

impl ExportFormat for Addresses {
    form!(
        "suricata-addresses",
        "suricata-addresses.lst",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Ipv4, Ipv6],
        "Suricata data set of addresses, for suricata-datasets"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::BARE, out, |entry| {
            let net = networks::parse(entry.indicator.observable.value());
            net.map_or_else(String::new, networks::show)
        })
    }
}

/// `suricata-ja3.lst`
#[derive(Debug)]
pub(super) struct Ja3;

impl ExportFormat for Ja3 {
    form!(
        "suricata-ja3",
        "suricata-ja3.lst",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Ja3],
        "Suricata data set of JA3 fingerprints (base64), for suricata-datasets"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        write_bare(list, out)
    }
}

fn write_bare(list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
    list.lines(&Frame::BARE, out, |entry| {
        base64(entry.indicator.observable.value().as_bytes())
    })
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = (word >> (18 - 6 * place)) & 63;
            let known = DIGITS.get(digit as usize).copied().unwrap_or(b'=');
            out.push(if place > chunk.len() {
                '='
            } else {
                char::from(known)
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_padded() {
        for (text, want) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), want);
        }
    }
}
