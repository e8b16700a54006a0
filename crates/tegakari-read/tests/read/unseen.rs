//! Layouts met in documents that the reader had not seen, a row each: names with blanks, HTML inside Markdown,
//! tables of attributes, titles between the rows of a table, and what stands where a value should.

use tegakari_model::{Disposition as D, ObservableKind as K};

use crate::report;

const A: &str = "8b9a0b44b738c7884e6a14f4cb18afff";
const B: &str = "9478050023c7f8668df4fc39b0ddd79c";

/// The values of a kind, and whether each is an indicator.
#[track_caller]
fn check(name: &str, text: &str, kind: K, want: &[(&str, bool)]) {
    let report = report(name, text);
    let got: Vec<(&str, bool)> = report
        .mentions
        .iter()
        .filter(|m| m.observable.kind() == kind)
        .map(|m| (m.observable.value(), m.disposition == D::Ioc))
        .collect();
    assert_eq!(got, want, "{text}\n{:?}", report.mentions);
}

/// The files of a text: MD5, names and detections.
#[track_caller]
fn files(name: &str, text: &str, want: &[(&str, &[&str], &[&str])]) {
    let report = report(name, text);
    let got: Vec<(&str, Vec<&str>, Vec<&str>)> = report
        .files
        .iter()
        .map(|f| {
            (
                f.md5.as_deref().unwrap_or(""),
                f.names.iter().map(String::as_str).collect(),
                f.detections.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    let want: Vec<(&str, Vec<&str>, Vec<&str>)> = want
        .iter()
        .map(|(h, n, d)| (*h, n.to_vec(), d.to_vec()))
        .collect();
    assert_eq!(got, want, "{text}");
}

#[test]
fn a_name_with_blanks_is_whole() {
    for (text, name) in [
        (
            format!("Hashes:\n\n{A}        Outlook Signature.exe\n"),
            "Outlook Signature.exe",
        ),
        (
            format!("- {A} – Setup Wizard.msi – the installer\n"),
            "Setup Wizard.msi",
        ),
        (
            format!("- {A}（令和8年度 会議資料.zip）\n"),
            "令和8年度 会議資料.zip",
        ),
        (
            format!("* `{A}` - `Interview Task (v2).zip` - archive\n"),
            "Interview Task (v2).zip",
        ),
        (
            format!("Remit Slip 4471.iso – MD5: {A}\n"),
            "Remit Slip 4471.iso",
        ),
    ] {
        files("a.md", &text, &[(A, &[name], &[])]);
    }
    // The list says how far back the name in the sentence reaches.
    check(
        "a.md",
        &format!(
            "The victim opens Quarterly Results 2026.pdf.lnk by hand, and then it runs.\n\n| File name | MD5 |\n|---|---|\n| Quarterly Results 2026.pdf.lnk | {A} |\n"
        ),
        K::FileName,
        &[("Quarterly Results 2026.pdf.lnk", true)],
    );
    check(
        "a.txt",
        "It is written as %AppData%\\Microsoft\\Signatures\\Outlook Signature.exe. Then it starts.\n",
        K::FilePath,
        &[(
            "%AppData%\\Microsoft\\Signatures\\Outlook Signature.exe",
            true,
        )],
    );
    // Titles are capitalised whatever they hold.
    check(
        "a.md",
        "# Suspicious Client Execution Via Evilstarter.EXE\n\nText.\n",
        K::FileName,
        &[("Evilstarter.EXE", true)],
    );
}

#[test]
fn html_inside_markdown_is_read() {
    let table = format!(
        "# List\n\n<table>\n<tr><th>File name</th><th>MD5</th></tr>\n\n    <tr><td>a.exe</td><td>{A}</td></tr>\n\n<tr><td>b.exe</td><td>{B}</td></tr>\n</table>\n\nText after it.\n"
    );
    files(
        "a.md",
        &table,
        &[(A, &["a.exe"], &[]), (B, &["b.exe"], &[])],
    );
    check(
        "a.md",
        "See <a href=\"https://research.example/post\">our post</a> and more.\n\n<details>\n<summary>IoC</summary>\n\n- evil[.]example\n\n</details>\n",
        K::Url,
        &[("https://research.example/post", false)],
    );
    let lines = report(
        "a.md",
        "# A\n\n<h4>Hashes</h4>\n<ul>\n<li>8b9a0b44b738c7884e6a14f4cb18afff</li>\n</ul>\n",
    );
    let md5 = lines
        .mentions
        .iter()
        .find(|m| m.observable.kind() == K::Md5)
        .unwrap();
    assert_eq!(md5.citations[0].line, Some(5), "{md5:?}");
}

#[test]
fn rows_of_a_table_may_be_attributes() {
    for header in ["項目 | 内容", "Attribute | Value", "Property | Details"] {
        files(
            "a.md",
            &format!(
                "## 検体\n\n| {header} |\n|---|---|\n| ファイル名 | 請求書.xlsm |\n| MD5 | {A} |\n| 検出名 | Trojan:Win64/Loader.A!dha（M社）、TROJ_LOAD.YX（T社） |\n"
            ),
            &[(
                A,
                &["請求書.xlsm"],
                &["Trojan:Win64/Loader.A!dha", "TROJ_LOAD.YX"],
            )],
        );
    }
    files(
        "a.html",
        &format!(
            "<table><thead><tr><th>Attribute</th><th>Value</th><th>Confidence</th></tr></thead><tr><td><b>Filename</b></td><td>driver.sys</td><td>HIGH</td></tr><tr><td><b>MD5</b></td><td>{A}</td><td>HIGH</td></tr></table>"
        ),
        &[(A, &["driver.sys"], &[])],
    );
}

#[test]
fn a_table_may_have_titles_between_its_rows() {
    let text = format!(
        "<h2>Indicators of compromise</h2><table><thead><tr><th colspan=2>Files</th></tr><tr><th>MD5</th><th>File name</th></tr></thead>\
         <tr><td>{A}</td><td>update_svc</td></tr>\
         <tr><td colspan=2><b>Legitimate files abused for side-loading</b></td></tr><tr><td>{B}</td><td>helper.exe</td></tr>\
         <tr><td colspan=2>Network</td></tr><tr><th>Indicator</th><th>Type</th></tr><tr><td>evil-host[.]net</td><td>Domain</td></tr></table>"
    );
    files(
        "a.html",
        &text,
        &[(A, &["update_svc"], &[]), (B, &["helper.exe"], &[])],
    );
    check("a.html", &text, K::Md5, &[(A, true), (B, false)]);
    check("a.html", &text, K::Domain, &[("evil-host.net", true)]);
}

#[test]
fn what_stands_where_a_name_should_is_no_name() {
    files(
        "a.md",
        &format!(
            "| MD5 | File name | Detection | Note |\n|---|---|---|---|\n| {A} | 2022-03-22T18:28:52Z | N/A | loader |\n| {B} | — | Microsoft Visual C++ | |\n"
        ),
        &[],
    );
    files(
        "a.md",
        &format!("| Date | Name | MD5 |\n|---|---|---|\n| 10/12/25 | DECENT_WATERBED | {A} |\n"),
        &[],
    );
}

#[test]
fn a_mutex_under_its_heading_needs_no_mark() {
    check(
        "a.txt",
        &format!(
            "Indicators\n\nMutexes                 Occurrences\nRemcos-8KX2PQ           5\n{A}    6\n"
        ),
        K::Mutex,
        &[("Remcos-8KX2PQ", true), (A, true)],
    );
}

#[test]
fn numbers_with_dots_are_told_apart() {
    check(
        "a.txt",
        "It waits for a packet from 45.77.12[.]0/24. Then it starts.\n",
        K::Cidr,
        &[("45.77.12.0/24", true)],
    );
    check(
        "a.txt",
        "The appliance before 12.7.0.1 is exploited.\n",
        K::Ipv4,
        &[],
    );
}

#[test]
fn remarks_and_names_clear_files() {
    check(
        "a.md",
        &format!(
            "## IoC\n\n- {A}：Updater.exe（正規ファイル）\n- {B} – node.exe – legitimate runtime, not malicious\n"
        ),
        K::Md5,
        &[(A, false), (B, false)],
    );
    check(
        "a.md",
        &format!("The sample named Final_Presentation.app (MD5: {A}) was signed.\n"),
        K::FileName,
        &[("Final_Presentation.app", true)],
    );
    check(
        "a.txt",
        "email: a.person@evil.example\nname: Alexis\nmessage: Hello there\n",
        K::FileName,
        &[],
    );
    check(
        "a.md",
        "## Indicators\n\n* rules.yar\n* tasks.json\n",
        K::FileName,
        &[("rules.yar", false), ("tasks.json", false)],
    );
    // Beside a hash the name is that of a file that pretends to be the system's.
    check(
        "a.md",
        &format!("## Samples\n\n{A}  wscript.exe\n"),
        K::FileName,
        &[("wscript.exe", true)],
    );
    check(
        "a.txt",
        "SHA256s:\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n78816ea825209162f0e8a1aae007691f9ce39f1f2c37d930afaf5ac3af78e852\n",
        K::Sha256,
        &[
            (
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                false,
            ),
            (
                "78816ea825209162f0e8a1aae007691f9ce39f1f2c37d930afaf5ac3af78e852",
                true,
            ),
        ],
    );
}

#[test]
fn hives_in_angle_brackets_are_hives() {
    check(
        "a.txt",
        "Registry Keys      Occurrences\n<HKCU>\\SOFTWARE\\REMCOS-8KX2PQ      5\n",
        K::RegistryKey,
        &[("HKCU\\SOFTWARE\\REMCOS-8KX2PQ", true)],
    );
}
