//! Suricata data sets (Suricata 7, "Datasets"): a few rules beside lists of any length.
//!
//! Names are base64, as the loader wants, and lower case, as they are looked up. A set holds whole names
//! only: for names below a domain the rules of the format `suricata` are needed.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, ObservableKind as K};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{Lines, note_of_trees, plain_value, select, sorted, write_body, write_lines};

const NAMES: &str = "suricata-names.lst";
const ADDRESSES: &str = "suricata-addresses.lst";
const JA3: &str = "suricata-ja3.lst";

/// Ids of these rules: the last hundred of the range for local rules, which `suricata` leaves free.
const FIRST_SID: u32 = 1_999_900;

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        // Room for the set: the default holds some thousand values.
        let room = format!(
            "memcap {}mb,hashsize {}",
            64 + chosen.len() / 4000,
            (chosen.len() / 4).next_power_of_two().clamp(4096, 1 << 20)
        );
        let set = |name: &str, kind: &str, file: &str| {
            format!("dataset:isset,{name},type {kind},load {file},{room}; ")
        };
        let names = set("tegakari-names", "string", NAMES);
        let addresses = set("tegakari-addresses", "ip", ADDRESSES);
        let ja3 = set("tegakari-ja3", "string", JA3);
        let mut rules = vec![
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
        for (kind, keyword, file) in [
            (K::Md5, "filemd5", "md5.txt"),
            (K::Sha1, "filesha1", "sha1.txt"),
            (K::Sha256, "filesha256", "sha256.txt"),
        ] {
            // A rule whose list of hashes is empty is refused.
            if !chosen.iter().any(|e| e.indicator.observable.kind() == kind) {
                continue;
            }
            for protocol in ["http", "smtp", "smb", "ftp-data"] {
                rules.push((protocol, "a file", format!("{keyword}:{file}; ")));
            }
        }
        let body: Vec<String> = rules
            .iter()
            .zip(FIRST_SID..)
            .map(|((protocol, what, test), sid)| {
                format!(
                    "drop {protocol} any any -> any any (msg:\"Tegakari block list: {what}\"; {test}sid:{sid}; rev:1;)"
                )
            })
            .collect();
        let lines = Lines {
            what: "Suricata rules with data sets",
            uses: &["put the lists that they load into default-rule-path"],
            ..Lines::PLAIN
        };
        write_body(&lines, &chosen, &body, plan, context, out)?;
        let mut written = leaving.written(chosen.len());
        note_of_trees(&chosen, &mut written);
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        write_bare(self, plan, context, out)
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body = sorted(
            chosen
                .iter()
                .filter_map(|e| networks::parse(e.indicator.observable.value()))
                .map(networks::show),
        );
        write_body(&BARE, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        write_bare(self, plan, context, out)
    }
}

/// The loader knows no comments, so there is no header.
const BARE: Lines<'static> = Lines {
    mark: None,
    ..Lines::PLAIN
};

fn write_bare(
    format: &dyn ExportFormat,
    plan: &BlockPlan,
    context: &Context,
    out: &mut dyn Write,
) -> io::Result<Written> {
    write_lines(format, &BARE, plan, context, out, plain_value, |entry| {
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
