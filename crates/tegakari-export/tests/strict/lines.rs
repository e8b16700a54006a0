//! Strict readers of the forms that are lines: every line has to match one of the patterns of its form, and what it
//! names has to be a value of the plan.

use std::collections::BTreeSet;

use regex::Regex;
use tegakari_export::formats::ExportFormat;
use tegakari_model::BlockPlan;

/// Mark of comments (empty: no header), and patterns; the group `v` is a value, `r` a value escaped for a regular
/// expression, `b` one in base64, `l` a list in double quotes.
type Form = (&'static str, &'static str, &'static [&'static str]);

const NAME: &str = r"[a-z0-9_.\-]+";

#[rustfmt::skip]
const FORMS: &[Form] = &[
    ("unbound", "#", &["server:", r#"  local-zone: "(?<v>NAME)\." always_nxdomain"#, r#"  local-zone: "(?<v>NAME)\." transparent"#,
        r#"  local-data: "(?<v>NAME)\. 60 IN A 0\.0\.0\.0""#, r#"  local-data: "(?<v>NAME)\. 60 IN AAAA ::""#]),
    ("dnsmasq", "#", &["local=/(?<v>NAME)/", "host-record=(?<v>NAME),0\\.0\\.0\\.0,::"]),
    ("adblock", "!", &[r"\|\|(?<v>NAME)\^", r"0\.0\.0\.0 (?<v>NAME)"]),
    ("squid-domains", "#", &[r"\.?(?<v>[a-z0-9_\-][a-z0-9_.\-]*)"]),
    ("squid-addresses", "#", &["(?<v>ADDR)"]),
    ("squid-urls", "#", &[r"\^(?<r>http:.*)\$"]),
    ("haproxy-addresses", "#", &["(?<v>ADDR)"]),
    ("haproxy-trees", "#", &[r"\.(?<v>NAME)"]),
    ("haproxy-hosts", "#", &["(?<v>NAME)"]),
    ("nginx-geo", "#", &["(?<v>ADDR) 1;"]),
    ("nginx-map", "#", &[r"\.?(?<v>[a-z0-9_\-][a-z0-9_.\-]*) 1;"]),
    ("suricata-datasets", "#", &[r#"drop [a-z\-]+ any any -> any any \(msg:"Tegakari block list: [A-Za-z0-9 ]+"; [a-z0-9 _:;,.\-]+sid:19999[0-9][0-9]; rev:1;\)"#]),
    ("suricata-names", "", &["(?<b>[A-Za-z0-9+/]+=*)"]),
    ("suricata-ja3", "", &["(?<b>[A-Za-z0-9+/]+=*)"]),
    ("suricata-addresses", "", &["(?<v>ADDR)"]),
    ("suricata-iprep", "#", &["(?<v>ADDR),1,127"]),
    ("suricata-categories", "", &["1,Tegakari,Addresses on the block list"]),
    ("clamav-hdb", "#", &[r"(?<v>[0-9a-f]{32}):\*:Tegakari\.Block\.md5:73"]),
    ("clamav-hsb", "#", &[r"(?<v>[0-9a-f]{40}|[0-9a-f]{64}):\*:Tegakari\.Block\.sha(1|256):73"]),
    ("clamav-fp", "#", &[]),
    ("clamav-sfp", "#", &[]),
    ("ipset", "#", &["create tegakari[46](_next)? hash:net family inet6? timeout 0 maxelem [0-9]+ -exist", "flush tegakari[46]_next",
        "add tegakari[46]_next (?<v>ADDR)( timeout [0-9]{1,7})? -exist", "swap tegakari([46]) tegakari[46]_next", "destroy tegakari[46]_next"]),
    ("iptables", "#", &[r"\*filter", r":TEGAKARI - \[0:0\]", "-A TEGAKARI -[sd] (?<v>ADDR) -j DROP", "COMMIT"]),
    ("ip6tables", "#", &[r"\*filter", r":TEGAKARI - \[0:0\]", "-A TEGAKARI -[sd] (?<v>ADDR) -j DROP", "COMMIT"]),
    ("apache", "#", &["<RequireAll>", "  Require all granted", "  Require not ip (?<v>ADDR)", "</RequireAll>"]),
    ("bird", "#", &["protocol static tegakari[46] \\{", "  ipv[46];", "  route (?<v>ADDR) blackhole;", "\\}"]),
    ("exabgp", "#", &["template \\{", "  neighbor tegakari \\{", "    flow \\{", "      route \\{ match \\{ destination (?<v>ADDR); \\} then \\{ discard; \\} \\}", " *\\}"]),
    ("fail2ban", "#", &[r"\[Definition\]", "(fail|ignore)regex =", r"    \^\(\?=(?<r>[0-9a-f:.\\]+)\\s\)<HOST>\\s"]),
    ("defender-kql", "//", KQL),
    ("sentinel-kql", "//", KQL),
    ("lucene", "", &[r#"[a-z0-9.]+:\((?<l>"[^"\\]+"( OR "[^"\\]+")*)\)"#, r"dns\.question\.name:\(\*\.NAME( OR \*\.NAME)*\)"]),
    ("eql", "//", &["(any where |  )(false|[a-z0-9.]+ (:|in) \\((?<l>QUOTED)\\)|cidrMatch\\(destination\\.ip, (?<l2>QUOTED)\\))( or)?"]),
    ("esql", "//", &[r"FROM logs-\*", r#"(\| WHERE |  )(false|[A-Za-z0-9._()]+ IN \((?<l>QUOTED)\)|ENDS_WITH\(dns\.question\.name, "\.(?<v>NAME)"\)|CIDR_MATCH\(destination\.ip, (?<l2>QUOTED)\))( OR)?"#]),
    ("splunk", "", &[r"search (NOT \*|[a-z_]+ IN \(QUOTED\)( OR [a-z_]+ IN \(QUOTED\))*)"]),
    ("sigma", "#", &["---", "title: [A-Za-z0-9 ]+", "id: [0-9a-f-]{36}", "status: experimental", "description: [A-Za-z ]+", "author: Tegakari", "logsource:",
        "    (category|product): [a-z_]+", "detection:", "    selection_[01]:", "        [A-Za-z_|\\-]+:", "            - '(MD5=|SHA1=|SHA256=|\\.)?(?<w>[^']+)'",
        "    condition: 1 of selection_\\*", "falsepositives:", "    - Unlikely", "level: high"]),
    ("palo-alto-ip", "", &["(?<v>ADDR)"]),
    ("palo-alto-domain", "", &["(?<v>NAME)"]),
    ("palo-alto-url", "", &["(?<v>[^ ]+)"]),
    ("fortigate-ip", "#", &["(?<v>ADDR)"]),
    ("fortigate-domain", "#", &[r"(\*\.)?(?<v>NAME)"]),
    ("fortigate-url", "#", &["(?<v>[^ ]+)"]),
    ("fortigate-hash", "#", &["(?<v>[0-9a-f]{64}) tegakari"]),
    ("firepower-ip", "#", &["(?<v>ADDR)"]),
    ("firepower-domain", "#", &["(?<v>NAME)"]),
    ("firepower-url", "#", &["(?<v>[^ ]+)"]),
    // What Zeek's own reader wants (frameworks/intel): as many columns as fields, no empty one, types that there are.
    ("zeek", "# ", &["#fields\tindicator\tindicator_type\tmeta\\.source\tmeta\\.desc", "(?<v>ADDR)\tIntel::(AD{2}R|SUBNET)\ttegakari\tblock list", "(?<v>NAME)\tIntel::DOMAIN\ttegakari\tblock list",
        "(?<v>[^\t ]+)\tIntel::(URL|EMAIL)\ttegakari\tblock list", "(?<v>[0-9a-f]{32,64})\tIntel::FILE_HASH\ttegakari\tblock list"]),
    ("snort", "#", &["(?<v>ADDR)"]),
    ("pf", "#", &["(?<v>ADDR)"]),
    ("cisco-acl", "!", &["ip(v6)? access-list (extended )?TEGAKARI-BLOCK(-V6)?", " permit ip(v6)? any any", " deny ip(v6)? any (host (?<v>ADDR)|[0-9.]+ [0-9.]+|(?<v2>ADDR))"]),
    ("sysmon", "", &[r#"<Sysmon schemaversion="4\.50">"#, "  <HashAlgorithms>md5,sha1,sha256</HashAlgorithms>", " *</?[A-Z][A-Za-z]+>", r#"    <RuleGroup name="tegakari" groupRelation="or">"#,
        r#"      <[A-Z][A-Za-z]+ onmatch="include">"#, r#"        <[A-Z][A-Za-z]+ condition="(is|end with|contains)">[A-Za-z0-9_.:=\-]+</[A-Z][A-Za-z]+>"#]),
    ("velociraptor", "#", &["name: Custom\\.Tegakari\\.BlockList", "description: [A-Za-z ]+", "type: CLIENT", "sources:", "  - name: [A-Z][a-z]+", "    query: \\|",
        "      LET (addresses|hashes) <= \\[(?<l>QUOTED)?\\]", "      SELECT [^\"';]+"]),
];

#[rustfmt::skip]
const KQL: &[&str] = &["print Entries = 0", "union",
    r"\([A-Za-z]+ \| where [A-Za-z0-9]+ in \((?<l>QUOTED)\)\),?",
    r"\([A-Za-z]+ \| where ipv4_is_in_any_range\([A-Za-z]+, dynamic\(\[(?<l>QUOTED)\]\)\) or ipv6_is_in_any_range\([A-Za-z]+, dynamic\(\[(?<l2>QUOTED)\]\)\)\),?",
    r#"\([A-Za-z]+ \| extend BlockedHost = tolower\(iff\([A-Za-z]+ has "://", tostring\(parse_url\([A-Za-z]+\)\.Host\), [A-Za-z]+\)\) \| where BlockedHost in \((?<l>QUOTED)\)\),?"#,
    r#"\([A-Za-z]+ \| extend BlockedHost = tolower\(iff\([A-Za-z]+ has "://", tostring\(parse_url\([A-Za-z]+\)\.Host\), [A-Za-z]+\)\) \| where BlockedHost matches regex @"\^\.\*\\\.\([a-z0-9_.\\|\-]+\)\$"\),?"#,
];

/// Whether the form is one of lines.
pub(crate) fn knows(id: &str) -> bool {
    FORMS.iter().any(|form| form.0 == id)
}

/// Reads a list as strictly as its form says.
pub(crate) fn check(format: &dyn ExportFormat, plan: &BlockPlan, text: &str) {
    let (id, mark, patterns) = FORMS.iter().find(|form| form.0 == format.id()).unwrap();
    let patterns: Vec<Regex> = patterns
        .iter()
        .map(|p| {
            let p = p
                .replace("QUOTED", r#""[^"\\]+"(?:, "[^"\\]+")*"#)
                .replace("ADDR", r"[0-9a-f.:]+(?:/[0-9]{1,3})?")
                .replace("NAME", NAME);
            Regex::new(&format!("^(?:{p})$")).unwrap()
        })
        .collect();
    let known = known(format, plan);
    let lines: Vec<&str> = if text.is_empty() {
        Vec::new()
    } else {
        text.strip_suffix('\n')
            .expect("the last line is whole")
            .split('\n')
            .collect()
    };
    let head = if mark.is_empty() {
        0
    } else {
        let head = lines.iter().take_while(|l| l.starts_with(mark)).count();
        assert!(
            (5..=12).contains(&head),
            "{id}: header of {head} lines in {text}"
        );
        head
    };
    for line in &lines {
        assert!(
            !line.chars().any(|c| c.is_control() && c != '\t'),
            "{id}: {line:?}"
        );
    }
    for line in &lines[head..] {
        let found = patterns.iter().find_map(|p| p.captures(line));
        let Some(found) = found else {
            panic!("{id}: no such line in this form: {line:?}");
        };
        let group = |name: &str| found.name(name).map(|m| m.as_str().to_owned());
        let mut values: Vec<String> = [group("v"), group("v2")].into_iter().flatten().collect();
        values.extend(group("r").map(|r| r.replace('\\', "")));
        values.extend(group("w").map(|w| w.replace('\\', "")));
        values.extend(group("b").map(|b| base64(&b)));
        for list in [group("l"), group("l2")].into_iter().flatten() {
            values.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
        }
        for value in values {
            let bare = value.trim_start_matches("*.");
            assert!(
                known.contains(bare),
                "{id}: {value:?} is not in the plan: {line:?}"
            );
        }
    }
}

/// Values as lists write them: as they are, addresses short and with their length, URLs without a scheme.
fn known(format: &dyn ExportFormat, plan: &BlockPlan) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for entry in &plan.entries {
        let observable = &entry.indicator.observable;
        let value = observable.value();
        if !format.accepts(observable.kind()) {
            continue;
        }
        known.insert(value.to_owned());
        known.extend(value.split_once("://").map(|(_, rest)| rest.to_owned()));
        let net = value
            .parse::<std::net::IpAddr>()
            .map(ipnet::IpNet::from)
            .or_else(|_| value.parse());
        if let Ok(net) = net {
            known.insert(net.trunc().to_string());
            known.insert(net.network().to_string());
        }
    }
    known
}

fn base64(text: &str) -> String {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for c in text.trim_end_matches('=').chars() {
        bits = bits << 6 | u32::try_from(digits.find(c).unwrap()).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 255).unwrap());
        }
    }
    String::from_utf8(out).unwrap()
}
