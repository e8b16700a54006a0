//! Layouts in which vendors write: verdicts in a column, files in sentences and bullets, copies of PDFs,
//! lists that a sentence announces, and what values were used for.

use tegakari_model::{Disposition as D, IndicatorRole as R, Mention, Report};

use crate::report;

const A: &str = "8b9a0b44b738c7884e6a14f4cb18afff";
const B: &str = "9478050023c7f8668df4fc39b0ddd79c";

#[track_caller]
fn mention<'a>(report: &'a Report, value: &str) -> &'a Mention {
    let found = report
        .mentions
        .iter()
        .find(|m| m.observable.value() == value);
    found.unwrap_or_else(|| panic!("{value} is not found: {:?}", report.mentions))
}

/// What the values of a text are, each found by its spelling.
#[track_caller]
fn check(name: &str, text: &str, want: &[(&str, D)]) {
    let report = report(name, text);
    for (value, disposition) in want {
        let got = mention(&report, value);
        assert_eq!(
            got.disposition, *disposition,
            "{value}: {:?}\n{text}",
            got.reasons
        );
    }
}

/// The files of a text: names and hashes, in order.
#[track_caller]
fn files(name: &str, text: &str, want: &[(&[&str], &[&str])]) {
    let report = report(name, text);
    let got: Vec<(Vec<&str>, Vec<&str>)> = report
        .files
        .iter()
        .map(|f| {
            let hashes = [&f.md5, &f.sha1, &f.sha256];
            (
                f.names.iter().map(String::as_str).collect(),
                hashes.into_iter().flatten().map(String::as_str).collect(),
            )
        })
        .collect();
    let want: Vec<(Vec<&str>, Vec<&str>)> =
        want.iter().map(|(n, h)| (n.to_vec(), h.to_vec())).collect();
    assert_eq!(got, want, "{text}");
}

#[test]
fn a_verdict_in_a_row_or_before_a_line_is_the_authors() {
    check(
        "a.md",
        "## Hosts\n\n| Host | Verdict |\n|---|---|\n| bad-host.net | malicious |\n| good-host.net | legitimate |\n",
        &[("bad-host.net", D::Ioc), ("good-host.net", D::Benign)],
    );
    check(
        "a.md",
        "## Indicators\n\n- [malicious] bad-host.net\n- [false positive] 45.77.12.9\n- 45.77.12.10 (a scanner, do not block)\n",
        &[
            ("bad-host.net", D::Ioc),
            ("45.77.12.9", D::Benign),
            ("45.77.12.10", D::Benign),
        ],
    );
    check(
        "a.tsv",
        "# export, 2026\ntime\thost\tverdict\n1\tbad-host.net\tmalicious\n2\tgood-host.net\tclean\n",
        &[("bad-host.net", D::Ioc), ("good-host.net", D::Benign)],
    );
}

#[test]
fn a_table_that_sets_fakes_beside_real_sites_tells_them_apart() {
    check(
        "a.md",
        "## Impersonated brands\n\n| Brand | Real domain | Look-alike registered by the actors |\n|---|---|---|\n| Bank | real-bank.ch | real-bank-login.top |\n",
        &[("real-bank.ch", D::Benign), ("real-bank-login.top", D::Ioc)],
    );
    check(
        "a.md",
        "## 偽サイトと正規サイト\n\n| 組織 | 正規のドメイン | 偽のドメイン |\n|---|---|---|\n| 銀行 | hontou-ginko.jp | nise-ginko.top |\n",
        &[("hontou-ginko.jp", D::Benign), ("nise-ginko.top", D::Ioc)],
    );
}

#[test]
fn a_sentence_above_a_list_speaks_of_its_items() {
    check(
        "a.md",
        "The following addresses are legitimate services and not malicious:\n\n- 45.77.12.9\n",
        &[("45.77.12.9", D::Benign)],
    );
    let report = report(
        "a.md",
        "The malware connects to these command and control servers:\n\n- bad-host.net\n",
    );
    assert_eq!(mention(&report, "bad-host.net").role, R::C2);
}

#[test]
fn a_value_was_used_for_what_stands_beside_it() {
    let report = report(
        "a.txt",
        "The macro downloads a script from dl.bad-host.net, talks to gate.other-host.net, and copies are uploaded to up.third-host.net.",
    );
    for (value, role) in [
        ("dl.bad-host.net", R::Delivery),
        ("gate.other-host.net", R::C2),
        ("up.third-host.net", R::Staging),
    ] {
        assert_eq!(mention(&report, value).role, role, "{value}");
    }
}

#[test]
fn dates_in_a_table_are_when_a_value_was_seen() {
    let report = report(
        "a.md",
        "## C2\n\n| IP | First seen | 最終観測日 |\n|---|---|---|\n| 45.77.12.9 | 2026-01-14 | 2026年5月2日 |\n",
    );
    let got = mention(&report, "45.77.12.9");
    let day = |t: Option<tegakari_model::Timestamp>| t.map(|t| t.to_string());
    assert_eq!(day(got.first_seen).as_deref(), Some("2026-01-14T00:00:00Z"));
    assert_eq!(day(got.last_seen).as_deref(), Some("2026-05-02T00:00:00Z"));
}

#[test]
fn sentences_tell_which_name_a_hash_belongs_to() {
    files(
        "a.txt",
        &format!("The library core.dll is what we call Foo. Two builds are known, {A} and {B}."),
        &[(&["core.dll"], &[A]), (&["core.dll"], &[B])],
    );
    files(
        "a.txt",
        &format!("It drops a.exe (MD5 {A}); the second, b.exe, hashes to {B} and was seen once."),
        &[(&["a.exe"], &[A]), (&["b.exe"], &[B])],
    );
    files(
        "a.txt",
        &format!(
            "The loader, a.dll, has the MD5 {A} and was compiled in the spring of that year. The installer (MD5 {B}) was signed."
        ),
        &[(&["a.dll"], &[A])],
    );
}

#[test]
fn names_without_an_ending_are_names_beside_a_hash() {
    files(
        "a.txt",
        &format!("{A}  sshd-helper\n"),
        &[(&["sshd-helper"], &[A])],
    );
    files(
        "a.md",
        &format!("- `shot` takes screenshots\n  - MD5 {A}\n- `keys` logs keys\n  - MD5 {B}\n"),
        &[(&["shot"], &[A]), (&["keys"], &[B])],
    );
    files(
        "a.txt",
        &format!("本体であるsgrdのMD5ハッシュ値は{A}です。"),
        &[(&["sgrd"], &[A])],
    );
}

#[test]
fn labels_need_no_colon() {
    files(
        "a.txt",
        &format!("検体\n　ファイル名　　　a.exe\n　MD5　　　　　{A}\n"),
        &[(&["a.exe"], &[A])],
    );
    files(
        "a.md",
        &format!("- File name: a.exe\n- MD5: {A}\n- Compiled: 2026-01-29\n- Also seen as: b.exe\n"),
        &[(&["a.exe", "b.exe"], &[A])],
    );
}

#[test]
fn a_cell_over_several_rows_holds_for_each() {
    files(
        "a.html",
        &format!(
            "<html><body><table><tr><th>File</th><th>Algorithm</th><th>Value</th></tr><tr><td rowspan=2>arm7</td><td>MD5</td><td>{A}</td></tr><tr><td>SHA-256</td><td>{A}{B}</td></tr></table>"
        ),
        &[(&["arm7"], &[A, &format!("{A}{B}")])],
    );
}

#[test]
fn a_copied_pdf_is_put_together() {
    let text = "The group used a loader that was com-\nmon in those days, and a sec-\nond one. It asked https://\nbad-host.net/api/\ntide.php?id=7 for more, and T1059.\n007 was seen.\n\nHash (SHA-256)\nFile\n8b9a0b44b738c7884e6a14f4cb18afff\n9478050023c7f8668df4fc39b0ddd79c\na.dll\nLoader\n";
    let report = report("a.txt", text);
    mention(&report, "https://bad-host.net/api/tide.php?id=7");
    let hash = mention(&report, &format!("{A}{B}"));
    assert_eq!(hash.citations.first().and_then(|c| c.line), Some(10));
    assert_eq!(report.files.len(), 1, "{:?}", report.files);
    assert!(
        report
            .techniques
            .iter()
            .any(|t| t.id.as_str() == "T1059.007")
    );
}

#[test]
fn aligned_columns_are_a_table() {
    let text = "Table 1: addresses\n\n  IP Address        First Seen    Purpose\n  ----------------  ------------  -------\n  45.77.12.9        2026-02-19    C2\n";
    let report = report("a.txt", text);
    let got = mention(&report, "45.77.12.9");
    assert_eq!(got.role, R::C2);
    assert!(got.first_seen.is_some());
}

#[test]
fn addresses_of_senders_are_told_from_contacts() {
    check(
        "a.txt",
        "The mails came from billing.desk@some-free-mail.com and asked for money.\n\nContact us: press@vendor-site.org\n",
        &[
            ("billing.desk@some-free-mail.com", D::Ioc),
            ("press@vendor-site.org", D::Research),
        ],
    );
}

#[test]
fn what_belongs_to_an_indicator_is_one() {
    check(
        "a.txt",
        "The malware beacons to hxxps://gate.bad-host[.]net/in.php, that is gate.bad-host[.]net. Licences are at keys.bad-host.net. in.php is a script.\n",
        &[
            ("https://gate.bad-host.net/in.php", D::Ioc),
            ("keys.bad-host.net", D::Ioc),
            ("in.php", D::Ioc),
        ],
    );
}
