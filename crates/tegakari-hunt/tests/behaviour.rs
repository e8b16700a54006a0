//! Rules of behaviour in hunts: real event files, outcomes in any order, and every kind of log.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests may fail, and say so when they skip"
)]

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tegakari_hunt::{Asked, Input, Outcome, Plan, Rules, conclude, hunt_input};
use tegakari_model::{Behaviours, HuntResult, RuleLevel, TimeRange};
use tegakari_sigma::{RuleFile, RuleSet};

fn shared(path: &str) -> Option<PathBuf> {
    let full = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("SKIP: ../shared/data/{path} is not there");
    None
}

fn plan(files: &[(String, Vec<u8>)]) -> Plan {
    let files: Vec<RuleFile<'_>> = files
        .iter()
        .map(|(name, text)| RuleFile { name, text })
        .collect();
    let set = RuleSet::compile(&files, &[], &mut Vec::new());
    let rules = Rules::new(Arc::new(set), RuleLevel::Informational, "test");
    let (plan, _) = Plan::new(Vec::new(), TimeRange::default());
    plan.with_rules(Arc::new(rules))
}

fn search(plan: &Plan, name: &str, bytes: &[u8]) -> Outcome {
    let input = Input::new(name, Box::new(bytes));
    hunt_input(input, plan, &|_| ControlFlow::Continue(()))
}

fn concluded(plan: &Plan, outcome: Outcome) -> HuntResult {
    conclude(outcome, plan, &[], Asked::default())
}

fn behaviours(plan: &Plan, outcome: Outcome) -> Behaviours {
    *concluded(plan, outcome).behaviours.unwrap()
}

fn below(folder: &Path, ending: &str, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, ending, out);
        } else if path.extension().is_some_and(|end| end == ending) {
            out.push(path);
        }
    }
}

/// All of SigmaHQ's rules.
fn sigma() -> Option<(PathBuf, Plan)> {
    let root = shared("sigma")?;
    let mut paths = Vec::new();
    for folder in ["rules", "rules-emerging-threats", "rules-threat-hunting"] {
        below(&root.join(folder), "yml", &mut paths);
    }
    let files: Vec<(String, Vec<u8>)> = paths
        .iter()
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
        .collect();
    Some((root, plan(&files)))
}

#[test]
fn every_sample_sets_off_its_rule_as_often_as_its_authors_say() {
    let Some((root, plan)) = sigma() else { return };
    let expected = fs::read_to_string(root.join("regression/EXPECTED.tsv")).unwrap();
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for line in expected.lines().skip(1) {
        let mut cells = line.split('\t');
        let (file, id) = (cells.next().unwrap(), cells.next().unwrap());
        let count: Option<u64> = cells.next().and_then(|count| count.parse().ok());
        let bytes = fs::read(root.join("regression").join(file)).unwrap();
        let said = behaviours(&plan, search(&plan, file, &bytes));
        let fired = said.observed.iter().find(|one| one.rule.id == id);
        let got = fired.map_or(0, |one| one.count);
        asked += 1;
        // One of the samples holds a second record that is what the rule describes.
        let twice = id == "c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e" && got == 2;
        if got == 0 || !twice && count.is_some_and(|count| count != got) {
            wrong.push(format!("{id}: {got} of {count:?}"));
        }
        // Each rule is in one of three lists.
        let all = said.observed.len() + said.silent.len() + said.blind_rules();
        assert_eq!(said.rules, all as u64, "{file}");
    }
    assert_eq!(asked, 58);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn outcomes_say_the_same_in_any_order_and_after_they_were_kept() {
    let Some((_, plan)) = sigma() else { return };
    let Some(folder) = shared("evtx") else { return };
    let mut paths = Vec::new();
    below(&folder, "evtx", &mut paths);
    let outcomes: Vec<Outcome> = paths
        .iter()
        .take(40)
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            search(&plan, &name, &fs::read(path).unwrap())
        })
        .collect();
    let json = |order: &mut dyn Iterator<Item = &Outcome>| {
        let mut all = Outcome::default();
        for one in order {
            all.merge(one.clone());
        }
        serde_json::to_string(&concluded(&plan, all)).unwrap()
    };
    let forth = json(&mut outcomes.iter());
    assert!(forth.contains("\"observed\""));
    assert!(forth == json(&mut outcomes.iter().rev()), "order matters");
    let kept: Vec<Outcome> = outcomes
        .iter()
        .map(|one| Outcome::from_bytes(&one.to_bytes().unwrap()).unwrap())
        .collect();
    assert!(forth == json(&mut kept.iter()), "keeping changes it");
}

/// A rule for a log source, whose only search is given.
fn rule(title: &str, source: &str, search: &str) -> (String, Vec<u8>) {
    let text = format!(
        "title: {title}\nid: {title}\nlevel: high\nlogsource:\n  {}\ndetection:\n  s:\n    {search}\n  condition: s\n",
        source.replace(", ", "\n  ")
    );
    (format!("{title}.yml"), text.into_bytes())
}

#[test]
fn every_kind_of_log_reaches_the_rules_for_it() {
    // Title, log source, search, and a log that it matches.
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            "squid",
            "category: proxy",
            "c-uri|endswith: '/evil.php'",
            "1767225600.123    100 10.0.0.5 TCP_MISS/200 1024 GET http://a.example/evil.php - DIRECT/203.0.113.9 text/html\n",
        ),
        (
            "web",
            "category: webserver",
            "cs-uri-query|contains: '../../etc/passwd'",
            "203.0.113.9 - - [05/Jan/2026:10:00:00 +0000] \"GET /x?f=../../etc/passwd HTTP/1.1\" 200 12 \"-\" \"curl/8\"\n",
        ),
        (
            "iis",
            "category: webserver",
            "sc-status: 500",
            "#Software: IIS\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip sc-status\n2026-01-05 10:00:00 10.0.0.1 GET /a.aspx x=1 203.0.113.9 500\n",
        ),
        (
            "sudo",
            "product: linux, service: sudo",
            "USER: '#-1'",
            "2026-01-05T10:00:00Z web-1 sudo: alice : TTY=pts/0 ; PWD=/home/alice ; USER=#-1 ; COMMAND=/bin/sh\n",
        ),
        (
            "audit",
            "product: linux, service: auditd",
            "a1|contains: '/tmp/a b'",
            "type=SYSCALL msg=audit(1767225600.123:5): arch=c000003e syscall=59 success=yes exe=\"/usr/bin/touch\"\ntype=EXECVE msg=audit(1767225600.123:5): argc=2 a0=\"touch\" a1=2F746D702F612062\n",
        ),
        (
            "zeek",
            "category: dns",
            "record_type: TXT",
            "{\"ts\":1767225600.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":5353,\"id.resp_h\":\"10.9.9.9\",\"id.resp_p\":53,\"proto\":\"udp\",\"query\":\"a.example\",\"qtype_name\":\"TXT\"}\n",
        ),
        (
            "tsv",
            "product: zeek, service: rdp",
            "cookie: evil",
            "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tcookie\n#path\trdp\n",
        ),
        (
            "eve",
            "category: dns",
            "query|endswith: evil.example",
            "{\"timestamp\":\"2026-02-03T04:05:06.000000+0000\",\"flow_id\":1,\"event_type\":\"dns\",\"src_ip\":\"192.168.7.7\",\"src_port\":50000,\"dest_ip\":\"192.168.7.1\",\"dest_port\":53,\"proto\":\"UDP\",\"host\":\"ids-1\",\"dns\":{\"type\":\"query\",\"rrname\":\"c2.evil.example\",\"rrtype\":\"A\"}}\n",
        ),
        (
            "trail",
            "product: aws, service: cloudtrail",
            "userIdentity.type: Root",
            "{\"eventTime\":\"2026-01-05T10:00:00Z\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\",\"userIdentity\":{\"type\":\"Root\"}}\n",
        ),
        (
            "beat",
            "product: windows, category: process_creation",
            "Image|endswith: '\\evil.exe'",
            "{\"@timestamp\":\"2026-01-05T10:00:00Z\",\"host\":{\"name\":\"ws-1\"},\"winlog\":{\"channel\":\"Security\",\"event_id\":\"4688\",\"provider_name\":\"Microsoft-Windows-Security-Auditing\",\"event_data\":{\"NewProcessName\":\"C:\\\\evil.exe\"}}}\n",
        ),
        (
            "sysmon",
            "product: linux, category: process_creation",
            "CommandLine|contains: '/dev/tcp'",
            "Jan  5 10:00:00 web-1 sysmon[7]: <Event><System><Provider Name=\"Linux-Sysmon\"/><EventID>1</EventID><Channel>Linux-Sysmon/Operational</Channel></System><EventData><Data Name=\"CommandLine\">sh -i &gt; /dev/tcp/1</Data></EventData></Event>\n",
        ),
        (
            "wall",
            "category: firewall",
            "dst_port: 4444",
            "time,src_ip,dst_ip,dst_port,action\n2026-01-05T10:00:00Z,10.0.0.5,203.0.113.9,4444,allow\n",
        ),
    ];
    for (title, source, search_for, log) in cases {
        let plan = plan(&[rule(title, source, search_for)]);
        let mut text = (*log).to_owned();
        if *title == "tsv" {
            text += "1767225600.5\tC1\t10.0.0.1\t5353\t10.9.9.9\t3389\tevil\n";
        }
        let said = behaviours(&plan, search(&plan, "f.log", text.as_bytes()));
        assert_eq!(said.observed.len(), 1, "{title}: {said:#?}");
        assert_eq!(said.observed[0].count, 1, "{title}");
    }
}
