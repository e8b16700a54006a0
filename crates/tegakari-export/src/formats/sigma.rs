//! Sigma rules (specification 2.0): one document a log source and thousand values.
//!
//! Ids are derived from what a rule looks for, so that a rule keeps its id while its values stay.

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::Values;
use crate::context::Written;
use crate::list::List;

/// Values in one rule.
const CHUNK: usize = 1000;

/// What one rule is made of.
struct Rule<'a> {
    title: String,
    source: &'a str,
    /// Field with modifier, and what stands before and behind each value.
    tests: &'a [(&'a str, &'a str, &'a [&'a str])],
}

/// `tegakari_block_list.yml`
#[derive(Debug)]
pub(super) struct Sigma;

impl ExportFormat for Sigma {
    form!(
        "sigma",
        "tegakari_block_list.yml",
        "application/yaml",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "Sigma rules for DNS, firewall, proxy and process logs"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let values = Values::of(&list.entries);
        list.header(out, "#", "Sigma rules")?;
        let mut rules = Vec::new();
        let (addresses, networks) = (values.address_texts(), values.network_texts());
        for (part, chunk) in (1..).zip(values.names.chunks(CHUNK)) {
            let trees: Vec<&str> = chunk
                .iter()
                .copied()
                .filter(|name| values.trees.binary_search(name).is_ok())
                .collect();
            rules.push(rule(&Rule {
                title: format!("Block List Domain Name Query Part {part}"),
                source: "category: dns",
                tests: &[("query", "", chunk), ("query|endswith", ".", &trees)],
            }));
        }
        for (what, field, list) in [
            ("Address", "dst_ip", &addresses),
            ("Network", "dst_ip|cidr", &networks),
        ] {
            for (part, chunk) in (1..).zip(list.chunks(CHUNK)) {
                rules.push(rule(&Rule {
                    title: format!("Block List {what} Connection Part {part}"),
                    source: "category: firewall",
                    tests: &[(field, "", chunk)],
                }));
            }
        }
        for (part, chunk) in (1..).zip(values.urls.chunks(CHUNK)) {
            rules.push(rule(&Rule {
                title: format!("Block List Web Address Request Part {part}"),
                source: "category: proxy",
                tests: &[("c-uri", "", chunk)],
            }));
        }
        for (list, before) in [
            (&values.md5, "MD5="),
            (&values.sha1, "SHA1="),
            (&values.sha256, "SHA256="),
        ] {
            for (part, chunk) in (1..).zip(list.chunks(CHUNK)) {
                let kind = before.trim_end_matches('=');
                rules.push(rule(&Rule {
                    title: format!("Block List File Execution by {kind} Part {part}"),
                    source: "category: process_creation\n    product: windows",
                    tests: &[("Hashes|contains", before, chunk)],
                }));
            }
        }
        out.write_all(rules.join("---\n").as_bytes())?;
        Ok(list.written())
    }
}

fn rule(rule: &Rule<'_>) -> String {
    let mut detection = String::new();
    for (number, (field, before, values)) in rule.tests.iter().enumerate() {
        if values.is_empty() {
            continue;
        }
        detection.push_str(&format!("    selection_{number}:\n        {field}:\n"));
        for value in *values {
            // `*` and `?` are wildcards.
            let value = value.replace('*', "\\*").replace('?', "\\?");
            detection.push_str(&format!("            - '{before}{value}'\n"));
        }
    }
    let id = uuid::Uuid::new_v5(
        &uuid::Uuid::NAMESPACE_URL,
        format!("tegakari sigma {}\n{detection}", rule.title).as_bytes(),
    );
    format!(
        "title: {}\nid: {id}\nstatus: experimental\ndescription: Detects values of the block list that reports call signs of an attack\nauthor: Tegakari\nlogsource:\n    {}\ndetection:\n{detection}    condition: 1 of selection_*\nfalsepositives:\n    - Unlikely\nlevel: high\n",
        rule.title, rule.source
    )
}
