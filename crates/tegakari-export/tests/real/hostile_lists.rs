//! Five hundred values of every kind, among them what attackers write to break out of a field, through every parser that
//! is installed: each list is taken, and what could not be written is told.

use std::fmt::Write as _;
use std::path::Path;

use tegakari_export::{Context, formats};
use tegakari_model::{
    BlockEntry, BlockPlan, Observable, ObservableKind as K, ReportId, Scope, Tlp,
};

use super::support::{beside, entry, folder, made, plan_of, private, run, told};

/// What breaks out of quotes, comments, lines, expressions, templates, markup and directions.
const HOSTILE: [&str; 16] = [
    "\"; sid:1; rev:1;)",
    "' OR '1'='1",
    "\\",
    "a\r\nb",
    "%0a%0d%22%00",
    "}; flush ruleset; table inet x {",
    "*/ condition: true /*",
    "]]><x>",
    "{{ 7 * 7 }}{% raw %}",
    "\u{202e}gpj.exe\u{2066}",
    "\u{2028}\u{85}\u{0}\u{1b}[31m",
    "$(id)`id`",
    "|id;&id",
    "${jndi:ldap://x}",
    "раура1.com",
    "<!--#exec-->",
];

/// The same five hundred and some, every time.
fn hostile_plan() -> BlockPlan {
    let mut entries: Vec<BlockEntry> = Vec::new();
    let mut add = |kind: K, value: &str, scope: Scope| {
        if Observable::new(kind, value).is_ok() {
            entries.push(entry(kind, value, scope));
        }
    };
    for n in 0..70_u32 {
        let tree = if n % 3 == 0 {
            Scope::Exact
        } else {
            Scope::Tree
        };
        add(K::Ipv4, &format!("45.{}.7.{}", n * 3, n), Scope::Exact);
        add(K::Ipv6, &format!("2a00:{n:x}::{n:x}7"), Scope::Exact);
        add(
            K::Cidr,
            &format!("46.{n}.0.0/{}", 17 + n % 16),
            Scope::Exact,
        );
        add(K::Cidr, &format!("2a01:{n:x}::/{}", 33 + n), Scope::Exact);
        add(K::Domain, &format!("c{n}.evil-{}.com", n % 7), tree);
        add(
            K::Url,
            &format!("http://h{n}.evil-u.com/a/{n}"),
            Scope::Exact,
        );
        add(K::Md5, &format!("{n:032x}"), Scope::Exact);
        add(K::Sha1, &format!("{n:040X}"), Scope::Exact);
        add(K::Sha256, &format!("{n:064x}"), Scope::Exact);
        add(K::Ja3, &format!("f{n:031x}"), Scope::Exact);
    }
    for text in HOSTILE {
        add(K::Domain, &format!("{text}.evil-h.com"), Scope::Tree);
        add(K::Domain, text, Scope::Tree);
        add(
            K::Url,
            &format!("http://evil-h.com/{text}?q={text}#{text}"),
            Scope::Exact,
        );
        add(K::Url, &format!("https://{text}.evil-h.com/"), Scope::Exact);
        add(K::Email, &format!("{text}@evil-h.com"), Scope::Exact);
    }
    // Names at the edge of what a name may be, and one that looks like another.
    let long = "x".repeat(63);
    add(
        K::Domain,
        &format!("{long}.{long}.{long}.evil-h.com"),
        Scope::Tree,
    );
    add(K::Domain, "日本語.evil-h.com", Scope::Tree);
    add(K::Domain, "_dmarc.evil-h.com", Scope::Exact);
    add(
        K::Url,
        &format!("http://evil-h.com/{}", "y".repeat(8000)),
        Scope::Exact,
    );
    let mut plan = plan_of(entries);
    plan.entries
        .dedup_by(|a, b| a.indicator.observable == b.indicator.observable);
    for (one, label) in plan.entries.iter_mut().zip(HOSTILE.iter().cycle()) {
        one.indicator.labels.push((*label).to_owned());
    }
    assert!(plan.entries.len() > 500);
    plan
}

/// A context in which everything that can be free text is hostile.
fn context() -> Context {
    let mut context = Context::new(HOSTILE.join("\n"));
    context.tlp = Some(Tlp::Amber);
    context.made = Some(made());
    context.valid_from = Some(made());
    let hostile = HOSTILE
        .iter()
        .map(|text| serde_json::from_value::<ReportId>((*text).into()));
    context.reports = hostile.map(Result::unwrap).collect();
    context
}

fn write_all(folder: &Path, plan: &BlockPlan) {
    for format in formats::ALL {
        let mut bytes = Vec::new();
        let written = format.write(plan, &context(), &mut bytes).unwrap();
        let told: usize = written.left_out.iter().map(|left| left.count).sum();
        if !matches!(format.id(), "held-back" | "clamav-fp" | "clamav-sfp") {
            assert_eq!(
                written.entries + told,
                plan.entries.len(),
                "{}",
                format.id()
            );
        }
        std::fs::write(folder.join(format.file_name()), bytes).unwrap();
    }
}

#[test]
fn checkers_take_what_hostile_values_became() {
    let folder = folder();
    let mut plan = hostile_plan();
    write_all(folder.path(), &plan);
    let checker = beside("tg-check");
    if !Path::new(&checker).exists() {
        println!("SKIP: tg-check is not installed");
        return;
    }
    let mut checked = 0;
    let mut check = |program: &str, arguments: &[&str], file: &str| {
        let path = folder.path().join(file);
        let mut all = arguments.to_vec();
        all.push(path.to_str().unwrap());
        let Some(output) = run(program, &all) else {
            return;
        };
        let said = told(&output);
        if said.contains("Cannot find module") || said.contains("ERR_MODULE_NOT_FOUND") {
            println!("SKIP: {program} lacks its modules");
            return;
        }
        let shown: String = said.chars().take(3000).collect();
        assert!(output.status.success(), "{file}: {shown}");
        checked += 1;
    };
    check(&checker, &["stix"], "block.stix.json");
    check(&checker, &["lucene"], "block.lucene.txt");
    check(&checker, &["eql"], "block.eql");
    check(&checker, &["yara"], "block.yar");
    check(&checker, &["openioc"], "block.ioc");
    if run("node", &["--version"]).is_some() {
        check(&beside("tg-check-kql"), &[], "block.defender.kql");
        check(&beside("tg-check-kql"), &[], "block.sentinel.kql");
        check(&beside("tg-check-adblock"), &[], "block.adblock.txt");
    }
    // `sigma check` warns of every escaped wildcard, and fails on warnings.
    plan.entries
        .retain(|e| !e.indicator.observable.value().contains(['?', '*']));
    write_all(folder.path(), &plan);
    check(&checker, &["sigma"], "tegakari_block_list.yml");
    println!("{checked} checks");
    assert!(checked >= 6);
}

/// Each program with the list that it takes, and words that it says of lines that it passed over.
const PROGRAMS: &[(&str, &[&str], &str)] = &[
    (
        "rpz",
        &["named-checkzone"],
        "named-checkzone -i local rpz.tegakari block.rpz",
    ),
    (
        "unbound",
        &["unbound-checkconf"],
        "printf 'server:\\n chroot: \"\"\\n username: \"\"\\n directory: \"%s\"\\ninclude: \"%s/block.unbound.conf\"\\n' $D $D > c; unbound-checkconf c",
    ),
    (
        "dnsmasq",
        &["dnsmasq"],
        "dnsmasq --test -C block.dnsmasq.conf",
    ),
    (
        "nftables",
        &["nft"],
        "nft -c -f block.nft && nft -f block.nft && nft list tables",
    ),
    (
        "squid",
        &["squid"],
        "printf 'acl d dstdomain -n \"%s/squid-domains.txt\"\\nacl a dst \"%s/squid-addresses.txt\"\\nacl u url_regex \"%s/squid-urls.txt\"\\nhttp_access deny d\\nhttp_access deny a\\nhttp_access deny u\\nhttp_port 127.0.0.1:3128\\npinger_enable off\\n' $D $D $D > c; squid -k parse -f c > o 2>&1; s=$?; cat o; grep -E 'WARNING|ERROR|FATAL' o && exit 9; exit $s",
    ),
    (
        "haproxy",
        &["haproxy"],
        "printf 'defaults\\n mode http\\n timeout connect 1s\\n timeout client 1s\\n timeout server 1s\\nfrontend f\\n bind 127.0.0.1:1\\n http-request deny if { src -f haproxy-addresses.lst }\\n http-request deny if { hdr(host) -m end -f haproxy-trees.lst }\\n http-request deny if { hdr(host) -m str -f haproxy-hosts.lst }\\n' > c; haproxy -c -f c",
    ),
    (
        "nginx",
        &["nginx"],
        "printf 'pid %s/p; error_log %s/e; events {} http { map_hash_bucket_size 512; map_hash_max_size 1048576; geo $s { default 0; include %s/nginx-geo.conf; } map $host $x { hostnames; default 0; include %s/nginx-map.conf; } }' $D $D $D $D > c; nginx -t -c $D/c",
    ),
    (
        "apache",
        &["apache2"],
        "printf 'ServerRoot %s\\nPidFile %s/p\\nErrorLog %s/e\\nListen 127.0.0.1:8080\\nServerName x\\nLoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\\nLoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\\nLoadModule authz_host_module /usr/lib/apache2/modules/mod_authz_host.so\\n<Location />\\nInclude %s/block.apache.conf\\n</Location>\\n' $D $D $D $D > c; apache2 -t -f $D/c",
    ),
    (
        "iptables",
        &["iptables-restore"],
        "iptables-restore --test --noflush block.iptables && ip6tables-restore --test --noflush block.ip6tables",
    ),
    (
        "bird",
        &["bird"],
        "(echo 'router id 192.0.2.1;'; cat block.bird.conf) > c; bird -p -c c",
    ),
    (
        "exabgp",
        &["exabgp"],
        "(cat block.exabgp.conf; echo 'neighbor 127.0.0.1 { inherit tegakari; router-id 192.0.2.1; local-address 127.0.0.1; local-as 65000; peer-as 65001; }') > c; exabgp --test c",
    ),
    (
        "fail2ban",
        &["fail2ban-regex"],
        "echo '45.9.7.3 - x' > l; fail2ban-regex l $D/block.fail2ban.conf",
    ),
    (
        "clamav",
        &["clamscan"],
        "mkdir db; mv block.hdb block.hsb allow.fp allow.sfp db; echo x > s; clamscan -d db --no-summary s",
    ),
    ("yara", &["yara"], "echo x > s; yara -w block.yar s"),
    (
        "xml",
        &["xmllint"],
        "xmllint --noout block.sysmon.xml block.ioc",
    ),
    (
        "json",
        &["python3"],
        "for f in *.json; do python3 -m json.tool $f >/dev/null || { echo $f; exit 9; }; done; python3 -c 'import csv,glob\nfor f in glob.glob(\"*.csv\"):\n  rows=list(csv.reader(open(f,newline=\"\"),strict=True))\n  assert len({len(r) for r in rows})==1, f'",
    ),
];

#[test]
fn programs_take_what_hostile_values_became() {
    let mut told_of = String::new();
    let plan = hostile_plan();
    for (name, needs, script) in PROGRAMS {
        let folder = folder();
        write_all(folder.path(), &plan);
        let Some(output) = private(needs, folder.path(), script) else {
            continue;
        };
        let said = told(&output);
        let shown: String = said.chars().take(2000).collect();
        let mut bad = !output.status.success();
        for word in ["ignoring", "unsupported record", "alformed"] {
            bad |= said.contains(word);
        }
        if bad {
            // All are run before it is told which failed.
            let _ = writeln!(told_of, "{name}: {shown}");
        }
    }
    assert!(told_of.is_empty(), "{told_of}");
}

#[test]
fn suricata_takes_what_hostile_values_became() {
    let checker = beside("tg-suricata-check");
    if !Path::new(&checker).exists() {
        println!("SKIP: Suricata is not installed");
        return;
    }
    let folder = folder();
    write_all(folder.path(), &hostile_plan());
    let place = format!("default-rule-path={}", folder.path().display());
    for rules in ["block.rules", "block-datasets.rules"] {
        let path = folder.path().join(rules);
        let output = run(&checker, &[path.to_str().unwrap(), "--set", &place]).unwrap();
        let said = told(&output);
        assert!(output.status.success(), "{rules}: {said}");
        assert!(
            said.contains(" 0 rules failed") || said.contains("rules successfully loaded, 0"),
            "{rules}: {said}"
        );
    }
}
