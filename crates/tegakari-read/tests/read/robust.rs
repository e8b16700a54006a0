//! Every format reads any bytes without a panic, and the same bytes twice to the same report.

use proptest::prelude::*;
use tegakari_knowledge::Knowledge;
use tegakari_read::{Document, formats, read};

/// Beginnings that lead the sniffer to each format, with pieces that its reader acts on.
const PIECES: &[&str] = &[
    "<!doctype html><html>",
    "<table><tr><td>",
    "<pre>",
    "<a href='hxxp://e[.]x.com'>",
    "</a>",
    "<script>",
    "</td></tr>",
    "<h2>IOCs</h2>",
    "# IOCs\n\n",
    "## 通信先一覧\n",
    "| SHA256 | Name |\n|---|---|\n",
    "```\n",
    "---\ntitle: x\n---\n",
    "= A\n",
    "|===\n",
    "----\n",
    "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[",
    "{\"type\":\"indicator\",\"id\":\"indicator--1\",\"pattern\":\"[file:name = 'a']\"}",
    "]}",
    "{\"Event\":{\"info\":\"x\",\"Attribute\":[{\"type\":\"filename|md5\",\"value\":\"a|b\"}]}}",
    "value,type\n",
    "1.2.3.4,ip\n",
    "\"a,b\nc\",d\n",
    "{\"ioc\":\"evil.com\"}\n",
    "SHA 256:47ecaab5cd6b26fe18d9759a9392bce81ba379817c53a3a468fe9060a076f8ca\n",
    "検出名:なし\n",
    "一般的なファイル名：a.exe\n",
    "hxxps[://]",
    "evil[.]com",
    "ｅｖｉｌ．ｃｏｍ",
    "。com",
    "C:\\a b\\",
    "HKLM\\",
    "\\\\.\\pipe\\",
    "2001:db8::1",
    "Lotus Blossum",
    "ﾃﾞ",
    "\u{202e}",
    "\u{0}",
    "\t",
    "\n\n",
    "é",
    "𝗲𝘃𝗶𝗹",
    "T1059/001",
    "TLP:RED",
    "令和7年3月6日",
    "`",
    "「",
    "」",
    "(",
    "[",
    "]",
    "%APPDATA%\\<user>\\x.exe",
    "~/.x/<8hex>/y",
    "CVE-2024-",
    "1234",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_mixture_of_pieces_is_read(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let text = pieces.concat();
        let document = Document { name: "x", bytes: text.as_bytes() };
        let first = read(document, Knowledge::embedded());
        prop_assert_eq!(&first, &read(document, Knowledge::embedded()));
        for mention in &first.mentions {
            prop_assert!(!mention.citations.is_empty() && !mention.reasons.is_empty());
            prop_assert!(mention.citations.iter().all(|c| c.quote.chars().count() <= 200));
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(Document { name: "x.md", bytes: &bytes }, Knowledge::embedded());
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        let _ = read(Document { name: "x.csv", bytes: text.as_bytes() }, Knowledge::embedded());
    }
}

#[test]
fn formats_are_sniffed_from_content_and_have_ids_of_their_own() {
    for (name, text, want) in [
        (
            "a.txt",
            "{\"type\": \"bundle\", \"id\": \"bundle--1\", \"objects\": []}",
            "stix-bundle",
        ),
        (
            "a.txt",
            "{\"response\":[{\"Event\":{\"info\":\"x\",\"Attribute\":[]}}]}",
            "misp-event",
        ),
        ("a.md", "<!DOCTYPE html><html><body>x</body></html>", "html"),
        (
            "README",
            "# A\n\n## B\n\n[x](https://e.example)\n\n| a |\n|---|\n",
            "markdown",
        ),
        ("x", "value,type\n1.2.3.4,ip\n", "csv"),
        ("x", "= A\n\n== B\n\n----\n1.2.3.4\n----\n", "asciidoc"),
        (
            "x",
            "{\"ioc\":\"evil.com\"}\n{\"ioc\":\"evil.org\"}\n",
            "json-lines",
        ),
        ("a.csv", "just a sentence, nothing else", "plain"),
    ] {
        assert_eq!(formats::sniff(name, text.as_bytes()).id(), want, "{text}");
    }
    let mut ids: Vec<&str> = formats::ALL.iter().map(|f| f.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), formats::ALL.len());
}

/// A line that is split into pieces is copied once: pieces that each kept the room of all that follow cost 16 GB
/// for 50 MB.
#[test]
fn a_line_of_megabytes_costs_its_length() {
    let line =
        "The malware at evil[.]example contacts hxxp://bad.example/a.exe and more. ".repeat(60_000);
    let document = Document {
        name: "line.txt",
        bytes: line.as_bytes(),
    };
    let content = tegakari_read::contents(document);
    let kept: usize = content.blocks.iter().map(|b| b.text.capacity()).sum();
    assert!(content.blocks.len() > 100);
    assert!(kept < 2 * line.len(), "{kept} bytes for {}", line.len());
    let text: String = content.blocks.iter().map(|b| b.text.as_str()).collect();
    assert_eq!(text.trim_end(), line.trim_end());
}

#[test]
fn links_of_a_long_block_stand_in_its_pieces() {
    let link = "<a href=\"https://x.example/page\">evil[.]example</a> is one of many hosts, ";
    let page = format!("<!doctype html><html><p>{}</p>", link.repeat(2000));
    let document = Document {
        name: "page.html",
        bytes: page.as_bytes(),
    };
    let content = tegakari_read::contents(document);
    let links = content
        .blocks
        .iter()
        .flat_map(|b| b.links.iter().map(move |l| (b, l)));
    assert_eq!(links.clone().count(), 2000);
    let whole = links.filter(|(b, l)| b.text.get(l.start..l.end) == Some("evil[.]example"));
    // One at each cut may be in two pieces.
    assert!(whole.count() >= 1980);
}

/// Found by fuzzing: the share of kana was taken of no letters at all.
#[test]
fn ascii_with_a_byte_of_another_encoding_far_down_is_read() {
    for byte in [0xE9, 0x92, 0x80, 0xFF] {
        let mut bytes = b"See evil-host.net for more. ".repeat(200);
        bytes.push(byte);
        let document = Document {
            name: "a.txt",
            bytes: &bytes,
        };
        let report = read(document, Knowledge::embedded());
        assert!(!report.mentions.is_empty(), "{byte:x}");
    }
}

/// Found by fuzzing: the parser of mails panics at this one where its assertions are on.
#[test]
fn a_mail_whose_parts_close_what_was_never_opened_is_lost_with_a_word_or_read() {
    let bytes = include_bytes!("../../../../fuzz/seeds/mail/unopened.eml");
    let mail = formats::ALL.iter().find(|f| f.id() == "mail").unwrap();
    let content = formats::read_as(*mail, "unopened.eml", bytes);
    assert!(!content.blocks.is_empty() || !content.problems.is_empty());
}
