//! What breaks readers of reports, one row each (see the rows' names), and hostile input.

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, ObservableKind as K, Report, TargetKind};
use tegakari_read::{Document, read};

fn report(name: &str, text: &str) -> Report {
    read(
        Document {
            name,
            bytes: text.as_bytes(),
        },
        Knowledge::embedded(),
    )
}

fn values(report: &Report, kind: K) -> Vec<String> {
    report
        .mentions
        .iter()
        .filter(|m| m.observable.kind() == kind)
        .map(|m| m.observable.value().to_owned())
        .collect()
}

/// The text has exactly these values of the kind, whatever they mean.
#[track_caller]
fn check(text: &str, kind: K, want: &[&str]) {
    let mut got = values(&report("a.txt", text), kind);
    got.sort();
    let mut want: Vec<String> = want.iter().map(|w| (*w).to_owned()).collect();
    want.sort();
    assert_eq!(got, want, "{text}");
}

#[test]
fn urls_end_where_they_end() {
    check(
        "詳細は [text](https://evil.example/y)です。",
        K::Url,
        &["https://evil.example/y"],
    );
    check(
        "攻撃者は https://evil.example/y)によると、配布した。",
        K::Url,
        &["https://evil.example/y"],
    );
    check(
        "https://evil.example/xを参照。",
        K::Url,
        &["https://evil.example/x"],
    );
    check(
        "see link:https://evil.example/[blog post].",
        K::Url,
        &["https://evil.example/"],
    );
    check(
        "at http://evil.example/a.zip?id=1, and later",
        K::Url,
        &["http://evil.example/a.zip?id=1"],
    );
    check(
        "hxxps[://]evil[.]example/a",
        K::Url,
        &["https://evil.example/a"],
    );
    check(
        "<a>http://evil.example/x</BaseUrl>",
        K::Url,
        &["http://evil.example/x"],
    );
    check(
        "http://evil.example/x&nbsp;and",
        K::Url,
        &["http://evil.example/x"],
    );
    check(
        "\"http://evil.example/x\"",
        K::Url,
        &["http://evil.example/x"],
    );
    check(
        "http://evil.example/x(RUN).txt",
        K::Url,
        &["http://evil.example/x(RUN).txt"],
    );
    check(
        "46.151.52.197/85.exe was fetched",
        K::Url,
        &["http://46.151.52.197/85.exe"],
    );
    check(
        "http://a.example/1,http://b.example/2",
        K::Url,
        &["http://a.example/1", "http://b.example/2"],
    );
    check(
        "http\\://evil\\.example/x",
        K::Url,
        &["http://evil.example/x"],
    );
}

#[test]
fn names_are_told_from_files_code_and_packages() {
    for text in [
        "the package com.fitness2you.club was removed",
        "runner.py and gh-token-monitor.sh, 1.zip, Setup.zip",
        "written in VB.NET with projFUD.PA",
        "calls os.path and System.Net and Net.WebClient",
        "検出名: PUA.Win.Dropper.Hackkms::tpd",
        "Detection: Coinminer:MBT.26mw.in14.Talos",
        "version 6.49.21 and 7.24.2",
    ] {
        check(text, K::Domain, &[]);
    }
    check(
        "runner.py and gh-token-monitor.sh, 1.zip",
        K::FileName,
        &["1.zip", "gh-token-monitor.sh", "runner.py"],
    );
    check("C2: evil[.]zip", K::Domain, &["evil.zip"]);
    check(
        "接続先は пример[.]example です",
        K::Domain,
        &["xn--e1afmkfd.example"],
    );
}

#[test]
fn times_and_serials_are_no_addresses() {
    check("at 22:24:13 and 10:00:01 UTC", K::Ipv6, &[]);
    check("std::vec and a::b", K::Ipv6, &[]);
    check(
        "serial 0a:1b:2c:3d:4e:5f:60:71:82:93:a4:b5:c6:d7:e8:f9",
        K::Mac,
        &[],
    );
    check(
        "serial 0a:1b:2c:3d:4e:5f:60:71:82:93:a4:b5:c6:d7:e8:f9",
        K::Ipv6,
        &[],
    );
    check(
        "talks to 2001:db8:85a3::8a2e:370:7334.",
        K::Ipv6,
        &["2001:db8:85a3::8a2e:370:7334"],
    );
    check(
        "Chrome/91.0.4472.124 and version 10.0.19041.1",
        K::Ipv4,
        &[],
    );
    check("OID 1.3.6.1.4.1", K::Ipv4, &[]);
    check(
        "185.238.]169.57 and 37.252.5.]133",
        K::Ipv4,
        &["185.238.169.57", "37.252.5.133"],
    );
    check("70.34.208.197|10086", K::Ipv4, &["70.34.208.197"]);
    check(
        "ｈｘｘｐ：／／１８５．２３８．１６９．５７／a",
        K::Url,
        &["http://185.238.169.57/a"],
    );
}

#[test]
fn hashes_are_told_from_wallets_and_glued_words() {
    let sha256 = "9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc";
    check(&format!("Description{sha256}Math_x"), K::Sha256, &[sha256]);
    check("0xE1f2395ee43e45A1556EC6438a88c31B83493103", K::Sha1, &[]);
    check(
        "0xE1f2395ee43e45A1556EC6438a88c31B83493103",
        K::Wallet,
        &["0xE1f2395ee43e45A1556EC6438a88c31B83493103"],
    );
    check("3f71525d531690a6b75cabe113b72215", K::Wallet, &[]);
    check(&sha256[..63], K::Sha256, &[]);
}

#[test]
fn mail_addresses_keep_their_own_letters() {
    check(
        "hosted at crevisoft.com, mail bad[at]evil[.]example",
        K::Email,
        &["bad@evil.example"],
    );
    check(
        "mimikatzlogs@anti[.]pm",
        K::Email,
        &["mimikatzlogs@anti.pm"],
    );
}

#[test]
fn paths_and_keys_keep_their_spaces_and_lose_their_data() {
    check(
        "HKCU\\Control Panel\\Cursors\\AppStarting = “%SystemRoot%\\x.cur”",
        K::RegistryKey,
        &["HKCU\\Control Panel\\Cursors\\AppStarting"],
    );
    check(
        "dropped C:\\Program Files\\Common Files\\a.dll and ran",
        K::FilePath,
        &["C:\\Program Files\\Common Files\\a.dll"],
    );
    check("in /tmp/.x/run and", K::FilePath, &["/tmp/.x/run"]);
    check(
        "pipe \\\\.\\pipe\\evil",
        K::NamedPipe,
        &["\\\\.\\pipe\\evil"],
    );
}

#[test]
fn meaning_is_judged_and_its_reasons_kept() {
    let text = "# Report\n\nThe implant connects to c2.evil-host[.]com. See [Example](https://blog.some-vendor-of-ours.com/post).\n\n## Indicators of compromise\n\n- 8.8.8.8\n- 203.0.114.9\n\n## References\n\n- https://news.some-paper-of-ours.org/a\n";
    let report = report("a.md", text);
    let meaning = |value: &str| {
        report
            .mentions
            .iter()
            .find(|m| m.observable.value() == value)
            .map(|m| (m.disposition, !m.reasons.is_empty()))
    };
    assert_eq!(meaning("c2.evil-host.com"), Some((Disposition::Ioc, true)));
    assert_eq!(meaning("203.0.114.9"), Some((Disposition::Ioc, true)));
    assert_eq!(
        meaning("8.8.8.8"),
        Some((Disposition::Benign, true)),
        "a public resolver is kept and demoted"
    );
    assert_eq!(
        meaning("https://blog.some-vendor-of-ours.com/post").map(|m| m.0),
        Some(Disposition::Reference)
    );
    assert_eq!(
        meaning("https://news.some-paper-of-ours.org/a").map(|m| m.0),
        Some(Disposition::Reference)
    );
}

#[test]
fn news_never_make_victims() {
    let report = report(
        "a.md",
        "# X\n\nThe group targeted banks in Japan.\n\n## Headlines\n\nAttackers targeted hospitals in France.\n",
    );
    let attacked: Vec<&str> = report
        .targets
        .iter()
        .filter(|t| t.attacked)
        .map(|t| t.text.as_str())
        .collect();
    assert_eq!(attacked, ["banks", "Japan"]);
    assert!(
        report
            .targets
            .iter()
            .any(|t| t.text == "France" && !t.attacked)
    );
}

#[test]
fn where_attackers_come_from_is_a_claim_and_no_victim() {
    let report = report(
        "a.md",
        "# An Iran-linked group\n\nThe Iranian threat group targeted Israeli companies and South Korean users.\n\nNorth Korea wages a campaign against banks in Japan. 中国系の攻撃グループが標的にした。\n\n## Headlines\n\nA Russian espionage group was seen elsewhere.\n",
    );
    let origins: Vec<(&str, usize)> = report
        .origins
        .iter()
        .map(|o| (o.country.code(), o.citations.len()))
        .collect();
    assert_eq!(origins, [("IR", 2), ("KP", 1), ("CN", 1)]);
    let mut attacked: Vec<String> = report
        .targets
        .iter()
        .filter(|t| t.attacked)
        .filter_map(|t| match &t.target {
            TargetKind::Country(country) => Some(country.code().to_owned()),
            TargetKind::Sector(_) => None,
        })
        .collect();
    attacked.sort();
    assert_eq!(attacked, ["IL", "JP", "KR"]);
}

#[test]
fn a_host_defanged_once_and_a_service_that_shortens_links() {
    let report = report(
        "a.md",
        "# Report\n\nThe script posts to hxxp[:]//drop.evil-host.com/le/post.php after a while.\n\nThen it reads http://drop.evil-host.com/le/del.php as well.\n\nLinks were hidden behind tinyurl[.]com, such as hxxps://tinyurl[.]com/update-now here.\n",
    );
    let meaning = |value: &str| {
        report
            .mentions
            .iter()
            .find(|m| m.observable.value() == value)
            .map(|m| m.disposition)
    };
    let ioc = Some(Disposition::Ioc);
    assert_eq!(meaning("http://drop.evil-host.com/le/del.php"), ioc);
    assert_eq!(meaning("https://tinyurl.com/update-now"), ioc);
    assert_eq!(meaning("tinyurl.com"), Some(Disposition::Benign));
}

#[test]
fn hostile_strings_are_read_without_harm() {
    for text in [
        "<script>alert(1)</script> evil[.]example",
        "\u{1b}[31m\u{1b}]0;x\u{7} evil[.]example",
        "\u{202e}elpmaxe.live evil[.]example",
        "=cmd|' /C calc'!A0,evil[.]example",
        "a\0b evil[.]example",
    ] {
        let report = report("x", text);
        assert!(
            values(&report, K::Domain).contains(&"evil.example".to_owned()),
            "{text:?}"
        );
        assert!(
            report
                .mentions
                .iter()
                .all(|m| !m.observable.value().chars().any(char::is_control))
        );
    }
}

#[test]
fn deep_and_long_input_ends() {
    for text in [
        "[".repeat(200_000),
        "<div>".repeat(100_000),
        "[.]".repeat(200_000),
        "http://".repeat(100_000),
        "a.".repeat(300_000),
        ":".repeat(300_000),
        "\\".repeat(300_000),
        "((((".repeat(100_000),
        "C:\\a b ".repeat(80_000),
        format!("{{\"type\":\"bundle\",\"objects\":{}", "[".repeat(100_000)),
        "| a ".repeat(100_000),
    ] {
        let _ = report("x", &text);
    }
}

#[test]
fn a_list_says_what_of_each_row_it_is_and_loses_none_without_a_word() {
    let list = "id,type,value\n\
        1,domain,*.below.bad-wild.net\n\
        2,user_agent,Mozilla/4.0 (compatible; Favado 0.1; Win32)\n\
        3,domain,bad-country.py\n\
        4,ipv4,203.0.114.7\n\
        5,domain,no name at all\n\
        6,mutex,Global\\zq81\n";
    let report = report("list.csv", list);
    let values: Vec<(K, &str)> = report
        .mentions
        .iter()
        .map(|m| (m.observable.kind(), m.observable.value()))
        .collect();
    for wanted in [
        (K::Domain, "below.bad-wild.net"),
        (K::UserAgent, "Mozilla/4.0 (compatible; Favado 0.1; Win32)"),
        (K::Domain, "bad-country.py"),
        (K::Mutex, "Global\\zq81"),
    ] {
        assert!(values.contains(&wanted), "{wanted:?} in {values:?}");
    }
    let lost: Vec<&str> = report.problems.iter().map(|p| p.what.as_str()).collect();
    assert_eq!(
        lost,
        [
            "\"value\" holds \"no name at all\", which is not wholly a value of type domain: \
             a label is empty, too long or holds characters that names cannot have"
        ]
    );
    assert_eq!(report.problems[0].place, "list.csv:6");
}

#[test]
fn a_list_without_a_word_is_named_by_its_file() {
    let names = |file: &str, text: &str| -> Vec<(String, Option<String>)> {
        let report = report(file, text);
        let mut names: Vec<_> = report
            .names
            .iter()
            .map(|n| {
                (
                    n.text.clone(),
                    n.citations.first().and_then(|c| c.path.clone()),
                )
            })
            .collect();
        names.sort();
        names
    };
    let list = "192.0.3.7\nbad-list.net\n";
    let from_file = Some("file name".to_owned());
    assert_eq!(
        names("2025/02/lotus-blossom-espionage-group.txt", list),
        [("Lotus Blossom".to_owned(), from_file)]
    );
    assert_eq!(names("/var/in/iocs_2025-02.csv", list), []);
    // A title of its own says better what a document is about.
    assert_eq!(names("lotus-blossom.md", "# Notes\n\nSeen in March.\n"), []);
}
