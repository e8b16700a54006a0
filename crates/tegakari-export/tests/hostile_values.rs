//! A hostile value never breaks out of its field, in any format: every writer's output is read back by
//! a strict parser of its own, which refuses everything the format should not hold.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it skips"
)]

#[path = "strict/documents.rs"]
mod documents;
#[path = "strict/lines.rs"]
mod lines;

use std::collections::BTreeSet;

use proptest::prelude::*;
use tegakari_export::formats::{self, ExportFormat};
use tegakari_export::{Context, Rpz, Written};
use tegakari_model::{
    BlockEntry, BlockPlan, HeldBack, Indicator, Objection, ObjectionKind, Observable,
    ObservableKind as K, ReportId, Scope, Tlp,
};

/// Texts that have broken real exporters.
fn hostile() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "\"; sid:1; rev:1;)\nalert tcp any any -> any any (msg:\"x\"; sid:2;)".to_owned(),
        "' OR '1'='1".to_owned(),
        "'] OR [url:value = 'x".to_owned(),
        "\\".to_owned(),
        "\\'".to_owned(),
        "a\r\nb".to_owned(),
        "\n# comment\n0.0.0.0 google.com".to_owned(),
        "=cmd|'/C calc'!A0".to_owned(),
        "\t=1+1".to_owned(),
        "@SUM(A1)".to_owned(),
        "%0a%0d%22".to_owned(),
        "}; flush ruleset; table inet x {".to_owned(),
        "*/ condition: true /*".to_owned(),
        "\u{202e}gpj.exe\u{2066}".to_owned(),
        "\u{2028}\u{2029}\u{85}\u{0}\u{1b}[31m".to_owned(),
        "日本語ＴＥＸＴ".to_owned(),
        "x".repeat(10_000),
    ]);
    prop_oneof![known, any::<String>(), "[ -~]{0,40}"]
}

fn observable() -> impl Strategy<Value = Option<Observable>> {
    let host = prop::sample::select(vec![
        "evil-c2.com",
        "a_b.evil-c2.com",
        "日本.jp",
        "x.evil.github.io",
    ]);
    (
        prop::sample::select(K::ALL.to_vec()),
        hostile(),
        host,
        any::<[u8; 64]>(),
    )
        .prop_map(|(kind, text, host, bytes)| {
            let hex =
                |n: usize| -> String { bytes.iter().take(n).map(|b| format!("{b:02X}")).collect() };
            let [a, b, c, d, e, f, g, ..] = bytes;
            let value = match kind {
                K::Ipv4 => format!("{a}.{b}.{c}.{d}"),
                K::Ipv6 => format!("2{a:02x}:{b:x}::{e:x}{f:02x}:{g:x}"),
                K::Cidr if a % 2 == 0 => format!("{a}.{b}.{c}.{d}/{}", e % 33),
                K::Cidr => format!("2a00:{b:x}::{c:x}/{}", e % 129),
                K::Domain => format!("{}.{host}", "x".repeat(usize::from(a % 64))),
                K::Url => format!(
                    "http{}://{host}/{text}?{text}",
                    if a % 2 == 0 { "s" } else { "" }
                ),
                K::Email => format!("{text}@{host}"),
                K::Md5 | K::Ja3 | K::Imphash => hex(16),
                K::Sha1 => hex(20),
                K::Sha256 => hex(32),
                K::Sha512 => hex(64),
                K::Cve => format!("CVE-2024-{a}{b}{c}{d}"),
                K::Asn => format!("AS{a}"),
                K::Mac => format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"),
                _ => text,
            };
            Observable::new(kind, &value).ok()
        })
}

fn objection() -> impl Strategy<Value = Objection> {
    (hostile(), hostile()).prop_map(|(source, matched)| Objection {
        kind: ObjectionKind::WarningList,
        source,
        matched,
    })
}

fn entry() -> impl Strategy<Value = Option<BlockEntry>> {
    (
        observable(),
        prop::collection::vec(hostile(), 0..3),
        any::<bool>(),
        prop::option::of(0..2_000_000_000_i64),
        prop::collection::vec(objection(), 0..2),
    )
        .prop_map(|(observable, labels, tree, time, annotations)| {
            let observable = observable?;
            let domain = observable.kind() == K::Domain;
            let time = time.and_then(|s| tegakari_model::Timestamp::from_second(s).ok());
            let mut indicator = Indicator::new(observable);
            indicator.labels = labels;
            indicator.valid_from = time;
            Some(BlockEntry {
                indicator,
                scope: if tree && domain {
                    Scope::Tree
                } else {
                    Scope::Exact
                },
                expires: time,
                annotations,
            })
        })
}

fn block_plan() -> impl Strategy<Value = BlockPlan> {
    (
        prop::collection::vec(entry(), 0..24),
        prop::collection::vec((entry(), objection()), 0..4),
    )
        .prop_map(|(entries, held)| {
            let mut entries: Vec<BlockEntry> = entries.into_iter().flatten().collect();
            entries.sort_by(|a, b| a.indicator.observable.cmp(&b.indicator.observable));
            entries.dedup_by(|a, b| a.indicator.observable == b.indicator.observable);
            let held_back = held
                .into_iter()
                .filter_map(|(entry, objection)| {
                    Some(HeldBack {
                        indicator: entry?.indicator,
                        objections: vec![objection],
                    })
                })
                .collect();
            BlockPlan { entries, held_back }
        })
}

fn context() -> impl Strategy<Value = Context> {
    (hostile(), hostile(), hostile(), any::<bool>()).prop_map(|(version, report, zone, timed)| {
        Context {
            generator_version: version,
            tlp: Some(Tlp::AmberStrict),
            // Ids are read from databases and files without a check of their form.
            reports: vec![serde_json::from_value::<ReportId>(report.into()).unwrap()],
            valid_from: timed.then(|| "2025-03-06T00:00:00Z".parse().unwrap()),
            rpz: Rpz { zone, serial: 7 },
            ..Context::new("")
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_hostile_value_never_breaks_out_of_its_field(plan in block_plan(), context in context()) {
        for format in formats::ALL {
            let (text, written) = write(*format, &plan, &context);
            let (again, _) = write(*format, &plan, &context);
            prop_assert_eq!(&text, &again, "{} is not deterministic", format.id());
            check(*format, &plan, &text, &written);
        }
    }
}

fn write(format: &dyn ExportFormat, plan: &BlockPlan, context: &Context) -> (String, Written) {
    let mut out = Vec::new();
    let written = format.write(plan, context, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), written)
}

fn values(plan: &BlockPlan, kinds: &[K]) -> BTreeSet<String> {
    plan.entries
        .iter()
        .map(|e| &e.indicator.observable)
        .filter(|o| kinds.contains(&o.kind()))
        .map(|o| o.value().to_owned())
        .collect()
}

/// Drops the header, which must stand at the top and nowhere else; every line is whole.
fn body<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    assert!(text.ends_with('\n'));
    let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
    let head = lines.iter().take_while(|l| l.starts_with(mark)).count();
    assert!((5..=12).contains(&head), "header of {head} lines in {text}");
    for line in &lines {
        assert!(
            !line.chars().any(|c| c.is_control() && c != '\t'),
            "{line:?}"
        );
    }
    lines[head..].to_vec()
}

/// Counts add up: nothing is lost without being told.
fn accounted(plan: &BlockPlan, written: &Written) {
    let left: usize = written.left_out.iter().map(|l| l.count).sum();
    assert_eq!(written.entries + left, plan.entries.len());
    assert!(
        written
            .left_out
            .iter()
            .all(|l| !l.why.is_empty() && !l.examples.is_empty())
    );
}

fn check(format: &dyn ExportFormat, plan: &BlockPlan, text: &str, written: &Written) {
    if !matches!(format.id(), "held-back" | "clamav-fp" | "clamav-sfp") {
        accounted(plan, written);
    }
    match format.id() {
        "ipv4" => plain(plan, text, written, K::Ipv4),
        "ipv6" => plain(plan, text, written, K::Ipv6),
        "cidr" => plain(plan, text, written, K::Cidr),
        "domains" => plain(plan, text, written, K::Domain),
        "urls" => plain(plan, text, written, K::Url),
        "emails" => plain(plan, text, written, K::Email),
        "md5" => plain(plan, text, written, K::Md5),
        "sha1" => plain(plan, text, written, K::Sha1),
        "sha256" => plain(plan, text, written, K::Sha256),
        "csv" => csv(
            text,
            plan.entries
                .iter()
                .map(|e| &e.indicator.observable)
                .collect(),
            11,
        ),
        "held-back" => csv(
            text,
            plan.held_back
                .iter()
                .map(|e| &e.indicator.observable)
                .collect(),
            8,
        ),
        "jsonl" => json_lines(plan, text),
        "hosts" => hosts(plan, text, written),
        "rpz" => rpz(plan, text),
        "nftables" => nftables(plan, text),
        "suricata" => suricata(plan, text),
        "yara" => yara(plan, text),
        "stix" => stix(plan, text, written),
        other if lines::knows(other) => lines::check(format, plan, text),
        other if documents::knows(other) => documents::check(format, plan, text),
        other => panic!("{other} has no strict parser here: write one"),
    }
}

fn plain(plan: &BlockPlan, text: &str, written: &Written, kind: K) {
    let lines = body(text, "# ");
    let known = values(plan, &[kind]);
    assert_eq!(lines.len(), written.entries);
    assert!(lines.is_sorted());
    for line in lines {
        assert!(known.contains(line), "{line:?}");
    }
}

fn csv(text: &str, observables: Vec<&Observable>, width: usize) {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), observables.len());
    // A line end inside a cell would be legal CSV; none is ever written.
    assert_eq!(text.matches('\n').count(), rows.len() + 1);
    for (row, observable) in rows.iter().zip(observables) {
        assert_eq!(row.len(), width);
        assert_eq!(&row[0], observable.kind().name());
        let value = row[1].strip_prefix('\'').unwrap_or(&row[1]);
        assert!(value == observable.value() || &row[1] == observable.value());
        for cell in row {
            let calculated = cell.trim_start().starts_with(['=', '+', '-', '@']);
            assert!(!calculated, "{cell:?}");
        }
    }
}

fn json_lines(plan: &BlockPlan, text: &str) {
    let mut entries = Vec::new();
    let mut held = Vec::new();
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["tlp"], "amber+strict");
        match value["decision"].as_str().unwrap() {
            "block" => entries.push(serde_json::from_value::<BlockEntry>(value).unwrap()),
            "hold_back" => held.push(serde_json::from_value::<HeldBack>(value).unwrap()),
            other => panic!("{other}"),
        }
    }
    assert_eq!(
        &BlockPlan {
            entries,
            held_back: held
        },
        plan
    );
}

fn hosts(plan: &BlockPlan, text: &str, written: &Written) {
    let known = values(plan, &[K::Domain]);
    let lines = body(text, "# ");
    assert_eq!(lines.len(), written.entries * 2);
    for pair in lines.chunks(2) {
        let name = pair[0].strip_prefix("0.0.0.0 ").unwrap();
        assert_eq!(pair[1], format!(":: {name}"));
        assert!(known.contains(name), "{name:?}");
    }
}

fn rpz(plan: &BlockPlan, text: &str) {
    let known = values(plan, &[K::Domain]);
    let lines = body(text, "; ");
    assert_eq!(lines[0], "$TTL 60");
    assert_eq!(
        lines[1],
        "@ IN SOA localhost. hostmaster.localhost. 7 3600 600 604800 60"
    );
    assert_eq!(lines[2], "@ IN NS localhost.");
    for line in &lines[3..] {
        let owner = line.strip_suffix(" IN CNAME .").unwrap();
        assert!(!owner.ends_with('.') && owner.len() < 254, "{owner}");
        if let Some(address) = owner.strip_suffix(".rpz-ip") {
            assert!(
                address
                    .split('.')
                    .all(|l| l == "zz" || u32::from_str_radix(l, 16).is_ok())
            );
        } else {
            let name = owner.strip_prefix("*.").unwrap_or(owner);
            assert!(known.contains(name), "{owner}");
        }
    }
}

fn nftables(plan: &BlockPlan, text: &str) {
    let mut elements = Vec::new();
    for line in body(text, "# ") {
        let Some(element) = line.strip_prefix("\t\t\t") else {
            let fixed = line.trim_start();
            let known = [
                "table inet tegakari",
                "delete table inet tegakari",
                "set blocked_v",
                "type ",
                "flags ",
                "elements = {",
                "chain ",
                "ip daddr @blocked_v4",
                "ip saddr @blocked_v4",
                "ip6 daddr @blocked_v6",
                "ip6 saddr @blocked_v6",
                "}",
            ];
            assert!(known.iter().any(|k| fixed.starts_with(k)), "{line:?}");
            assert!(
                !fixed.contains([';', '#', '"']) || fixed.starts_with("type filter hook "),
                "{line:?}"
            );
            continue;
        };
        let (net, rest) = element
            .strip_suffix(',')
            .unwrap()
            .split_once(' ')
            .unwrap_or((element.trim_end_matches(','), ""));
        if !rest.is_empty() {
            let seconds = rest
                .strip_prefix("timeout ")
                .and_then(|r| r.strip_suffix('s'))
                .unwrap();
            assert!(seconds.parse::<i64>().unwrap() >= 1);
        }
        let net = if net.contains('/') {
            net.to_owned()
        } else {
            format!("{net}/{}", if net.contains(':') { 128 } else { 32 })
        };
        elements.push(net.parse::<ipnet::IpNet>().unwrap());
    }
    // Every wanted address is covered, and no element lies in another.
    for value in values(plan, &[K::Ipv4, K::Ipv6, K::Cidr]) {
        let net: ipnet::IpNet = value
            .parse()
            .unwrap_or_else(|_| ipnet::IpNet::from(value.parse::<std::net::IpAddr>().unwrap()));
        assert!(elements.iter().any(|e| e.contains(&net)), "{value}");
    }
    for (i, one) in elements.iter().enumerate() {
        assert!(
            elements
                .iter()
                .skip(i + 1)
                .all(|other| !one.contains(other) && !other.contains(one))
        );
    }
}

/// Options of a rule as Suricata splits them: at semicolons that are not escaped; none may stand in quotes.
fn suricata(plan: &BlockPlan, text: &str) {
    let mut sids = BTreeSet::new();
    let known = values(plan, &[K::Domain, K::Ja3, K::Url]);
    for line in body(text, "# ") {
        let (head, options) = line.strip_suffix(";)").unwrap().split_once(" (").unwrap();
        let words: Vec<&str> = head.split(' ').collect();
        assert_eq!(words.len(), 7, "{head}");
        assert!(words[0] == "drop" && ["ip", "dns", "tls", "http"].contains(&words[1]));
        let mut contents = Vec::new();
        for option in options.split("; ") {
            let (key, value) = option.split_once(':').unwrap_or((option, ""));
            match key {
                "msg" | "content" => {
                    let inner = value
                        .strip_prefix('"')
                        .and_then(|v| v.strip_suffix('"'))
                        .unwrap();
                    assert!(!inner.contains(['"', ';', '\\']), "{line}");
                    if key == "content" {
                        contents.push(unhex(inner));
                    }
                }
                "sid" => assert!(
                    sids.insert(value.parse::<u32>().unwrap()),
                    "sid twice: {line}"
                ),
                "rev" | "bsize" => assert!(value.parse::<u32>().is_ok()),
                "dns.query" | "tls.sni" | "http.host" | "http.uri.raw" | "ja3.hash"
                | "dotprefix" | "endswith" | "nocase" => {}
                other => panic!("{other} in {line}"),
            }
        }
        match contents.as_slice() {
            [] => assert_eq!(words[1], "ip"),
            [one] => assert!(known.contains(one.trim_start_matches('.')), "{one}"),
            [host, path] => assert!(
                known.iter().any(|url| url.starts_with("http://")
                    && url.contains(host.as_str())
                    && url.ends_with(path.as_str())),
                "{line}"
            ),
            more => panic!("{more:?}"),
        }
    }
    assert!(sids.iter().all(|sid| (1_000_000..2_000_000).contains(sid)));
}

fn unhex(content: &str) -> String {
    let mut bytes = Vec::new();
    for (i, part) in content.split('|').enumerate() {
        if i % 2 == 0 {
            bytes.extend(part.bytes());
        } else {
            bytes.extend(part.split(' ').map(|h| u8::from_str_radix(h, 16).unwrap()));
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn yara(plan: &BlockPlan, text: &str) {
    let known = values(plan, &[K::Md5, K::Sha1, K::Sha256]);
    let mut found = BTreeSet::new();
    for line in body(text, "// ") {
        let line = line.trim_start();
        if let Some((call, rest)) = line.split_once("(0, filesize) == \"") {
            let hash = rest.strip_suffix('"').unwrap();
            let function = call.trim_start_matches("or ").trim();
            let digits = match function {
                "hash.md5" => 32,
                "hash.sha1" => 40,
                "hash.sha256" => 64,
                other => panic!("{other}"),
            };
            assert_eq!(hash.len(), digits);
            assert!(!hash.bytes().any(|b| b.is_ascii_uppercase()));
            found.insert(hash.to_owned());
        } else {
            let fixed = [
                "import \"hash\"",
                "{",
                "}",
                "meta:",
                "condition:",
                "tlp = \"TLP:AMBER+STRICT\"",
                "",
            ];
            let known = fixed.contains(&line)
                || line.starts_with("rule tegakari_block_")
                || line.starts_with("entries = ")
                || line.starts_with("description = \"file on the block list, by ");
            assert!(known, "{line:?}");
        }
    }
    assert_eq!(found, known);
}

fn stix(plan: &BlockPlan, text: &str, written: &Written) {
    let document: serde_json::Value = serde_json::from_str(text).unwrap();
    let (bundle, problems) = tegakari_stix::parse_bundle(&document);
    assert_eq!(problems, []);
    assert_eq!(bundle.indicators().count(), written.entries);
    let known: BTreeSet<Observable> = plan
        .entries
        .iter()
        .map(|e| &e.indicator.observable)
        .flat_map(|o| {
            // A network of one address is read back as that address.
            let alone = o
                .value()
                .strip_suffix("/32")
                .or_else(|| o.value().strip_suffix("/128"));
            let address = alone.and_then(|a| {
                [K::Ipv4, K::Ipv6]
                    .into_iter()
                    .find_map(|k| Observable::new(k, a).ok())
            });
            [Some(o.clone()), address]
        })
        .flatten()
        .collect();
    for (object, indicator) in bundle.indicators() {
        assert_eq!(indicator.reading.groups.len(), 1, "{}", indicator.text);
        for observable in &indicator.reading.groups[0].observables {
            assert!(
                known.contains(observable),
                "{observable:?} {}",
                indicator.text
            );
        }
        assert_eq!(object.tlp, Some(Tlp::AmberStrict));
    }
}

#[test]
fn every_format_is_registered_once() {
    let ids: BTreeSet<&str> = formats::ALL.iter().map(|f| f.id()).collect();
    let files: BTreeSet<&str> = formats::ALL.iter().map(|f| f.file_name()).collect();
    assert_eq!(ids.len(), formats::ALL.len());
    assert_eq!(files.len(), formats::ALL.len());
    for format in formats::ALL {
        assert!(!format.about().is_empty() && format.media_type().contains('/'));
        assert!(K::ALL.iter().any(|k| format.accepts(*k)));
        assert_eq!(
            formats::by_id(format.id()).unwrap().file_name(),
            format.file_name()
        );
    }
    // A file of the folder that nobody listed would be dead code.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/formats");
    let listed = std::fs::read_to_string(format!("{folder}/mod.rs")).unwrap();
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        assert!(
            module == "mod"
                || listed.contains(&format!("    &{module}::"))
                || listed.contains(&format!("pub(crate) mod {module};")),
            "{name}"
        );
    }
}
