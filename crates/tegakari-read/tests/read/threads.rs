//! What users of other readers have reported, one row each under the thread that tells it: the shape of
//! the input is theirs, the names are ours. A row says all values of one kind that the text has.

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, ObservableKind as K, Report};
use tegakari_read::{Document, read};

fn report(name: &str, text: &str) -> Report {
    let bytes = text.as_bytes();
    read(Document { name, bytes }, Knowledge::embedded())
}

/// Every row's text has exactly these values of the kind, whatever they mean.
#[track_caller]
fn check(rows: &[(&str, &str, K, &[&str])]) {
    let mut wrong = String::new();
    for (thread, text, kind, want) in rows {
        let mut got: Vec<String> = report("a.txt", text)
            .mentions
            .iter()
            .filter(|m| m.observable.kind() == *kind)
            .map(|m| {
                // A URL as it is written; an empty path and `/` are the same.
                let value = m.written.as_deref().unwrap_or(m.observable.value());
                let bare = *kind == K::Url && value.matches('/').count() == 3;
                value
                    .strip_suffix('/')
                    .filter(|_| bare)
                    .unwrap_or(value)
                    .to_owned()
            })
            .collect();
        got.sort();
        let mut want: Vec<&str> = want.to_vec();
        want.sort_unstable();
        if got != want {
            wrong.push_str(&format!(
                "{thread}: {text:?}\n  got {got:?}, want {want:?}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_style_of_defanging_is_undone() {
    check(&[
        (
            "MISP/MISP#470",
            "meow://www.a-bad.example",
            K::Url,
            &["http://www.a-bad.example"],
        ),
        (
            "MISP/MISP#470",
            "meows://www.a-bad.example/x",
            K::Url,
            &["https://www.a-bad.example/x"],
        ),
        (
            "MISP/MISP#470",
            "h[tt]p://www.a-bad.example/x",
            K::Url,
            &["http://www.a-bad.example/x"],
        ),
        (
            "MISP/MISP#470",
            "h[tt]ps://www.a-bad.example/x",
            K::Url,
            &["https://www.a-bad.example/x"],
        ),
        (
            "MISP/MISP#470",
            "https://www[.]a-bad[.]example",
            K::Url,
            &["https://www.a-bad.example"],
        ),
        (
            "MISP/MISP#470",
            "a-bad[dot]example",
            K::Domain,
            &["a-bad.example"],
        ),
        (
            "MISP/MISP#4908",
            "hxtp://a-bad.example/1 hxtps://a-bad.example/2",
            K::Url,
            &["http://a-bad.example/1", "https://a-bad.example/2"],
        ),
        (
            "MISP/MISP#4908",
            "htxp://a-bad.example/1 htxps://a-bad.example/2",
            K::Url,
            &["http://a-bad.example/1", "https://a-bad.example/2"],
        ),
        (
            "MISP/MISP#4908",
            "httxs://a-bad.example/3",
            K::Url,
            &["https://a-bad.example/3"],
        ),
        (
            "MISP/MISP#2822",
            "evil@domain[.]example and other[@]domain.example",
            K::Email,
            &["evil@domain.example", "other@domain.example"],
        ),
        (
            "MISP/MISP#4805",
            "test[at]domain[.]example",
            K::Email,
            &["test@domain.example"],
        ),
        (
            "MISP/MISP#9989",
            "admin1[at]a-bad[dot]example admin2(@)a-bad(.)example",
            K::Email,
            &["admin1@a-bad.example", "admin2@a-bad.example"],
        ),
        (
            "pedramamini/iocextract#42",
            "hxxp[:]//a-bad[.]example/x hxxps[:]//b-bad[.]example/y",
            K::Url,
            &["http://a-bad.example/x", "https://b-bad.example/y"],
        ),
        (
            "ninoseki/ioc-extractor#16",
            "http[:]//a-bad.example https[:]//b-bad.example/x",
            K::Url,
            &["http://a-bad.example", "https://b-bad.example/x"],
        ),
        (
            "TracecatHQ/tracecat#3491",
            "hxxps://c2\\.a-bad\\.example/beacon?id=1",
            K::Url,
            &["https://c2.a-bad.example/beacon?id=1"],
        ),
        (
            "TracecatHQ/tracecat#3491",
            "203\\.0\\.114\\.7",
            K::Ipv4,
            &["203.0.114.7"],
        ),
        (
            "gchq/CyberChef#1358",
            "hxxps[://]a-bad[.]example/x",
            K::Url,
            &["https://a-bad.example/x"],
        ),
        (
            "gchq/CyberChef#1513",
            "203[.]0[.]114[.]10",
            K::Ipv4,
            &["203.0.114.10"],
        ),
        (
            "gchq/CyberChef#2395",
            "203.0[.]114.1 and 203[.]0.114[.]2",
            K::Ipv4,
            &["203.0.114.1", "203.0.114.2"],
        ),
        (
            "gchq/CyberChef#2395",
            "2001[:]db8[:][:]1",
            K::Ipv6,
            &["2001:db8::1"],
        ),
        (
            "sroberts/jager#23",
            "a-bad (dot) example and b-bad [dot] example",
            K::Domain,
            &["a-bad.example", "b-bad.example"],
        ),
        (
            "MISP/MISP#10716",
            "\u{2003}9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc\u{2003}",
            K::Sha256,
            &["9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc"],
        ),
        (
            "extraction.md: lone bracket",
            "203.0.]114.57 and 203.0[.114.58",
            K::Ipv4,
            &["203.0.114.57", "203.0.114.58"],
        ),
        (
            "extraction.md: inside",
            "a\u{200b}-bad[.]exam\u{ad}ple",
            K::Domain,
            &["a-bad.example"],
        ),
    ]);
}

#[test]
fn urls_end_where_their_authors_ended_them() {
    check(&[
        (
            "pedramamini/iocextract#6",
            "see \"http://a-bad.example/x\", then",
            K::Url,
            &["http://a-bad.example/x"],
        ),
        (
            "pedramamini/iocextract#6",
            "http://a-bad.example/x&nbsp;next",
            K::Url,
            &["http://a-bad.example/x"],
        ),
        (
            "pedramamini/iocextract#6",
            "<BaseUrl>http://a-bad.example/x</BaseUrl>",
            K::Url,
            &["http://a-bad.example/x"],
        ),
        (
            "pedramamini/iocextract#6",
            "http://a-bad.example/x(Please do not visit)",
            K::Url,
            &["http://a-bad.example/x"],
        ),
        (
            "pedramamini/iocextract#6",
            "http://a-bad.example/x. Then it",
            K::Url,
            &["http://a-bad.example/x"],
        ),
        (
            "pedramamini/iocextract#61",
            "198.51.100.7 and 198[.]51[.]100[.]8",
            K::Url,
            &[],
        ),
        (
            "pedramamini/iocextract#77",
            "101.28[.]225[.]248",
            K::Url,
            &[],
        ),
        (
            "pedramamini/iocextract#68",
            "All the bots are on hxxp://a-bad.example/bad/url these days.",
            K::Url,
            &["http://a-bad.example/bad/url"],
        ),
        (
            "pedramamini/iocextract#52",
            "http://a-bad.example/dir/../path/../../x/../y",
            K::Url,
            &["http://a-bad.example/dir/../path/../../x/../y"],
        ),
        (
            "fhightower/ioc-finder#2",
            "(a-bad[.]example",
            K::Domain,
            &["a-bad.example"],
        ),
        (
            "fhightower/ioc-finder#32",
            ".DownloadString('https://a-bad[.]example/rdp.ps1');g $I",
            K::Url,
            &["https://a-bad.example/rdp.ps1"],
        ),
        (
            "fhightower/ioc-finder#130",
            "DownloadString(\"https://a-bad[.]example/rdp.ps1\");g $I",
            K::Url,
            &["https://a-bad.example/rdp.ps1"],
        ),
        (
            "fhightower/ioc-finder#130",
            "Foo 'https://a-bad.example/about/'), bar",
            K::Url,
            &["https://a-bad.example/about/"],
        ),
        (
            "fhightower/ioc-finder#130",
            "url,https://a-bad.example/g/vfc9gs,Malicious discussion",
            K::Url,
            &["https://a-bad.example/g/vfc9gs"],
        ),
        (
            "fhightower/ioc-finder#82",
            "http://203.0.114.4/case/xxx.exe',$env:Temp+'\\newfile.Exe');(New-Object) i",
            K::Url,
            &["http://203.0.114.4/case/xxx.exe"],
        ),
        (
            "fhightower/ioc-finder#59",
            "http://a.track.example/L0/http:%2F%2Fwww.b.example%2Fx%23y/1/0100-00/mHJ=138",
            K::Url,
            &["http://a.track.example/L0/http:%2F%2Fwww.b.example%2Fx%23y/1/0100-00/mHJ=138"],
        ),
        (
            "fhightower/ioc-finder#255",
            "ldap://8a79.a-bad.example:39356/a\n116.89.189.30,dns.b.example,x",
            K::Url,
            &["ldap://8a79.a-bad.example:39356/a"],
        ),
        (
            "fhightower/ioc-finder#260",
            "85.93.4.0/25 and 85.93.39.32/27",
            K::Url,
            &[],
        ),
        (
            "fhightower/ioc-finder#260",
            "85.93.4.0/25 and 85.93.39.32/27",
            K::Cidr,
            &["85.93.4.0/25", "85.93.39.32/27"],
        ),
        (
            "fhightower/ioc-finder#104",
            "https://a.example/mail?url=http%3A%2F%2Fb.example%2Fx.jpg&t=1~C<http://c.example/CBA_pdf.zip>",
            K::Url,
            &[
                "https://a.example/mail?url=http%3A%2F%2Fb.example%2Fx.jpg&t=1~C",
                "http://c.example/CBA_pdf.zip",
            ],
        ),
        (
            "simsong/bulk_extractor#69",
            "(l &quot;http://a-bad.example&quot; r",
            K::Url,
            &["http://a-bad.example"],
        ),
        (
            "Shuffle/Shuffle#483",
            "hxxp://a-bad[.]example/x\n9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc",
            K::Url,
            &["http://a-bad.example/x"],
        ),
        (
            "Shuffle/Shuffle#483",
            "hxxp://a-bad[.]example/x\n9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc",
            K::Sha256,
            &["9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc"],
        ),
        (
            "MISP/MISP#748",
            "203.0.114.197/85.exe",
            K::Url,
            &["http://203.0.114.197/85.exe"],
        ),
        ("MISP/MISP#562", "udp.f1122.example", K::Url, &[]),
        (
            "extraction.md: Japanese",
            "[本文](https://a-bad.example/y)です。",
            K::Url,
            &["https://a-bad.example/y"],
        ),
        (
            "extraction.md: Japanese",
            "https://a-bad.example/y)によると、",
            K::Url,
            &["https://a-bad.example/y"],
        ),
        (
            "extraction.md: AsciiDoc",
            "link:https://a-bad.example/x/[blog post]",
            K::Url,
            &["https://a-bad.example/x/"],
        ),
        (
            "extraction.md: comma",
            "hxxp://a-bad[.]example/a.zip?id=1, and",
            K::Url,
            &["http://a-bad.example/a.zip?id=1"],
        ),
    ]);
}

#[test]
fn names_are_whole_and_are_names() {
    check(&[
        (
            "stamparm/maltrail#19281",
            "mail.nic.in[.]a-bad[.]example",
            K::Domain,
            &["mail.nic.in.a-bad.example"],
        ),
        (
            "fhightower/ioc-finder#47",
            "C2: BAD-HOST.COM",
            K::Domain,
            &["bad-host.com"],
        ),
        (
            "gchq/CyberChef#2300",
            "name.lastname@ was the sender",
            K::Domain,
            &[],
        ),
        (
            "gchq/CyberChef#1889",
            "hosts: a_b.a-bad[.]example",
            K::Domain,
            &["a_b.a-bad.example"],
        ),
        (
            "huckbit/extract-urls#5",
            "сайт пример[.]рф работает",
            K::Domain,
            &["xn--e1afmkfd.xn--p1ai"],
        ),
        (
            "MISP/MISP#2920",
            "test-of-ours.zip\ntest-of-ours.fun",
            K::Domain,
            &["test-of-ours.fun"],
        ),
        (
            "MISP/MISP#2920",
            "test-of-ours.zip\ntest-of-ours.fun",
            K::FileName,
            &["test-of-ours.zip"],
        ),
        (
            "MISP/MISP#2085",
            "bad-host-of-ours.top\nother-host-of-ours.win",
            K::Domain,
            &["bad-host-of-ours.top", "other-host-of-ours.win"],
        ),
        (
            "hasamba/DFIR-Companion#6",
            "artifacts.precondition and DetectRaptor.Windows.Detection.Amcache",
            K::Domain,
            &[],
        ),
        (
            "extraction.md: packages",
            "The app com.fitness4you.club was removed",
            K::Domain,
            &[],
        ),
        (
            "extraction.md: code",
            "VB.NET, projFUD.PA, os.path.join, System.Net.Sockets",
            K::Domain,
            &[],
        ),
        (
            "extraction.md: detections",
            "PUA.Win.Dropper.Hackkms::tpd and Coinminer:MBT.26mw.in14.Talos",
            K::Domain,
            &[],
        ),
        (
            "extraction.md: iocextract",
            "hosted at a-bad-host.com",
            K::Email,
            &[],
        ),
        (
            "extraction.md: iocextract",
            "and bad[at]evil[.]example",
            K::Email,
            &["bad@evil.example"],
        ),
    ]);
}

#[test]
fn addresses_are_told_from_times_versions_and_serials() {
    check(&[
        (
            "MISP/MISP#1919",
            "203.0.114.8:8080 and 203.0.114.9|443",
            K::Ipv4,
            &["203.0.114.8", "203.0.114.9"],
        ),
        (
            "OpenCTI-Platform/connectors#7622",
            "203.0.114.10\n203.0.114.11\n203.0.114.12\n203.0.114.13\n203.0.114.14\n203.0.114.15\n203.0.114.16",
            K::Ipv4,
            &[
                "203.0.114.10",
                "203.0.114.11",
                "203.0.114.12",
                "203.0.114.13",
                "203.0.114.14",
                "203.0.114.15",
                "203.0.114.16",
            ],
        ),
        (
            "extraction.md: times",
            "at 22:24:13 and 09:00:01",
            K::Ipv6,
            &[],
        ),
        (
            "extraction.md: serials",
            "serial 0a:1b:2c:3d:4e:5f:60:71:82:93:a4:b5:c6:d7:e8:f9",
            K::Ipv6,
            &[],
        ),
        (
            "extraction.md: serials",
            "serial 0a:1b:2c:3d:4e:5f:60:71:82:93:a4:b5:c6:d7:e8:f9",
            K::Mac,
            &[],
        ),
        (
            "extraction.md: wallets",
            "0xE1f2395ee43e45A1556EC6438a88c31B83493103",
            K::Sha1,
            &[],
        ),
        (
            "extraction.md: wallets",
            "3f71525d531690a6b75cabe113b72215",
            K::Wallet,
            &[],
        ),
        (
            "extraction.md: glued",
            "sha2569fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bccMath_x.js",
            K::Sha256,
            &[],
        ),
        (
            "extraction.md: glued",
            "hash9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bccMath_x.js",
            K::Sha256,
            &["9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc"],
        ),
    ]);
}

#[test]
fn hashes_in_links_are_read_and_known_for_what_they_are() {
    let hash = "2f3ec0e4998909bb0efab13c82d30708ca9f88679e42b75ef13ea0466951d862";
    check(&[(
        "fhightower/ioc-finder#87",
        "https://www.virustotal.com/gui/file/2f3ec0e4998909bb0efab13c82d30708ca9f88679e42b75ef13ea0466951d862/detection",
        K::Sha256,
        &[hash],
    )]);
}

#[test]
fn nothing_is_dropped_in_silence() {
    // OpenCTI-Platform/connectors#3201: a hidden list dropped 8.8.8.8 and 10.10.10.10.
    let text = "1.1.1.1\n2.2.2.2\n3.3.3.3\n4.4.4.4\n5.5.5.5\n6.6.6.6\n7.7.7.7\n8.8.8.8\n9.9.9.9\n10.10.10.10\n11.11.11.11\n";
    let report = report("a.txt", text);
    assert_eq!(report.mentions.len(), 11);
    let resolver = report
        .mentions
        .iter()
        .find(|m| m.observable.value() == "8.8.8.8")
        .map(|m| (m.disposition, m.reasons.join(" ")));
    let (disposition, reasons) = resolver.unwrap_or((Disposition::Unsure, String::new()));
    assert_eq!(disposition, Disposition::Benign);
    assert!(reasons.contains("on \""), "the list is named: {reasons}");
}

#[test]
fn the_author_is_no_indicator() {
    // malicialab/iocsearcher#2, OpenCTI-Platform/connectors#48: contact addresses became observables.
    let text = "# Report\n\nThe loader was hosted at evil-host-of-ours[.]top.\n\n## Contact\n\nFor questions write to info@cert-of-ours.org or visit https://www.cert-of-ours.org/contact.\n";
    let report = report("a.md", text);
    for mention in &report.mentions {
        let wanted = mention.observable.value() == "evil-host-of-ours.top";
        assert_eq!(
            mention.disposition == Disposition::Ioc,
            wanted,
            "{}: {:?}",
            mention.observable.value(),
            mention.reasons
        );
    }
    assert_eq!(report.mentions.len(), 3);
}

#[test]
fn a_link_to_a_scanner_is_no_indicator() {
    // MISP/MISP#1373: links to VirusTotal were exported for detection.
    let text = "IOCs\n\nhttps://www.virustotal.com/gui/file/2f3ec0e4998909bb0efab13c82d30708ca9f88679e42b75ef13ea0466951d862/detection\nhxxp://a-bad-host-of-ours[.]top/x\n";
    let report = report("a.txt", text);
    let meaning = |part: &str| {
        report
            .mentions
            .iter()
            .find(|m| m.observable.kind() == K::Url && m.observable.value().contains(part))
            .map(|m| m.disposition)
    };
    assert_eq!(meaning("virustotal"), Some(Disposition::Reference));
    assert_eq!(meaning("a-bad-host"), Some(Disposition::Ioc));
}

#[test]
fn facts_on_one_line_are_one_file() {
    // MISP/MISP#1740, #2971, #3611: the tie between hash and name was lost.
    for text in [
        "9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc  loader-of-ours.dll\n",
        "loader-of-ours.dll|9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc\n",
        "loader-of-ours.dll 9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc 3f71525d531690a6b75cabe113b72215\n",
        "9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc - loader-of-ours.dll\n",
        "- 9fc2570b7cef51c1b8df116d144d11ff4096357be7d2c4c6367cfc2509cf1bcc (loader-of-ours.dll)\n",
    ] {
        let report = report("a.txt", text);
        let files: Vec<_> = report
            .files
            .iter()
            .map(|f| (f.sha256.as_deref().unwrap_or("").len(), f.names.clone()))
            .collect();
        assert_eq!(
            files,
            [(64, vec!["loader-of-ours.dll".to_owned()])],
            "{text}"
        );
    }
}

#[test]
fn a_common_word_is_no_tool() {
    // OpenCTI-Platform/connectors#358: a tool called `at` flooded the result.
    let report = report(
        "a.txt",
        "They looked at the net and ping of the cloud at noon.",
    );
    assert!(report.names.is_empty(), "{:?}", report.names);
}
