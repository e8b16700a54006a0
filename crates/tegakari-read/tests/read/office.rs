//! Office documents: what is read is what stands on the page. The packages are built here.
#![allow(clippy::unwrap_used, reason = "building a sample cannot fail")]

use std::io::{Cursor, Write};

use tegakari_knowledge::Knowledge;
use tegakari_model::{ObservableKind as K, Report};
use tegakari_read::content::{BlockKind, Content};
use tegakari_read::{Document, contents, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn package(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A Word document with this body.
fn docx(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\" xmlns:r=\"r\" xmlns:mc=\"m\"><w:body>{body}</w:body></w:document>"
    );
    let mut members = vec![
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", document.as_str()),
    ];
    members.extend_from_slice(more);
    package(&members)
}

fn open(name: &str, bytes: &[u8]) -> Content {
    contents(Document { name, bytes })
}

fn report(name: &str, bytes: &[u8]) -> Report {
    read(Document { name, bytes }, Knowledge::embedded())
}

/// Blocks as short lines: `#` headings, `-` items, `|` rows, `~` what is set aside.
fn lines(content: &Content) -> Vec<String> {
    content
        .blocks
        .iter()
        .map(|b| {
            let mark = match b.kind {
                BlockKind::Heading => "# ",
                BlockKind::ListItem => "- ",
                BlockKind::Row => "| ",
                _ => "",
            };
            let links: String = b.links.iter().map(|l| format!(" <{}>", l.target)).collect();
            let aside = if b.aside { "~ " } else { "" };
            format!("{aside}{mark}{}{links}", b.text.replace('\t', " | "))
        })
        .collect()
}

#[track_caller]
fn check(body: &str, want: &[&str]) {
    let content = open("a.docx", &docx(body, &[]));
    assert_eq!(lines(&content), want, "{body}");
    assert!(content.problems.is_empty(), "{:?}", content.problems);
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn tc(text: &str) -> String {
    format!("<w:tc>{}</w:tc>", p(text))
}

#[test]
fn a_value_over_several_runs_is_one_value() {
    check(
        "<w:p><w:r><w:t>hxxp://ev</w:t></w:r><w:proofErr/><w:r><w:rPr><w:b/></w:rPr><w:t>il[.]exa</w:t></w:r><w:r><w:t>mple</w:t><w:noBreakHyphen/><w:t>x/a&amp;b</w:t></w:r></w:p>",
        &["hxxp://evil[.]example-x/a&b"],
    );
}

#[test]
fn deleted_text_is_left_out_and_inserted_text_is_read() {
    check(
        "<w:p><w:r><w:t>a </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>",
        &["a new"],
    );
    check(
        &format!(
            "<w:tbl><w:tr><w:trPr><w:del/></w:trPr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
            tc("old.example"),
            tc("x"),
            tc("new.example"),
            tc("y")
        ),
        &["| new.example | y"],
    );
}

#[test]
fn a_text_box_stands_once_and_ruby_text_not_at_all() {
    let boxed = |t: &str| format!("<w:txbxContent>{}</w:txbxContent>", p(t));
    check(
        &format!(
            "<w:p><w:r><w:t>host </w:t></w:r><w:r><mc:AlternateContent><mc:Choice>{0}</mc:Choice><mc:Fallback>{0}</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>text</w:t></w:r></w:p>",
            boxed("box")
        ),
        &["box", "host text"],
    );
    check(
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>てがかり</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>手掛</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>",
        &["手掛"],
    );
}

#[test]
fn links_come_from_relations_and_fields() {
    let content = open(
        "a.docx",
        &docx(
            "<w:p><w:hyperlink r:id=\"r1\"><w:r><w:t>there</w:t></w:r></w:hyperlink><w:r><w:t> and </w:t></w:r><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText> HYPERLINK \"https://b.example/\" </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>here</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>",
            &[(
                "word/_rels/document.xml.rels",
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"x/hyperlink\" Target=\"https://a.example/?x=1&amp;y=2\" TargetMode=\"External\"/></Relationships>",
            )],
        ),
    );
    assert_eq!(
        lines(&content),
        ["there and here <https://a.example/?x=1&y=2> <https://b.example/>"]
    );
}

#[test]
fn tables_keep_their_cells() {
    let span = "<w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr><w:p><w:r><w:t>wide</w:t></w:r></w:p></w:tc>";
    let starts = "<w:tc><w:tcPr><w:vMerge w:val=\"restart\"/></w:tcPr><w:p><w:r><w:t>Family</w:t></w:r></w:p></w:tc>";
    let goes_on = "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>";
    check(
        &format!(
            "<w:tbl><w:tr>{span}{}</w:tr><w:tr>{starts}{}{}</w:tr><w:tr>{goes_on}{}{}</w:tr></w:tbl>",
            tc("x"),
            tc("192.0.2.1"),
            tc("1"),
            tc("192.0.2.2"),
            tc("2")
        ),
        &[
            "| wide |  | x",
            "| Family | 192.0.2.1 | 1",
            "| Family | 192.0.2.2 | 2",
        ],
    );
    // A table in a cell is a table of its own, and a frame of one cell is none.
    check(
        &format!(
            "<w:tbl><w:tr><w:tc>{}<w:tbl><w:tr>{}{}</w:tr></w:tbl>{}</w:tc></w:tr></w:tbl>",
            p("before"),
            tc("192.0.2.1"),
            tc("in"),
            p("after")
        ),
        &["before", "| 192.0.2.1 | in", "after"],
    );
}

#[test]
fn notes_and_page_frames_are_set_aside_and_their_marking_holds() {
    let relation = |id: &str, kind: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"x/{kind}\" Target=\"{kind}1.xml\"/>")
    };
    let relations = format!(
        "<Relationships>{}{}{}</Relationships>",
        relation("1", "footnotes"),
        relation("2", "header"),
        relation("3", "comments")
    );
    let content = open(
        "a.docx",
        &docx(
            &p("Body."),
            &[
                ("word/_rels/document.xml.rels", relations.as_str()),
                ("word/footnotes1.xml", &p("A note https://n.example/")),
                ("word/header1.xml", &p("TLP:AMBER")),
                ("word/comments1.xml", &p("really?")),
            ],
        ),
    );
    assert_eq!(
        lines(&content),
        [
            "Body.",
            "~ really?",
            "~ A note https://n.example/",
            "~ TLP:AMBER"
        ]
    );
    assert_eq!(content.tlp, Some(tegakari_model::Tlp::Amber));
}

#[test]
fn a_sheet_of_records_in_word_is_a_record_a_table() {
    let hash = |c: char| format!("{c}3f29c77").repeat(8);
    let table = |c: char, name: &str| {
        format!(
            "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>{}",
            tc("SHA 256"),
            tc(&hash(c)),
            tc("一般的なファイル名"),
            tc(name),
            p("")
        )
    };
    let report = report(
        "a.docx",
        &docx(
            &format!("{}{}", table('a', "x.exe"), table('b', "x.exe")),
            &[],
        ),
    );
    let files: Vec<_> = report
        .files
        .iter()
        .map(|f| (f.sha256.clone().unwrap_or_default(), f.names.join(",")))
        .collect();
    assert_eq!(
        files,
        [
            (hash('a'), "x.exe".to_owned()),
            (hash('b'), "x.exe".to_owned())
        ]
    );
}

#[test]
fn an_archive_is_one_report_whose_members_are_judged_apart() {
    let inner = package(&[("deep/list.txt", "45.77.12.9\n45.77.12.10\n")]);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default();
    let locked = SimpleFileOptions::default().with_aes_encryption(zip::AesMode::Aes256, "infected");
    for (name, bytes, options) in [
        (
            "report.html",
            b"<html><title>Foo strikes</title><body><p>The group used hxxp://evil-cdn[.]net/a to lure people.</p></body></html>".as_slice(),
            plain,
        ),
        ("iocs.csv", b"value,type\nevil-cdn.net,domain\nbad-cdn.net,domain\n", locked),
        ("more.zip", &inner, plain),
        ("a.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0http://inside-cdn.net/", plain),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let report = report("all.zip", &zip.finish().unwrap().into_inner());
    assert_eq!(report.source.format, "zip");
    assert_eq!(report.title.as_deref(), Some("Foo strikes"));
    let found: Vec<(String, Option<String>)> = report
        .indicators()
        .into_iter()
        .filter(|i| matches!(i.observable.kind(), K::Domain | K::Ipv4 | K::Url))
        .map(|i| {
            let path = i.citations.first().and_then(|c| c.path.clone());
            (i.observable.value().to_owned(), path)
        })
        .collect();
    let at = |v: &str, p: &str| (v.to_owned(), Some(p.to_owned()));
    assert_eq!(
        found,
        [
            at("http://evil-cdn.net/a", "report.html"),
            at("evil-cdn.net", "iocs.csv"),
            at("bad-cdn.net", "iocs.csv"),
            at("45.77.12.9", "more.zip!deep/list.txt"),
            at("45.77.12.10", "more.zip!deep/list.txt"),
        ]
    );
    let [problem] = report.problems.as_slice() else {
        panic!("{:?}", report.problems)
    };
    assert!(problem.what.contains("a.exe (a program)"), "{problem:?}");
}

fn odt(body: &str) -> Vec<u8> {
    let document = format!(
        "<office:document-content xmlns:office=\"o\"><office:automatic-styles><style:style style:name=\"B\"><style:text-properties fo:font-weight=\"bold\"/></style:style><style:style style:name=\"hid\"><style:table-properties table:display=\"false\"/></style:style></office:automatic-styles><office:body>{body}</office:body></office:document-content>"
    );
    package(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("META-INF/manifest.xml", "<x/>"),
        ("content.xml", document.as_str()),
        (
            "meta.xml",
            "<m><dc:title>Core</dc:title><dc:creator>Foo CERT</dc:creator><dc:date>2025-03-06T10:00:00</dc:date></m>",
        ),
    ])
}

#[test]
fn open_documents_are_read_like_word_documents() {
    for (body, want) in [
        (
            "<text:h text:outline-level=\"1\">Head</text:h><text:p>hxxp://ev<text:span text:style-name=\"B\">il[.]exa</text:span>mple<text:line-break/>two<text:s text:c=\"2\"/>x</text:p>",
            &["# Head", "hxxp://evil[.]example\ntwo  x"][..],
        ),
        (
            "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>kept <text:a xlink:href=\"https://a.example/\">link</text:a><text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>a note</text:p></text:note-body></text:note> on</text:p>",
            &["kept link on <https://a.example/>", "~ a note"],
        ),
        (
            "<text:p text:style-name=\"B\">Bold head</text:p><text:list><text:list-item><text:p>item</text:p></text:list-item></text:list><text:p><text:ruby><text:ruby-base>手掛</text:ruby-base><text:ruby-text>てがかり</text:ruby-text></text:ruby></text:p>",
            &["# Bold head", "- item", "手掛"],
        ),
        (
            "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>IP</text:p></table:table-cell><table:table-cell><text:p>Note</text:p></table:table-cell></table:table-row></table:table-header-rows><table:table-row><table:table-cell><text:p>192.0.2.1</text:p></table:table-cell><table:table-cell table:number-rows-spanned=\"2\"><text:p>both</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>192.0.2.2</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table>",
            &["| 192.0.2.1 | both", "| 192.0.2.2 | both"],
        ),
    ] {
        let content = open("a.odt", &odt(body));
        assert_eq!(lines(&content), want, "{body}");
        assert_eq!(content.properties.author.as_deref(), Some("Foo CERT"));
    }
}

#[test]
fn a_workbook_is_read_sheet_by_sheet() {
    let cell =
        |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let first = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\">{}</row><row r=\"3\">{}{}{}</row><row r=\"4\">{}<c r=\"B4\"><v>443</v></c><c r=\"C4\" s=\"1\"><v>45722</v></c></row><row r=\"1048576\">{}</row></sheetData></worksheet>",
        cell("A1", "Indicators of Compromise"),
        cell("A3", "Domain"),
        cell("B3", "Port"),
        cell("C3", "First seen"),
        cell("A4", "evil-cdn[.]net"),
        cell("XFD1048576", "far"),
    );
    let second = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\">{}</row></sheetData></worksheet>",
        cell("A1", "45.77.12.9")
    );
    let bytes = package(&[
        ("[Content_Types].xml", "<Types/>"),
        (
            "_rels/.rels",
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        (
            "xl/workbook.xml",
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"IOCs\" sheetId=\"1\" r:id=\"r1\"/><sheet name=\"More\" sheetId=\"2\" state=\"hidden\" r:id=\"r2\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>",
        ),
        (
            "xl/styles.xml",
            "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>",
        ),
        ("xl/worksheets/sheet1.xml", &first),
        ("xl/worksheets/sheet2.xml", &second),
    ]);
    let content = open("a.xlsx", &bytes);
    assert_eq!(
        lines(&content),
        [
            "# IOCs",
            "# Indicators of Compromise",
            "| evil-cdn[.]net | 443 | 2025-03-06",
            "# More",
            "| 45.77.12.9"
        ],
        "{:?}",
        content.problems
    );
    let row = content.blocks.iter().find(|b| b.text.starts_with("evil"));
    assert_eq!(row.and_then(|b| b.path.as_deref()), Some("IOCs!A4"));
    let said: Vec<&str> = content.problems.iter().map(|p| p.what.as_str()).collect();
    assert!(said.iter().any(|p| p.contains("hidden")), "{said:?}");
    assert!(said.iter().any(|p| p.contains("beyond column")), "{said:?}");
}

/// Found by fuzzing: the library asks for memory for all cells that a sheet declares.
#[test]
fn a_workbook_that_declares_more_cells_than_a_sheet_has_costs_itself_only() {
    let whole = include_bytes!("../../../../fuzz/seeds/xls/a.xls").to_vec();
    let at = whole
        .windows(4)
        .position(|w| w == [0x00, 0x02, 0x0E, 0x00])
        .unwrap();
    for (field, value) in [(8, u32::MAX), (4, 0x00FF_FFFF)] {
        let mut bytes = whole.clone();
        bytes[at + field..at + field + 4].copy_from_slice(&value.to_le_bytes());
        let content = open("a.xls", &bytes);
        assert_eq!(content.problems.len(), 1, "{:?}", content.problems);
    }
    assert!(open("a.xls", &whole).problems.is_empty());
}

#[test]
fn a_paragraph_that_begins_with_its_name_is_not_below_the_hash_above() {
    let broken = |lines: &[&str]| {
        let runs: Vec<String> = lines
            .iter()
            .map(|line| format!("<w:r><w:t>{line}</w:t></w:r>"))
            .collect();
        format!("<w:p>{}</w:p>", runs.join("<w:r><w:br/></w:r>"))
    };
    let sum = |letter: &str| letter.repeat(32).replace("0a", "0b") + &"1f".repeat(16);
    let (a, b, c) = (sum("2"), sum("3"), sum("4"));
    let body = [
        broken(&["a.zip", &a, "PDF file", &b]),
        broken(&["run.bat", &c]),
    ]
    .concat();
    let report = report("list.docx", &docx(&body, &[]));
    let files: Vec<(Option<&str>, &[String])> = report
        .files
        .iter()
        .map(|file| (file.sha256.as_deref(), file.names.as_slice()))
        .collect();
    assert_eq!(
        files,
        [
            (Some(a.as_str()), &["a.zip".to_owned()][..]),
            (Some(c.as_str()), &["run.bat".to_owned()][..]),
        ]
    );
}
