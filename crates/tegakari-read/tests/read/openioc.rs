//! OpenIOC: the tree of AND and OR, conditions that are no values, and every field that holds one.

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, Logic, NameKind, ObservableKind as K, Report};
use tegakari_read::{Document, read};

fn report(text: &str) -> Report {
    let document = Document {
        name: "x.ioc",
        bytes: text.as_bytes(),
    };
    read(document, Knowledge::embedded())
}

fn ioc(definition: &str) -> Report {
    report(&format!(
        r#"<?xml version="1.0" encoding="us-ascii"?>
<ioc xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="6d2a1b03" last-modified="2013-02-01T00:00:00" xmlns="http://schemas.mandiant.com/2010/ioc">
<short_description>LAMP (FAMILY)</short_description><description>Steals lamps.</description><authored_by>Example CERT</authored_by><authored_date>2012-11-30T09:00:00</authored_date>
<links><link rel="family">LampRAT</link><link rel="report" href="https://blog.qlamp-research.com/lamp">a</link></links>
<definition><Indicator operator="OR" id="top">{definition}</Indicator></definition></ioc>"#
    ))
}

fn item(search: &str, condition: &str, value: &str) -> String {
    let document = search.split('/').next().unwrap_or("");
    format!(
        r#"<IndicatorItem id="{search}" condition="{condition}"><Context document="{document}" search="{search}" type="mir"/><Content type="string">{value}</Content></IndicatorItem>"#
    )
}

fn of(report: &Report, disposition: Disposition) -> Vec<(K, &str)> {
    let of = report
        .mentions
        .iter()
        .filter(|m| m.disposition == disposition);
    of.map(|m| (m.observable.kind(), m.observable.value()))
        .filter(|(k, v)| *k != K::Url || !v.contains("qlamp-research"))
        .collect()
}

const MD5: &str = "71fea034b422e4a17ebb06022532fdde";

#[test]
fn every_field_with_a_value_is_read() {
    for (search, value, want) in [
        ("FileItem/Md5sum", MD5, Some((K::Md5, MD5))),
        (
            "FileItem/FileName",
            "lamp7.dll",
            Some((K::FileName, "lamp7.dll")),
        ),
        (
            "FileItem/FullPath",
            "C:\\Windows\\lamp7.dll",
            Some((K::FilePath, "C:\\Windows\\lamp7.dll")),
        ),
        ("FileItem/SizeInBytes", "7168", None),
        ("FileItem/PEInfo/Sections/Section/Md5sum", MD5, None),
        (
            "Network/DNS",
            "c2.qlamp.com",
            Some((K::Domain, "c2.qlamp.com")),
        ),
        (
            "DnsEntryItem/Host",
            "c2.qlamp.com",
            Some((K::Domain, "c2.qlamp.com")),
        ),
        (
            "Network/URI",
            "http://qlamp.com/a",
            Some((K::Url, "http://qlamp.com/a")),
        ),
        ("Network/URI", "/search.asp", None),
        (
            "Network/UserAgent",
            "Lamp/1.0",
            Some((K::UserAgent, "Lamp/1.0")),
        ),
        (
            "PortItem/remoteIP",
            "185.220.7.9",
            Some((K::Ipv4, "185.220.7.9")),
        ),
        ("PortItem/remotePort", "443", None),
        (
            "RegistryItem/Path",
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\Lamp",
            Some((K::RegistryKey, "HKLM\\SOFTWARE\\Lamp")),
        ),
        (
            "ProcessItem/HandleList/Handle/Name",
            "LAMPMUTEX",
            Some((K::Mutex, "LAMPMUTEX")),
        ),
        (
            "ProcessItem/name",
            "lampproc.exe",
            Some((K::FileName, "lampproc.exe")),
        ),
        (
            "ServiceItem/name",
            "LampSvc",
            Some((K::ServiceName, "LampSvc")),
        ),
        (
            "ServiceItem/serviceDLL",
            "C:\\lamp7.dll",
            Some((K::FilePath, "C:\\lamp7.dll")),
        ),
        ("Email/From", "a@qlamp.com", Some((K::Email, "a@qlamp.com"))),
        (
            "FileItem/PEInfo/DigitalSignature/CertificateSubject",
            "Lamp Inc",
            None,
        ),
    ] {
        let report = ioc(&item(search, "is", value));
        let got = of(&report, Disposition::Ioc);
        assert_eq!(
            got,
            want.into_iter().collect::<Vec<_>>(),
            "{search}: {:?}",
            report.mentions
        );
        assert_eq!(report.source.format, "openioc");
    }
}

#[test]
fn conditions_that_are_no_equality_are_no_values() {
    for condition in ["contains", "isnot", "containsnot", "starts-with", "matches"] {
        let report = ioc(&item("FileItem/FileName", condition, "lamp7.dll"));
        assert_eq!(of(&report, Disposition::Ioc), [], "{condition}");
    }
    let negated = item("FileItem/FileName", "is", "lamp7.dll")
        .replace("condition=", "negate=\"true\" condition=");
    assert_eq!(of(&ioc(&negated), Disposition::Ioc), []);
}

#[test]
fn a_harmless_tools_hash_beside_a_name_is_no_indicator_alone() {
    // As in mandiant/iocs#7: the password viewer is harmless unless it is called like this.
    let both = format!(
        r#"{}<Indicator operator="AND" id="and">{}{}</Indicator>"#,
        item("Network/DNS", "is", "c2.qlamp.com"),
        item("FileItem/Md5sum", "is", MD5),
        item("FileItem/FileName", "is", "mailpv7.exe"),
    );
    let report = ioc(&both);
    assert_eq!(of(&report, Disposition::Ioc), [(K::Domain, "c2.qlamp.com")]);
    assert_eq!(of(&report, Disposition::Unsure).len(), 2);
    let hash = report
        .mentions
        .iter()
        .find(|m| m.observable.value() == MD5)
        .unwrap();
    assert_eq!(hash.only_with, ["FileItem/FileName is \"mailpv7.exe\""]);
    let Logic::Or(parts) = &report.composites[0].logic else {
        panic!("{:?}", report.composites)
    };
    assert!(matches!(&parts[1], Logic::And(parts) if parts.len() == 2));
    let json = serde_json::to_string(&report).unwrap();
    assert!(
        json.contains("\"only_with\"") && json.contains("\"and\":["),
        "{json}"
    );
}

#[test]
fn what_follows_from_the_hash_does_not_weaken_it() {
    let report = ioc(&format!(
        r#"<Indicator operator="AND">{}{}</Indicator>"#,
        item("FileItem/Md5sum", "is", MD5),
        item("FileItem/SizeInBytes", "is", "7168"),
    ));
    assert_eq!(of(&report, Disposition::Ioc), [(K::Md5, MD5)]);
    assert_eq!(report.composites.len(), 1);
}

#[test]
fn what_is_said_about_the_whole_is_read() {
    let report = ioc(&item("Network/DNS", "is", "c2.qlamp.com"));
    assert_eq!(report.title.as_deref(), Some("LAMP (FAMILY)"));
    assert_eq!(report.publisher.as_deref(), Some("Example CERT"));
    assert_eq!(
        report.published.as_ref().map(|d| d.0.as_str()),
        Some("2012-11-30")
    );
    assert_eq!(
        report
            .names
            .iter()
            .map(|n| (n.text.as_str(), n.kind))
            .collect::<Vec<_>>(),
        [("LampRAT", NameKind::Malware)]
    );
    assert!(
        report
            .mentions
            .iter()
            .any(|m| m.disposition == Disposition::Reference)
    );
    let domain = report
        .mentions
        .iter()
        .find(|m| m.observable.kind() == K::Domain)
        .unwrap();
    assert_eq!(domain.labels, ["LampRAT"]);
    assert_eq!(domain.citations[0].line, Some(5));
}

#[test]
fn version_1_1_is_read_too() {
    let report = report(
        r#"<OpenIOC xmlns="http://openioc.org/schemas/OpenIOC_1.1" id="1" last-modified="2014-01-01T00:00:00" published-date="2014-02-01T00:00:00">
        <metadata><short_description>Lamp</short_description><links><link rel="malware">LampRAT</link></links></metadata>
        <criteria><Indicator operator="OR" id="a"><IndicatorItem id="b" condition="is" preserve-case="false" negate="false">
        <Context document="FileItem" search="FileItem/Md5sum" type="mir"/><Content type="md5">71fea034b422e4a17ebb06022532fdde</Content></IndicatorItem></Indicator></criteria></OpenIOC>"#,
    );
    assert_eq!(of(&report, Disposition::Ioc), [(K::Md5, MD5)]);
    assert_eq!(
        report.published.as_ref().map(|d| d.0.as_str()),
        Some("2014-02-01")
    );
}

#[test]
fn hostile_files_end() {
    let deep = format!(
        "{}{}",
        "<Indicator operator='AND'>".repeat(100_000),
        item("Network/DNS", "is", "c2.qlamp.com")
    );
    assert!(!ioc(&deep).problems.is_empty());
    let wide: String = (0..20_000)
        .map(|i| item("FileItem/FileName", "is", &format!("a{i}.exe")))
        .collect();
    let started = std::time::Instant::now();
    let report = ioc(&format!("<Indicator operator='AND'>{wide}</Indicator>"));
    assert_eq!(report.mentions.len(), 20_001);
    assert!(started.elapsed().as_secs() < 30);
}
