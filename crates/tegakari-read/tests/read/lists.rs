//! Layouts of published lists and write-ups, one case for each cause of an error: remarks in a list, two
//! values a line, titles that sound like sections, paths in a column of names, one file over two rows.

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, FileRecord, ObservableKind as K, Report};
use tegakari_read::{Document, read};

const MD5: &str = "70a66aad7251ba2eb19e6348103f4d94";
const SHA1: &str = "a1a67e7fc5a7d8f1825daaee3f6fab526b13a1d4";
const SHA256: &str = "684cad5f7a5190e781cb6375063ee69a53b6f181132e7b2f34c601210e7cd906";
const OTHER: &str = "602336ca795f09152d180a0e289294056492f7047515f91f04e21db142429ecf";

fn report(name: &str, text: &str) -> Report {
    read(
        Document {
            name,
            bytes: text.as_bytes(),
        },
        Knowledge::embedded(),
    )
}

/// Indicators of a kind that a document has, in order of value.
fn indicators(report: &Report, kind: K) -> Vec<&str> {
    let mut out: Vec<&str> = report
        .mentions
        .iter()
        .filter(|m| m.observable.kind() == kind && m.disposition == Disposition::Ioc)
        .map(|m| m.observable.value())
        .collect();
    out.sort_unstable();
    out
}

/// The document has exactly these indicators of the kind.
#[track_caller]
fn check(name: &str, text: &str, kind: K, want: &[&str]) {
    let report = report(name, text);
    assert_eq!(indicators(&report, kind), want, "{text}");
}

#[track_caller]
fn only_file(report: &Report) -> &FileRecord {
    assert_eq!(report.files.len(), 1, "{:?}", report.files);
    &report.files[0]
}

#[test]
fn remarks_in_a_list_are_no_headings_over_it() {
    let list = "# Copyright the list's keepers (https://lists.example/)\n\
                # See the file LICENSE\n\n\
                # Reference: https://vendor.example/2026/01/some-stealer/\n\
                # Reference: https://vendor.example/2026/02/again/\n\n\
                http://185.99.3.82/\nmintdrift.top\nkelpstone.click\nl6c4.brackenfold.top\n";
    let report = report("trail.txt", list);
    assert_eq!(report.source.format, "plain");
    let domains = ["kelpstone.click", "l6c4.brackenfold.top", "mintdrift.top"];
    assert_eq!(indicators(&report, K::Domain), domains);
    assert_eq!(indicators(&report, K::Url).len(), 1);
}

#[test]
fn a_name_and_its_address_on_one_line_are_listed() {
    let list = "REF: https://x.com/someone/status/1\n\n\
                mintdrift1.top 203.0.113.22\nmintdrift2.top 203.0.113.23\n\
                mintdrift3.top 203.0.113.24\nmintdrift4.top 203.0.113.25\n";
    let want = [
        "mintdrift1.top",
        "mintdrift2.top",
        "mintdrift3.top",
        "mintdrift4.top",
    ];
    check("list.txt", list, K::Domain, &want);
}

#[test]
fn a_title_is_not_the_section_everything_stands_in() {
    // "Reference" in the title makes nothing below it a reference.
    let text = format!(
        "# Reference material on the actor behind Brackenfold\n\n## Samples of the tool\n\n{SHA256}\n\n## Other\n\ntext\n"
    );
    check("a.md", &text, K::Sha256, &[SHA256]);
    // "C2" in the title makes nothing below it an indicator.
    let text = "# Joint takedown of the C2 servers of the Brackenfold worm\n\n## Author\n\n\
                someone@lab.example\n\n## Summary\n\nThe worm ran on Node.js hosts.\n";
    check("b.md", text, K::Email, &[]);
    check("b.md", text, K::FileName, &[]);
}

#[test]
fn headings_that_end_in_a_kind_of_value_are_over_indicators() {
    let text = "Payload distribution URLs\nhttps://mintdrift.top/en/get\n\n\
                Ransom e-mails:\nrestore.files@kelpstone.click\n\n\
                Ransom notes:\nRESTORE_MY_FILES.txt\n";
    check("a.txt", text, K::Email, &["restore.files@kelpstone.click"]);
    check("a.txt", text, K::FileName, &["RESTORE_MY_FILES.txt"]);
    // Those of others are not.
    let text =
        "Affected hostnames\n\nintranet.harbourworks.com was taken over on Monday by the group.\n";
    check("b.txt", text, K::Domain, &[]);
}

#[test]
fn a_path_in_a_column_of_names_names_the_file() {
    let text = format!(
        "| SHA-1 | Filename | Detection name |\n|---|---|---|\n\
         | `{SHA1}` | `Trade.app/Contents/Resources/run.sh` | OSX/Agent.BA |\n"
    );
    let report = report("a.md", &text);
    let file = only_file(&report);
    assert_eq!(file.names, ["run.sh"]);
    assert_eq!(
        indicators(&report, K::FilePath),
        ["Trade.app/Contents/Resources/run.sh"]
    );
}

#[test]
fn a_path_beside_a_hash_names_the_file() {
    let text = format!(
        "- SHA256 hash: {SHA256}\n- File size: 308,244 bytes\n\
         - File location: C:\\Users\\[username]\\AppData\\Local\\Temp\\mnev.bin\n"
    );
    let report = report("a.txt", &text);
    assert_eq!(only_file(&report).names, ["mnev.bin"]);
    assert_eq!(
        indicators(&report, K::FilePath),
        ["C:\\Users\\[username]\\AppData\\Local\\Temp\\mnev.bin"]
    );
    // Debug symbols do not.
    let text = format!("SHA256: {SHA256}\nPDB path: D:\\work\\loader\\Release\\loader.pdb\n");
    assert!(
        self::report("b.txt", &text)
            .files
            .iter()
            .all(|f| f.names.is_empty())
    );
}

#[test]
fn braces_and_remarks_are_no_names() {
    let text = format!(
        "| File name | SHA-1 | Detection name |\n|---|---|---|\n\
         | reader.{{exe,txt}} | {SHA1} | multiple threats |\n\
         | (downloader) | {} | Win32/Agent.A |\n",
        SHA1.replace('6', "7")
    );
    let report = report("a.md", &text);
    assert!(
        report
            .mentions
            .iter()
            .all(|m| m.observable.value() != "txt}" && m.observable.value() != "(downloader)")
    );
    assert_eq!(indicators(&report, K::DetectionName), ["Win32/Agent.A"]);
}

#[test]
fn beside_a_column_of_types_data_is_what_they_type() {
    let text = "Indicator_type,Data,Note\nfilename,agent_keys,Persistence\nfilename,relay.dat,Persistence\n\
                domain,mintdrift.top,Network\n";
    check("a.csv", text, K::FileName, &["agent_keys", "relay.dat"]);
}

#[test]
fn a_cell_of_nothing_but_a_hash_holds_one_whatever_its_header() {
    let text = format!(
        "## IOC\n\n| Indicator | Description |\n|---|---|\n| a.exe | {SHA256} |\n| mintdrift.top | Domain C2 |\n"
    );
    let report = report("a.md", &text);
    let file = only_file(&report);
    assert_eq!(file.sha256.as_deref(), Some(SHA256));
    assert_eq!(file.names, ["a.exe"]);
}

#[test]
fn two_rows_with_the_same_name_and_two_kinds_of_hash_are_one_file() {
    let text =
        format!("Indicator,Type,Description\n{MD5},MD5,winint.bat\n{SHA256},SHA256,winint.bat\n");
    let report = report("a.csv", &text);
    let file = only_file(&report);
    assert_eq!(file.md5.as_deref(), Some(MD5));
    assert_eq!(file.sha256.as_deref(), Some(SHA256));
    // Two of one kind are two files.
    let text = format!(
        "Indicator,Type,Description\n{OTHER},SHA256,winint.bat\n{SHA256},SHA256,winint.bat\n"
    );
    assert_eq!(self::report("b.csv", &text).files.len(), 2);
}

#[test]
fn what_sha256sum_writes_is_read_whole() {
    let text = format!("{SHA256}  Scan 10-07-2026 10.40.chm\n{OTHER} *Property\n");
    let report = report("manifest.txt", &text);
    let names: Vec<&str> = report.files.iter().map(|f| f.names[0].as_str()).collect();
    assert_eq!(names, ["Scan 10-07-2026 10.40.chm", "Property"]);
    // Remarks in a second column are no names.
    let text = format!("{SHA256}  Cobalt Strike beacon\n{OTHER}  loader\n");
    assert!(self::report("list.txt", &text).files.is_empty());
}

#[test]
fn links_in_headings_are_kept() {
    let report = report(
        "a.md",
        "# Analysis\n\n###### Export as [JSON](https://raw.host.example/list.json)\n\ntext\n",
    );
    let link = report
        .mentions
        .iter()
        .find(|m| m.observable.value() == "https://raw.host.example/list.json");
    assert!(link.is_some_and(|m| m.disposition != Disposition::Ioc));
}

#[test]
fn lists_in_front_matter_are_read() {
    let text = "---\ntitle: A stealer on macOS\ntags:\n  - macos\nmitre_ttps:\n  - technique_id: T1547\n\
                references:\n  - https://vendor.example/blog/stealer.html\niocs:\n  - type: domain\n    \
                value: mintdrift.top\n---\n\nThe stealer waits.\n";
    let report = report("a.md", text);
    assert_eq!(indicators(&report, K::Domain), ["mintdrift.top"]);
    assert!(report.techniques.iter().any(|t| t.id.as_str() == "T1547"));
    let url = report
        .mentions
        .iter()
        .find(|m| m.observable.kind() == K::Url);
    assert!(url.is_some_and(|m| m.disposition != Disposition::Ioc));
}

#[test]
fn classes_calls_and_products_are_no_files() {
    for text in [
        "loaded at the start of `android.app.Application` by the packer",
        "md5 = hashlib.md5()",
        "It starts Node.js and Vue.js.",
    ] {
        let report = report("a.txt", text);
        let files: Vec<&str> = report
            .mentions
            .iter()
            .filter(|m| m.observable.kind() == K::FileName)
            .map(|m| m.observable.value())
            .collect();
        assert!(files.is_empty(), "{text}: {files:?}");
    }
    let report = report("a.txt", "a sample named Final_Talk.app was sent");
    assert!(
        report
            .mentions
            .iter()
            .any(|m| m.observable.value() == "Final_Talk.app")
    );
}

#[test]
fn a_name_that_spells_out_an_id_adds_no_technique() {
    let text = "## ATT&CK techniques\n\nT1195.002 (Supply Chain Compromise: Software) and T1053 - Scheduled Task\n";
    let report = report("a.md", text);
    let ids: Vec<&str> = report
        .techniques
        .iter()
        .filter(|t| t.explicit)
        .map(|t| t.id.as_str())
        .collect();
    assert_eq!(ids, ["T1053", "T1195.002"]);
}

#[test]
fn a_link_in_a_chain_of_events_is_a_name_with_its_words() {
    let text = "- Email --> Link --> Stolen Images Evidence.zip --> Stolen Images Evidence.js --> loader DLL";
    let report = report("a.txt", text);
    let mut files: Vec<&str> = report
        .mentions
        .iter()
        .filter(|m| m.observable.kind() == K::FileName)
        .map(|m| m.observable.value())
        .collect();
    files.sort_unstable();
    assert_eq!(
        files,
        ["Stolen Images Evidence.js", "Stolen Images Evidence.zip"]
    );
}

#[test]
fn a_remark_that_clears_a_host_is_heard() {
    let text = "## IOCs\n\n- `mintdrift[.]top` — C2\n- `geo-lookup[.]io/json` — 位置情報収集(合法サービス、遮断時は注意)\n";
    check("a.md", text, K::Url, &[]);
    check("a.md", text, K::Domain, &["mintdrift.top"]);
}

#[test]
fn names_of_hosts_in_a_column_are_whole_in_any_script() {
    let list =
        "type,value\ndomain,日本語サイト0.jp\ndomain,日本-evil.jp\ndomain,plain.example.jp\n";
    let document = Document {
        name: "iocs.csv",
        bytes: list.as_bytes(),
    };
    let report = read(document, Knowledge::embedded());
    let hosts: Vec<&str> = report
        .mentions
        .iter()
        .map(|m| m.observable.value())
        .collect();
    assert_eq!(
        hosts,
        [
            "xn--0-ieu4b3dt196acvb2w6i.jp",
            "xn---evil-1e1k07e.jp",
            "plain.example.jp"
        ]
    );
}
