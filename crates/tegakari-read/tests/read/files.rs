//! Which name, hash and detection belong to one file: a case for each way in which authors set them.

use tegakari_model::Disposition;

use crate::report;

/// SHA-256 of three files and MD5 of as many.
const A: &str = "0b1e5f3a9c7d2468ace013579bdf02468ace13579bdf0f1e2d3c4b5a69788796";
const B: &str = "a7f0c3e9d1b2548697a8b9cadbecfd0e1f2031425364758697a8b9cadbecfd0e";
const C: &str = "c0ffee254729296a45a3885639ac7e10f9d549799f5fe3f1b3a0b6c7d8e9fa0b";
const MA: &str = "8b9a0b44b738c7884e6a14f4cb18afff";
const MB: &str = "1d6e5c4b3a29180706f5e4d3c2b1a09f";
const MC: &str = "77aa66bb55cc44dd33ee22ff11009988";

/// Checks the files of a document: the facts of each, in alphabetical order, hashes by the letter of their constant.
#[track_caller]
fn check(name: &str, text: &str, want: &[&str]) {
    let text = text
        .replace("{A}", A)
        .replace("{B}", B)
        .replace("{C}", C)
        .replace("{MA}", MA)
        .replace("{MB}", MB)
        .replace("{MC}", MC);
    let report = report(name, &text);
    let letter = |hash: &String| {
        let known = [
            (A, "A"),
            (B, "B"),
            (C, "C"),
            (MA, "MA"),
            (MB, "MB"),
            (MC, "MC"),
        ];
        known
            .iter()
            .find(|(value, _)| value == hash)
            .map_or(hash.clone(), |(_, letter)| (*letter).to_owned())
    };
    let mut got: Vec<String> = report
        .files
        .iter()
        .map(|file| {
            let mut facts: Vec<String> = [&file.md5, &file.sha1, &file.sha256]
                .into_iter()
                .flatten()
                .map(letter)
                .chain(file.names.iter().cloned())
                .chain(file.detections.iter().cloned())
                .collect();
            facts.sort();
            facts.join(" | ")
        })
        .collect();
    got.sort();
    assert_eq!(got, want, "{name}:\n{text}");
}

#[test]
fn the_whole_list_tells_whether_names_stand_above_or_below() {
    let lists = "Indicators of compromise\n\n";
    for (list, want) in [
        // Every line alone: the list begins with a hash and ends with a name.
        (
            "{A}\n\na.exe\n\n{B}\n\nb.dll\n",
            &["A | a.exe", "B | b.dll"][..],
        ),
        (
            "a.exe\n\n{A}\n\nb.dll\n\n{B}\n",
            &["A | a.exe", "B | b.dll"],
        ),
        // A hash without a name, where blank lines hold the others together.
        (
            "{A}\na.exe\n\n{B}\n\n{C}\nc.ps1\n",
            &["A | a.exe", "C | c.ps1"],
        ),
        // Two hashes of each file above its name.
        (
            "{MA}\n{A}\na.exe\n{MB}\n{B}\nb.dll\n",
            &["A | MA | a.exe", "B | MB | b.dll"],
        ),
        // A list of names and one of hashes go by their order, if there are as many.
        (
            "a.exe\nb.dll\n\nSHA256:\n{A}\n{B}\n",
            &["A | a.exe", "B | b.dll"],
        ),
        (
            "a.exe\nb.dll\n\nMD5:\n{MA}\n{MB}\n\nSHA256:\n{A}\n{B}\n",
            &["A | MA | a.exe", "B | MB | b.dll"],
        ),
        ("a.exe\nb.dll\n\nSHA256:\n{A}\n{B}\n{C}\n", &[]),
        // Each hash below its label, and that below the name.
        (
            "a.exe\nSHA256\n{A}\nb.dll\nSHA256\n{B}\n",
            &["A | a.exe", "B | b.dll"],
        ),
        (
            "a.exe\nMD5:\n{MA}\nSHA256:\n{A}\nb.dll\nMD5:\n{MB}\nSHA256:\n{B}\n",
            &["A | MA | a.exe", "B | MB | b.dll"],
        ),
    ] {
        check("list.txt", &format!("{lists}{list}"), want);
    }
}

#[test]
fn a_file_that_another_comes_from_is_not_its_name() {
    for head in [
        "Dropped by",
        "Parent process",
        "Injected into",
        "ドロップ元",
    ] {
        let table = format!(
            "# IOCs\n\n| File | SHA256 | {head} |\n|---|---|---|\n| b.dll | {{B}} | a.exe |\n| c.ps1 | {{C}} | a.exe |\n"
        );
        check("table.md", &table, &["B | b.dll", "C | c.ps1"]);
    }
    // With no other column of names it is what the row is about.
    check(
        "table.md",
        "# IOCs\n\n| Dropped file | SHA256 |\n|---|---|\n| b.dll | {B} |\n| c.ps1 | {C} |\n",
        &["B | b.dll", "C | c.ps1"],
    );
    // Nor is its hash the file's.
    check(
        "parents.csv",
        "filename,sha256,parent_sha256\na.exe,{A},{C}\nb.dll,{B},{C}\n",
        &["A | a.exe", "B | b.dll"],
    );
    check(
        "host.md",
        "# IOCs\n\n| Malicious DLL | Legit host | SHA256 of DLL |\n|---|---|---|\n| b.dll | vmnat.exe | {B} |\n",
        &["B | b.dll"],
    );
    check(
        "prose.md",
        "# IOCs\n\n- b.doc, dropped by a.exe: {B}\n- c.doc, extracted from `a.zip`: {C}\n",
        &["B | b.doc", "C | c.doc"],
    );
}

#[test]
fn a_name_holds_its_words_where_something_says_that_all_is_one_name() {
    for (text, want) in [
        (
            "IOC\n\n{A}  a b c.zip\n{B}  Quarterly Report.docx\n",
            &["A | a b c.zip", "B | Quarterly Report.docx"][..],
        ),
        (
            "File name: state of play in the trade.doc\nSHA256: {A}\n",
            &["A | state of play in the trade.doc"],
        ),
        (
            "IOC\n\n{A},\nState of play in trade policy.docx.lnk,\n,\n{B},\nb.dll,\n",
            &["A | State of play in trade policy.docx.lnk", "B | b.dll"],
        ),
        // Words about a file are no part of its name.
        ("IOC\n\n{A}  malicious loader a.exe\n", &["A | a.exe"]),
    ] {
        check("names.txt", text, want);
    }
    check(
        "remarks.md",
        "# IOCs\n\n| Filename | SHA256 |\n|---|---|\n| sync.exe (v1) | {A} |\n| The payload (tool.exe) | {B} |\n| 1.d00 (dump.exe) | {C} |\n",
        &["1.d00 | C | dump.exe", "A | sync.exe", "B | tool.exe"],
    );
    check(
        "tilde.txt",
        "IOC\n\nunpack~.exe {A}\nSETUP~1.EXE {B}\n",
        &["A | unpack~.exe", "B | SETUP~1.EXE"],
    );
    check(
        "odd.txt",
        "IOC\n\n{A} (agent.stubbin)\n{B} 4e6745cb7-.16\n",
        &["4e6745cb7-.16 | B", "A | agent.stubbin"],
    );
}

#[test]
fn a_table_of_labels_and_values_has_no_header() {
    for rows in [
        "<tr><td>病毒名称</td><td>Trojan/Win32.Agent.a</td></tr>\n<tr><td>原始文件名</td><td>a.exe</td></tr>\n<tr><td>MD5</td><td>{MA}</td></tr>\n<tr><td>处理器架构</td><td>X86-32</td></tr>\n<tr><td>文件大小</td><td>180 KB</td></tr>",
        "<tr><td>File name</td><td>a.exe</td></tr>\n<tr><td>Compiler</td><td>Visual C++ 6.0</td></tr>\n<tr><td>Detection</td><td>Trojan/Win32.Agent.a</td></tr>\n<tr><td>MD5</td><td>{MA}</td></tr>",
    ] {
        let page = format!("<html><body><h1>Sample</h1><table>{rows}</table></body></html>");
        check("page.html", &page, &["MA | Trojan/Win32.Agent.a | a.exe"]);
    }
    // The names of two columns are one.
    check(
        "page.html",
        "<html><body><h1>IOC</h1><table><tr><td>File name</td><td>MD5</td></tr><tr><td>a.exe</td><td>{MA}</td></tr></table></body></html>",
        &["MA | a.exe"],
    );
}

#[test]
fn what_scanners_say_is_in_the_column_of_results() {
    check(
        "scan.md",
        "# Report\n\n- Filename: a.zip\n- File inside: a.docx\n- Hashes:\n  - MD5: {MA}\n  - SHA256: {A}\n\n| Engine | Result |\n|---|---|\n| One | Trojan.Agent.123 |\n| Two | Win32/Agent.AB |\n",
        &["A | MA | Trojan.Agent.123 | Win32/Agent.AB | a.zip"],
    );
}

#[test]
fn rows_with_the_same_words_are_of_one_file() {
    check(
        "rows.csv",
        "Indicator,Type,Description\n{MA},MD5,Backdoor.MSIL.AGENT.A\n{A},SHA256,Backdoor.MSIL.AGENT.A\na.exe,File Name,Backdoor.MSIL.AGENT.A\n{MB},MD5,Trojan.Win64.AGENT.AF\n{B},SHA256,Trojan.Win64.AGENT.AF\nb.dll,File Name,Trojan.Win64.AGENT.AF\n",
        &[
            "A | Backdoor.MSIL.AGENT.A | MA | a.exe",
            "B | MB | Trojan.Win64.AGENT.AF | b.dll",
        ],
    );
    // The same words about several files tell nothing.
    check(
        "rows.csv",
        "Indicator,Type,Description\n{MA},MD5,Ransomware\n{MB},MD5,Ransomware\n{A},SHA256,Ransomware\n{B},SHA256,Ransomware\n",
        &[],
    );
}

#[test]
fn labels_go_on_over_blank_lines_and_trees() {
    check(
        "sample.md",
        "# Sample\n\n## Basic facts\n\nDetection: Trojan/Android.Agent.a\n\nKind: sends messages\n\nSample MD5: {MA}\n\nFound: 2011.05.12\n",
        &["MA | Trojan/Android.Agent.a"],
    );
    check(
        "tree.txt",
        "Analysis\n\n├── Service.exe (120,256 bytes) — a renamed client32.exe\n│   ├── SHA256: {A}\n│   └── VT: 15/76 (hacktool.netsup/netsupport)\n",
        &["A | Service.exe | hacktool.netsup/netsupport"],
    );
    check(
        "note.txt",
        "Facts\n\nSHA256: {A}\nPacker: none\nRansom note: readme_now.txt\nSHA256: {B}\n",
        &["B | readme_now.txt"],
    );
    check(
        "paths.txt",
        "IOC\n\nC:\\Users\\Public\\a.exe\n\n{A}\n\nC:\\Users\\Public\\b.dll\n\n{B}\n",
        &["A | a.exe", "B | b.dll"],
    );
}

#[test]
fn a_table_of_hashes_is_about_the_file_above_it() {
    check(
        "page.html",
        "<html><body><h1>Downloads</h1><h3>a.exe</h3><table><thead><tr><th>SHA256</th></tr></thead><tr><td>{A}</td></tr></table><h3>b.exe</h3><table><thead><tr><th>SHA256</th></tr></thead><tr><td>{B}</td></tr></table></body></html>",
        &["A | a.exe", "B | b.exe"],
    );
}

#[test]
fn hashes_that_go_on_in_the_next_line_are_whole() {
    let halves = |label: &str| format!("Indicators\n\n{label}\n{}\n{}\n", &A[..32], &A[32..]);
    for (text, whole) in [
        (halves("SHA256 hashes:"), true),
        // Two MD5 below each other are two.
        (halves("MD5:"), false),
        (halves("Hashes (MD5, SHA-1, SHA-256):"), false),
        (
            format!("Indicators\n\nSHA256: {}\n{}\n", &A[..40], &A[40..]),
            true,
        ),
        (
            format!("Indicators\n\na.exe {}\n{}\n", &A[..48], &A[48..]),
            true,
        ),
    ] {
        let read = report("broken.txt", &text);
        let found = read.mentions.iter().any(|m| m.observable.value() == A);
        assert_eq!(found, whole, "{text}");
    }
}

#[test]
fn services_that_everybody_uses_are_no_indicators_unless_defanged() {
    let told = |text: &str, value: &str| {
        report("post.md", text)
            .mentions
            .iter()
            .find(|m| m.observable.value().contains(value))
            .map(|m| m.disposition == Disposition::Ioc)
    };
    for value in [
        "https://cloudflare-dns.com/dns-query",
        "https://dns.example.net/dns-query",
        "https://registry.npmjs.org/left/1.14.1",
        "https://api.openai.com/v1/chat",
    ] {
        let text = format!(
            "# C2 communication\n\nThe backdoor asks {value} for the address of its server.\n"
        );
        assert_eq!(told(&text, value), Some(false), "{text}");
    }
    assert_eq!(
        told(
            "# Indicators of compromise\n\n- hxxps://files[.]pythonhosted[.]org/packages/evil-1.0.tar.gz\n",
            "files.pythonhosted.org"
        ),
        Some(true)
    );
    assert_eq!(
        told(
            "# Indicators of compromise\n\n- instance-ab12cd-relay.screenconnect.com\n",
            "screenconnect.com"
        ),
        Some(true)
    );
}

#[test]
fn a_table_may_have_a_column_for_each_file() {
    for head in [
        "| | Sample 1 | Sample 2 |\n|---|---|---|\n",
        "| Property | First | Second |\n|---|---|---|\n",
    ] {
        let table = format!(
            "# IOCs\n\n{head}| Name | a.exe | b.dll |\n| MD5 | {{MA}} | {{MB}} |\n| SHA256 | {{A}} | {{B}} |\n"
        );
        check("table.md", &table, &["A | MA | a.exe", "B | MB | b.dll"]);
    }
    // The second column holds names: each row is a file.
    check(
        "table.md",
        "# IOCs\n\n| Type | Value | File |\n|---|---|---|\n| SHA256 | {A} | a.exe |\n| SHA256 | {B} | b.dll |\n",
        &["A | a.exe", "B | b.dll"],
    );
}

#[test]
fn names_of_detections_are_whole() {
    check(
        "post.md",
        "**Detection Names**\nAvast (Win32:LockerX-gen [Ransom]), ESET-NOD32 (A Variant Of MSIL/Locker.AGP), Other (IL:Trojan.MSILLock.5554)\n\n**MD5**: {MA}\n**SHA256**: {A}\n",
        &[
            "A | A Variant Of MSIL/Locker.AGP | IL:Trojan.MSILLock.5554 | MA | Win32:LockerX-gen [Ransom]",
        ],
    );
}

#[test]
fn what_stands_beside_a_name_is_not_in_it() {
    check(
        "list.md",
        "# IOC\n\n| 種別 | 値 | 役割 |\n|---|---|---|\n| SHA-256 | `{A}` | 悪性`nW_Elf.dLL` |\n| SHA-256 | `{B}` | 1件目ZIP |\n",
        &["A | nW_Elf.dLL"],
    );
    check(
        "two.md",
        "# IOC\n\n| SHA-256 | File |\n|---|---|\n| `{A}` | `20260818_setup.exe`／`Loader.exe` |\n",
        &["20260818_setup.exe | A | Loader.exe"],
    );
    check(
        "certutil.txt",
        "SHA256 ハッシュ (対象 cert.exe):\n{A}\n",
        &["A | cert.exe"],
    );
    check(
        "imports.md",
        "# IOC\n\n| Path | SHA-256 | Remark |\n|---|---|---|\n| C:\\Users\\a\\h.exe | {A} | imports log.dll!Initialise |\n",
        &["A | h.exe"],
    );
    check(
        "reference.csv",
        "Observable,Type,Reference,Note\n{A},SHA-256,dllsica.bin,Initial loader\n{B},SHA-256,pesica.bin,Downloader\n",
        &["A | dllsica.bin", "B | pesica.bin"],
    );
}

#[test]
fn hashes_in_pieces_in_a_cell_are_whole() {
    let (a, b) = (A.split_at(32), B.split_at(44));
    for text in [
        format!(
            "<table><tr><th>File</th><th>SHA256</th></tr><tr><td>a.exe</td><td>{}<br>{}</td></tr><tr><td>b.dll</td><td>{}<br/>{}</td></tr></table>",
            a.0, a.1, b.0, b.1
        ),
        format!(
            "| File | SHA-256 |\n|---|---|\n| a.exe | {} {} |\n| b.dll | {}<br>{} |\n",
            a.0, a.1, b.0, b.1
        ),
        format!(
            "name,sha256\na.exe,\"{}\n{}\"\nb.dll,\"{}\n{}\"\n",
            a.0, a.1, b.0, b.1
        ),
    ] {
        let name = if text.starts_with('<') {
            "t.html"
        } else {
            "t.md"
        };
        let report = report(name, &text);
        let hashes: Vec<&str> = report
            .mentions
            .iter()
            .filter(|m| m.observable.kind().is_file_hash())
            .map(|m| m.observable.value())
            .collect();
        assert_eq!(hashes, [A, B], "{text}");
        check(name, &text, &["A | a.exe", "B | b.dll"]);
    }
}

#[test]
fn a_sheet_of_lines_is_read_by_lines() {
    check(
        "list.csv",
        "\"Samples:\n\nseen in May\",\n{A},\nState of play in trade.zip,\n,\n{B},\nb.dll,\n",
        &["A | State of play in trade.zip", "B | b.dll"],
    );
}

#[test]
fn what_a_file_comes_from_in_a_description_is_not_its_name() {
    check(
        "d.csv",
        "name,sha256,description\na.exe,{A},dropped by load0.dll\nb.dll,{B},loaded by host.exe\n",
        &["A | a.exe", "B | b.dll"],
    );
    // Nor are the words before its name.
    check(
        "d.csv",
        "ioc,type,description\n{A},sha256,Word Attachment a.doc\n{B},sha256,\"Installer of the modules, b.bat and copy.bat\"\n",
        &["A | a.doc", "B | b.bat | copy.bat"],
    );
}

#[test]
fn the_heading_names_the_only_file_of_its_section() {
    check(
        "post.md",
        "# Samples\n\n## a.exe\n\nA backdoor seen in the wild.\n\n- MD5: {MA}\n- SHA-256: {A}\n- Dropped by: x.exe\n\n## b.dll\n\nIt drops another.\n\n- SHA-256: {B}\n",
        &["A | MA | a.exe", "B | b.dll"],
    );
    // Two hashes of a kind, or a sentence about another file: the heading does not tell.
    check(
        "post.md",
        "# a.exe\n\nIt has two builds.\n\n- SHA-256: {A}\n- SHA-256: {B}\n",
        &[],
    );
    check(
        "post.md",
        "# a.exe\n\nThis loader fetches a payload whose SHA-256 is {A} from the server of the attackers.\n",
        &[],
    );
}

#[test]
fn names_that_a_sentence_announces_are_of_the_file_told_of_before() {
    check(
        "blog.txt",
        "We looked at https://www.virustotal.com/gui/file/{A} first.\n\nIt was sent under the following names:\n\n- Address Changed.xls\n- Report.xls\n\nSo much for that.\n",
        &["A | Address Changed.xls | Report.xls"],
    );
    check(
        "blog.txt",
        "We looked at https://www.virustotal.com/gui/file/{A} first.\n\nIt drops these:\n\n- a.dll\n- b.dll\n",
        &[],
    );
}

#[test]
fn a_url_below_each_hash_names_what_was_fetched() {
    check(
        "list.txt",
        "Samples:\n\n{A}\n198.51.100.7/c/bash\n{B}\n198.51.100.7/c/cron\n{C} 198.51.100.7/c/ntpd\n",
        &["A | bash", "B | cron", "C | ntpd"],
    );
    // Two are no list, and what stands above may be anything.
    check(
        "list.txt",
        "Samples:\n\n{A}\nhxxp://198.51.100[.]7/gate.php\n{B}\nhxxp://198.51.100[.]7/x.php\n",
        &[],
    );
}

#[test]
fn sums_hold_the_whole_name() {
    check(
        "sums.md",
        "# IOCs\n\n- {A}  files,07.20.doc\n- {B}  intelligence_07.30.2020.doc\n",
        &["A | files,07.20.doc", "B | intelligence_07.30.2020.doc"],
    );
    check(
        "sums.txt",
        "$ sha256sum 3590/Report*\n{A}  3590/Report Jul 14 47787.iso\n",
        &["A | Report Jul 14 47787.iso"],
    );
    check(
        "case.md",
        "# Samples\n\n```\n/usr/sbin/kerberods\n恶意文件md5：{MA}\n```\n",
        &["MA | kerberods"],
    );
}

#[test]
fn a_hash_that_leads_to_what_a_scanner_says_of_another_hash() {
    check(
        "post.md",
        "# Hashes\n\n- [{MA}](https://www.virustotal.com/gui/file/{A}/details)\n- [{MB}](https://www.virustotal.com/gui/file/{B})\n",
        &["A | MA", "B | MB"],
    );
    // A number of a commit is no hash of a file.
    check(
        "post.md",
        "# Hashes\n\n- [{A}](https://github.com/example/repository/commit/0123456789abcdef0123456789abcdef01234567)\n",
        &[],
    );
}

#[test]
fn a_table_of_kinds_with_one_hash_of_each_is_of_one_file() {
    check(
        "post.md",
        "| Type | Indicator |\n|---|---|\n| SHA-256 | {A} |\n| MD5 | {MA} |\n| Mutex | `x_lock_7` |\n| Filename | maxar.exe |\n| IP | 203.0.113.9 |\n",
        &["A | MA | maxar.exe"],
    );
    // Two of a kind are two files, and two names tell nothing.
    check(
        "post.md",
        "| Type | Indicator |\n|---|---|\n| SHA-256 | {A} |\n| SHA-256 | {B} |\n| MD5 | {MA} |\n",
        &[],
    );
}

#[test]
fn what_a_file_is_and_whether_it_is_signed_are_no_names() {
    check(
        "post.md",
        "| File | SHA256 |\n|---|---|\n| Gzip Archive | {A} |\n| .NET Payload | {B} |\n| katz.dll | {C} |\n",
        &["C | katz.dll"],
    );
    check(
        "post.md",
        "| Attribute | Value |\n|---|---|\n| SHA256 | {A} |\n| MD5 | {MA} |\n| Signature | Unsigned |\n",
        &["A | MA"],
    );
}

#[test]
fn labels_in_chinese_end_in_what_they_are_of() {
    check(
        "post.md",
        "# 样本分析\n\n原始样本md5为：{MA}\n\n上传VT的文件名为：会议.doc\n",
        &["MA | 会议.doc"],
    );
}

#[test]
fn a_label_of_a_name_is_of_the_hash_below_it_in_its_paragraph() {
    let want = &["B | helper.dll", "C | last.exe"];
    check(
        "list.txt",
        "Samples\n\nSHA256: {A}\n\nFile name: helper.dll\nSHA256: {B}\n\nFile name: last.exe\nSHA256: {C}\n",
        want,
    );
    check(
        "list.txt",
        "Samples\n\nwinlog.exe\nSHA256: {A}\n\nSample name: helper.dll\nSHA256: {B}\n",
        &["A | winlog.exe", "B | helper.dll"],
    );
}

#[test]
fn programs_in_a_description_are_not_the_file() {
    check(
        "post.md",
        "| File name | Description | SHA256 |\n|---|---|---|\n| gfupd.exe | Loads gfcore.dll via rundll32.exe | {A} |\n| gfcore.dll | Payload, injected into svchost.exe | {B} |\n",
        &["A | gfupd.exe", "B | gfcore.dll"],
    );
}
