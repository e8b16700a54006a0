//! Mails, feeds and archives: what is inside them is read as what it is, and nothing they do costs more
//! than its limits.
#![allow(clippy::unwrap_used, reason = "building a sample cannot fail")]

use std::io::{Cursor, Write};

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, ObservableKind as K, Report};
use tegakari_read::{Document, contents, formats, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn report(name: &str, bytes: &[u8]) -> Report {
    read(Document { name, bytes }, Knowledge::embedded())
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Value, what it means, and where it stands first.
fn found(report: &Report) -> Vec<(String, Disposition, String)> {
    report
        .mentions
        .iter()
        .filter(|m| {
            matches!(
                m.observable.kind(),
                K::Domain | K::Ipv4 | K::Url | K::Email | K::Sha256
            )
        })
        .map(|m| {
            let path = m.citations.first().and_then(|c| c.path.clone());
            (
                m.observable.value().to_owned(),
                m.disposition,
                path.unwrap_or_default(),
            )
        })
        .collect()
}

fn one(value: &str, disposition: Disposition, path: &str) -> (String, Disposition, String) {
    (value.to_owned(), disposition, path.to_owned())
}

const PAGE: &str = "<html><head><title>Foo strikes</title></head><body><p>It calls hxxp://evil-cdn[.]net/a</p></body></html>";

const NEWSLETTER: &str = "Return-Path: <news@cert-foo.net>\r
Received: from mail.cert-foo.net (mail.cert-foo.net [45.77.1.2]) by mx.corp.net (Postfix) with ESMTPS id 1; Thu, 06 Mar 2025 01:00:00 +0000\r
From: Foo CERT <news@cert-foo.net>\r
To: you@corp.net\r
Subject: =?UTF-8?B?W1RMUDpHUkVFTl0g6YCx5YiK?=\r
Date: Thu, 06 Mar 2025 10:00:00 +0900\r
Message-ID: <1@cert-foo.net>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=m\r
\r
--m\r
Content-Type: multipart/alternative; boundary=a\r
\r
--a\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
The loader calls hxxp://evil-cdn[.]net/gate=\r
way.php?id=3D7 every hour.\r
--a\r
Content-Type: text/html; charset=utf-8\r
\r
<p>The loader calls hxxp://evil-cdn[.]net/gateway.php?id=7 every hour. <a href=\"https://blog.cert-foo.net/7\">More</a></p>\r
--a--\r
--m\r
Content-Type: text/csv; name=iocs.csv\r
Content-Disposition: attachment; filename=iocs.csv\r
Content-Transfer-Encoding: base64\r
\r
dmFsdWUsdHlwZQp3b3JzZS1jZG4ubmV0LGRvbWFpbgo=\r
--m\r
Content-Type: application/octet-stream; name=a.exe\r
Content-Disposition: attachment; filename=a.exe\r
Content-Transfer-Encoding: base64\r
\r
TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAA=\r
--m--\r
";

#[test]
fn a_newsletter_has_one_body_and_its_attachments() {
    let report = report("n.eml", NEWSLETTER.as_bytes());
    assert_eq!(report.source.format, "mail");
    assert_eq!(report.title.as_deref(), Some("[TLP:GREEN] 週刊"));
    assert_eq!(report.publisher.as_deref(), Some("Foo CERT"));
    assert_eq!(
        report.published.as_ref().map(|d| d.0.as_str()),
        Some("2025-03-06")
    );
    assert_eq!(report.tlp, Some(tegakari_model::Tlp::Green));
    assert_eq!(
        found(&report),
        [
            one("news@cert-foo.net", Disposition::Research, "From"),
            one("45.77.1.2", Disposition::Unsure, "Received"),
            one("http://evil-cdn.net/gateway.php?id=7", Disposition::Ioc, ""),
            one("https://blog.cert-foo.net/7", Disposition::Reference, ""),
            one("worse-cdn.net", Disposition::Ioc, "iocs.csv"),
        ]
    );
    let received = &report
        .mentions
        .iter()
        .find(|m| m.observable.value() == "45.77.1.2")
        .unwrap()
        .reasons;
    assert!(
        received.iter().any(|r| r.contains("Received")),
        "{received:?}"
    );
    assert!(
        report
            .problems
            .iter()
            .any(|p| p.what.contains("a.exe (a program)"))
    );
}

#[test]
fn japanese_mails_are_read_in_their_encoding() {
    let (body, _, _) = encoding_rs::ISO_2022_JP
        .encode("攻撃グループの通信先は hxxp://evil-cdn[.]net/a です。\r\n");
    let mut mail = b"From: a@jpcert.or.jp\r\nSubject: =?ISO-2022-JP?B?GyRCQ20wVTQtNS8bKEI=?=\r\nDate: Thu, 06 Mar 2025 10:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=ISO-2022-JP\r\nContent-Transfer-Encoding: 7bit\r\n\r\n".to_vec();
    mail.extend_from_slice(&body);
    let content = contents(Document {
        name: "j.eml",
        bytes: &mail,
    });
    assert_eq!(content.title.as_deref(), Some("注意喚起"));
    assert_eq!(
        content.blocks.last().map(|b| b.text.as_str()),
        Some("攻撃グループの通信先は hxxp://evil-cdn[.]net/a です。")
    );
}

#[test]
fn a_mail_in_a_mail_and_several_in_a_mailbox_are_parts() {
    let inner = "Message-ID: <2@x>\r\nFrom: x@y.net\r\nSubject: Invoice\r\nDate: Thu, 06 Mar 2025 10:00:00 +0900\r\n\r\nPay at http://evil-cdn.net/pay now\r\n";
    let outer = format!(
        "Message-ID: <3@x>\r\nFrom: me@corp.net\r\nSubject: Fwd\r\nDate: Thu, 06 Mar 2025 11:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nLook at this.\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n{inner}--m--\r\n"
    );
    let parts = |bytes: &[u8]| -> Vec<(String, Option<String>)> {
        let content = contents(Document {
            name: "m.eml",
            bytes,
        });
        assert!(
            content
                .blocks
                .iter()
                .any(|b| b.text.contains("evil-cdn.net/pay")),
            "{content:?}"
        );
        content
            .parts
            .into_iter()
            .map(|p| (p.name, p.title))
            .collect()
    };
    let title = || Some("Invoice".to_owned());
    assert_eq!(
        parts(outer.as_bytes()),
        [("Invoice.eml".to_owned(), title())]
    );
    let mailbox = format!(
        "From a@b Thu Mar  6 10:00:00 2025\n{inner}\nFrom a@b Thu Mar  6 10:00:00 2025\n{inner}"
    );
    assert_eq!(
        parts(mailbox.as_bytes()),
        [
            ("message 1.eml".to_owned(), title()),
            ("message 2.eml".to_owned(), title())
        ]
    );
}

#[test]
fn an_item_of_a_feed_is_a_section() {
    let item = "<item><title>Loader &amp;amp; friends</title><link>https://blog.foo-sec.net/1</link><pubDate>Thu, 06 Mar 2025 01:00:00 GMT</pubDate><media:title>no</media:title><description>short</description><content:encoded><![CDATA[<p>It calls hxxp://evil-cdn[.]net/a.</p>]]></content:encoded></item>";
    let rss = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Foo Blog</title><link>https://blog.foo-sec.net/</link><image><title>logo</title><link>https://img.net/</link></image>{item}<item><title>Two</title><link>https://blog.foo-sec.net/2</link><description>&lt;p&gt;Calls bad-cdn[.]net&lt;/p&gt;</description></item></channel></rss>"
    );
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Foo Blog</title><link rel=\"self\" href=\"https://x.net/self\"/><link href=\"https://blog.foo-sec.net/\"/><entry><title type=\"html\">Loader &amp;amp; friends</title><link href=\"https://blog.foo-sec.net/1\"/><updated>2025-03-07T01:00:00Z</updated><published>2025-03-06T01:00:00Z</published><content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>It calls hxxp://evil-cdn[.]net/a.</p></div></content></entry><entry><title>Two</title><link href=\"https://blog.foo-sec.net/2\"/><content type=\"html\">&lt;p&gt;Calls bad-cdn[.]net&lt;/p&gt;</content></entry></feed>";
    let json = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1", "title": "Foo Blog", "home_page_url": "https://blog.foo-sec.net/",
        "items": [
            {"url": "https://blog.foo-sec.net/1", "title": "Loader & friends", "content_html": "<p>It calls hxxp://evil-cdn[.]net/a.</p>", "date_published": "2025-03-06T01:00:00Z"},
            {"url": "https://blog.foo-sec.net/2", "title": "Two", "content_text": "Calls bad-cdn[.]net"}
        ]
    })
    .to_string();
    for text in [rss.as_str(), atom, &json] {
        assert_eq!(formats::sniff("x", text.as_bytes()).id(), "feed");
        let report = report("feed", text.as_bytes());
        assert_eq!(report.title.as_deref(), Some("Foo Blog"), "{text}");
        assert_eq!(
            report.published.as_ref().map(|d| d.0.as_str()),
            Some("2025-03-06"),
            "{text}"
        );
        assert_eq!(
            found(&report),
            [
                one(
                    "https://blog.foo-sec.net/1",
                    Disposition::Reference,
                    "item 1"
                ),
                one("http://evil-cdn.net/a", Disposition::Ioc, "item 1"),
                one(
                    "https://blog.foo-sec.net/2",
                    Disposition::Reference,
                    "item 2"
                ),
                one("bad-cdn.net", Disposition::Ioc, "item 2"),
            ],
            "{text}"
        );
        let sections: Vec<_> = report
            .mentions
            .iter()
            .filter_map(|m| m.citations.first()?.section.clone())
            .collect();
        assert!(
            sections.iter().any(|s| s == "Loader & friends"),
            "{sections:?}"
        );
    }
}

#[test]
fn packings_are_taken_off() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(PAGE.as_bytes()).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in [
        ("a/r.html", PAGE),
        ("a/i.csv", "value,type\nworse-cdn.net,domain\n"),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    for (name, bytes) in [
        ("r.html.gz", gzip.finish().unwrap()),
        (
            "r.html.zst",
            zstd::stream::encode_all(PAGE.as_bytes(), 1).unwrap(),
        ),
        (
            "r.tar.zst",
            zstd::stream::encode_all(tar.as_slice(), 1).unwrap(),
        ),
        ("r.tar", tar),
    ] {
        let report = report(name, &bytes);
        assert_eq!(report.title.as_deref(), Some("Foo strikes"), "{name}");
        let ioc = report
            .mentions
            .iter()
            .find(|m| m.observable.value() == "http://evil-cdn.net/a");
        assert_eq!(ioc.map(|m| m.disposition), Some(Disposition::Ioc), "{name}");
        assert!(report.problems.is_empty(), "{name}: {:?}", report.problems);
    }
}

#[test]
fn members_that_are_locked_or_broken_are_named() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let other = SimpleFileOptions::default().with_aes_encryption(zip::AesMode::Aes256, "secret");
    archive.start_file("locked.html", other).unwrap();
    archive.write_all(PAGE.as_bytes()).unwrap();
    let report = report("a.zip", &archive.finish().unwrap().into_inner());
    assert!(
        report
            .problems
            .iter()
            .any(|p| p.what.contains("locked.html") && p.what.contains("password")),
        "{:?}",
        report.problems
    );
}

#[test]
fn a_structured_member_keeps_what_it_states() {
    let bundle = r#"{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":[{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000002","created":"2025-03-06T00:00:00Z","modified":"2025-03-06T00:00:00Z","pattern":"[domain-name:value = 'evil-cdn.net']","pattern_type":"stix","valid_from":"2025-03-06T00:00:00Z"}]}"#;
    let report = report("a.zip", &zip(&[("b.json", bundle.as_bytes())]));
    let mention = report
        .mentions
        .iter()
        .find(|m| m.observable.value() == "evil-cdn.net")
        .unwrap();
    assert_eq!(mention.disposition, Disposition::Ioc);
    assert!(
        mention.citations.iter().any(|c| c
            .path
            .as_deref()
            .is_some_and(|p| p.starts_with("b.json!/objects/0"))),
        "{mention:?}"
    );
}

#[test]
fn bombs_go_off_harmlessly() {
    // 40 MB of zeros in a ZIP in a ZIP …, many times over.
    let zeros = vec![b'0'; 40 << 20];
    let mut bomb = zip(&[("0.txt", &zeros)]);
    for _ in 0..9 {
        bomb = zip(&[
            ("a.zip", bomb.as_slice()),
            ("b.zip", &bomb),
            ("c.zip", &bomb),
        ]);
    }
    let content = contents(Document {
        name: "bomb.zip",
        bytes: &bomb,
    });
    assert!(!content.problems.is_empty());
    assert!(content.blocks.iter().map(|b| b.text.len()).sum::<usize>() < 300 << 20);

    let deep = "<w:tbl><w:tr><w:tc><w:p><w:r><w:txbxContent>".repeat(100_000);
    let entities = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><w:document><w:body><w:p><w:r><w:t>&b;&b;</w:t></w:r></w:p></w:body></w:document>";
    for body in [deep.as_str(), entities] {
        let docx = zip(&[
            ("[Content_Types].xml", b"<x/>"),
            ("word/document.xml", body.as_bytes()),
        ]);
        let content = contents(Document {
            name: "a.docx",
            bytes: &docx,
        });
        assert!(content.blocks.iter().map(|b| b.text.len()).sum::<usize>() < 100);
    }
}

#[test]
fn a_million_paragraphs_are_read() {
    let mut body = String::from("<w:document><w:body>");
    for i in 0..1_000_000 {
        body.push_str(&format!("<w:p><w:r><w:t>Line {i}</w:t></w:r></w:p>"));
    }
    body.push_str("</w:body></w:document>");
    let docx = zip(&[
        ("[Content_Types].xml", b"<x/>"),
        ("word/document.xml", body.as_bytes()),
    ]);
    let content = contents(Document {
        name: "a.docx",
        bytes: &docx,
    });
    assert_eq!(content.blocks.len(), 1_000_000);
    assert!(content.problems.is_empty(), "{:?}", content.problems);
}
