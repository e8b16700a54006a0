//! PDFs made here, read back: what was written must come out, in the order in which a person reads it.

use std::io::Write;

use pdf_writer::types::{ActionType, AnnotationType, CidFontType, SystemInfo};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};
use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, Report};
use tegakari_read::content::{BlockKind, Content as Blocks};
use tegakari_read::{Document, contents, read};

/// What is drawn on a page, in points from the lower left corner.
enum Draw<'a> {
    /// Text in a font (`F` plain, `B` bold, `J` UniJIS-UTF16-H, `S` 90ms-RKSJ-H) of a size, at a place.
    Text(&'a str, f32, f32, f32, &'a [u8]),
    /// A line from one place to another.
    Line(f32, f32, f32, f32),
    /// A link over a rectangle.
    Link(f32, f32, f32, f32, &'a str),
    /// A picture over the whole page.
    Scan,
}

use Draw::{Line, Link, Scan, Text};

/// A document of such pages.
fn pdf(pages: &[Vec<Draw<'_>>]) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let count = i32::try_from(pages.len()).expect("few pages");
    let (catalog, tree, plain, bold, utf16, rksj, image) = (
        Ref::new(1),
        Ref::new(2),
        Ref::new(3),
        Ref::new(4),
        Ref::new(5),
        Ref::new(6),
        Ref::new(7),
    );
    let page = |i: i32| Ref::new(20 + 2 * i);
    let stream = |i: i32| Ref::new(21 + 2 * i);
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids((0..count).map(page)).count(count);
    for (id, name) in [(plain, "Helvetica"), (bold, "Helvetica-Bold")] {
        pdf.type1_font(id)
            .base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (id, descendant, encoding) in [(utf16, 8, "UniJIS-UTF16-H"), (rksj, 9, "90ms-RKSJ-H")] {
        pdf.type0_font(id)
            .base_font(Name(b"Ryumin-Light"))
            .encoding_predefined(Name(encoding.as_bytes()))
            .descendant_font(Ref::new(descendant));
        pdf.cid_font(Ref::new(descendant))
            .subtype(CidFontType::Type0)
            .base_font(Name(b"Ryumin-Light"))
            .system_info(SystemInfo {
                registry: Str(b"Adobe"),
                ordering: Str(b"Japan1"),
                supplement: 2,
            })
            .font_descriptor(Ref::new(10))
            .default_width(1000.0)
            .widths()
            .same(1, 94, 500.0);
    }
    pdf.font_descriptor(Ref::new(10))
        .name(Name(b"Ryumin-Light"));
    let mut picture = pdf.image_xobject(image, &[0]);
    picture.width(1).height(1).bits_per_component(8);
    picture.color_space().device_gray();
    picture.finish();
    for (i, draws) in pages.iter().enumerate() {
        let i = i32::try_from(i).expect("few pages");
        let mut content = Content::new();
        for draw in draws {
            match draw {
                Text(font, size, x, y, bytes) => {
                    content.begin_text();
                    content.set_font(Name(font.as_bytes()), *size);
                    content.next_line(*x, *y).show(Str(bytes)).end_text();
                }
                Line(x0, y0, x1, y1) => {
                    content.move_to(*x0, *y0).line_to(*x1, *y1).stroke();
                }
                Scan => {
                    content
                        .save_state()
                        .transform([612.0, 0.0, 0.0, 792.0, 0.0, 0.0]);
                    content.x_object(Name(b"I")).restore_state();
                }
                Link(..) => {}
            }
        }
        pdf.stream(stream(i), &content.finish());
        let mut one = pdf.page(page(i));
        one.parent(tree)
            .media_box(Rect::new(0.0, 0.0, 612.0, 792.0))
            .contents(stream(i));
        let targets: Vec<_> = draws
            .iter()
            .filter_map(|draw| match draw {
                Link(x0, y0, x1, y1, target) => Some((Rect::new(*x0, *y0, *x1, *y1), *target)),
                _ => None,
            })
            .collect();
        let link = |n: usize| Ref::new(1000 + 100 * i + i32::try_from(n).expect("few links"));
        one.annotations((0..targets.len()).map(link));
        let mut resources = one.resources();
        resources.x_objects().pair(Name(b"I"), image);
        resources
            .fonts()
            .pair(Name(b"F"), plain)
            .pair(Name(b"B"), bold)
            .pair(Name(b"J"), utf16)
            .pair(Name(b"S"), rksj);
        resources.finish();
        one.finish();
        for (n, (rect, target)) in targets.into_iter().enumerate() {
            let mut annotation = pdf.annotation(link(n));
            annotation.subtype(AnnotationType::Link).rect(rect);
            annotation
                .action()
                .action_type(ActionType::Uri)
                .uri(Str(target.as_bytes()));
        }
    }
    pdf.finish()
}

fn blocks(bytes: &[u8]) -> Blocks {
    contents(Document {
        name: "report.pdf",
        bytes,
    })
}

fn report(bytes: &[u8]) -> Report {
    read(
        Document {
            name: "report.pdf",
            bytes,
        },
        Knowledge::embedded(),
    )
}

/// The texts of all blocks but those set aside.
fn texts(content: &Blocks) -> Vec<&str> {
    content
        .blocks
        .iter()
        .filter(|b| !b.aside)
        .map(|b| b.text.as_str())
        .collect()
}

/// Lines of plain text, one below the other from a place on.
fn column<'a>(x: f32, y: f32, lines: &[&'a str]) -> Vec<Draw<'a>> {
    lines
        .iter()
        .enumerate()
        .map(|(i, line)| Text("F", 10.0, x, y - 12.0 * i as f32, line.as_bytes()))
        .collect()
}

#[track_caller]
fn check(page: Vec<Draw<'_>>, want: &[&str]) {
    let bytes = pdf(&[page]);
    let content = blocks(&bytes);
    assert_eq!(texts(&content), want);
    assert!(content.problems.is_empty(), "{:?}", content.problems);
}

const LEFT: [&str; 5] = [
    "The operators registered new domains shortly",
    "before each wave and rotated the hosts that",
    "delivered the implant every few days, so that",
    "lists of addresses were out of date when they",
    "were published by those who had seen them.",
];
const RIGHT: [&str; 5] = [
    "Victims received a message with a shortcut",
    "file that started a script which fetched the",
    "second stage from a web site that had been",
    "taken over, and every one of these messages",
    "named a delivery that nobody had asked for.",
];

#[test]
fn columns_are_read_one_after_the_other() {
    let mut page = vec![Text("B", 20.0, 60.0, 720.0, b"Operation Paper Lantern")];
    for (i, (left, right)) in LEFT.iter().zip(RIGHT).enumerate() {
        // As they lie on the page, across both.
        let y = 680.0 - 12.0 * i as f32;
        page.push(Text("F", 10.0, 60.0, y, left.as_bytes()));
        page.push(Text("F", 10.0, 320.0, y, right.as_bytes()));
    }
    check(
        page,
        &["Operation Paper Lantern", &LEFT.join(" "), &RIGHT.join(" ")],
    );
}

#[test]
fn words_are_told_by_their_distance_whatever_order_they_are_drawn_in() {
    check(
        vec![
            Text("F", 10.0, 103.0, 700.0, b"contacts"),
            Text("F", 10.0, 60.0, 700.0, b"malware"),
            Text("F", 10.0, 145.0, 700.0, b"evil.example.net."),
        ],
        &["malware contacts evil.example.net."],
    );
}

/// A ruled table with columns from 60, 120 and 260 to 400.
fn grid(rows: usize) -> Vec<Draw<'static>> {
    let bottom = 700.0 - 40.0 * rows as f32;
    let mut page: Vec<Draw<'_>> = [60.0, 120.0, 260.0, 400.0]
        .map(|x| Line(x, 700.0, x, bottom))
        .into();
    page.extend((0..=rows).map(|i| {
        let y = 700.0 - 40.0 * i as f32;
        Line(60.0, y, 400.0, y)
    }));
    page
}

#[test]
fn values_broken_in_narrow_cells_are_whole_again() {
    let mut page = grid(4);
    for (x, y, text) in [
        (65.0, 680.0, "Type"),
        (125.0, 680.0, "Indicator"),
        (265.0, 680.0, "Description"),
        (65.0, 645.0, "SHA256"),
        (125.0, 645.0, "47ecaab5cd6b26fe18d9759a"),
        (125.0, 635.0, "9392bce81ba379817c53a3a4"),
        (125.0, 625.0, "68fe9060a076f8ca"),
        (265.0, 645.0, "Loader of the"),
        (265.0, 635.0, "first wave"),
        (65.0, 605.0, "URL"),
        (125.0, 605.0, "hxxps://cdn[.]evil-"),
        (125.0, 595.0, "example[.]net/a/b.php?"),
        (125.0, 585.0, "id=4"),
        (65.0, 565.0, "IP"),
        (125.0, 565.0, "198.51.100.7"),
        (125.0, 555.0, "203.0.113.9"),
    ] {
        page.push(Text("F", 9.0, x, y, text.as_bytes()));
    }
    let bytes = pdf(&[page]);
    let content = blocks(&bytes);
    assert_eq!(
        texts(&content),
        [
            "SHA256\t47ecaab5cd6b26fe18d9759a9392bce81ba379817c53a3a468fe9060a076f8ca\tLoader of the first wave",
            "URL\thxxps://cdn[.]evil-example[.]net/a/b.php?id=4\t",
            "IP\t198.51.100.7\n203.0.113.9\t",
        ]
    );
    assert!(content.blocks.iter().all(|b| {
        b.kind == BlockKind::Row
            && b.header
                .as_ref()
                .is_some_and(|h| **h == ["Type", "Indicator", "Description"])
    }));
}

#[test]
fn a_table_without_rules_has_rows_too() {
    let mut page = Vec::new();
    for (i, (a, b)) in [
        ("Name", "MD5"),
        ("loader.exe", "8b9a0b44b738c7884e6a14f4cb18afff"),
        ("stage.dll", "9478050023c7f8668df4fc39b0ddd79c"),
    ]
    .iter()
    .enumerate()
    {
        let y = 700.0 - 16.0 * i as f32;
        page.push(Text("F", 10.0, 60.0, y, a.as_bytes()));
        page.push(Text("F", 10.0, 200.0, y, b.as_bytes()));
    }
    check(
        page,
        &[
            "loader.exe\t8b9a0b44b738c7884e6a14f4cb18afff",
            "stage.dll\t9478050023c7f8668df4fc39b0ddd79c",
        ],
    );
}

#[test]
fn a_link_says_where_its_value_ends() {
    let first = "All of it is described by others as well, see https://blog.example.org/reports/";
    let second = "lantern for the whole story.";
    let lines = |target: &'static str| {
        let mut page = column(60.0, 700.0, &[first, second]);
        page.push(Link(270.0, 695.0, 420.0, 710.0, target));
        page.push(Link(60.0, 683.0, 95.0, 697.0, target));
        page
    };
    check(
        lines("https://blog.example.org/reports/lantern"),
        &[&format!("{first}{second}")],
    );
    let mut apart = column(60.0, 700.0, &[first, second]);
    apart.push(Link(
        270.0,
        695.0,
        420.0,
        710.0,
        "https://blog.example.org/reports/",
    ));
    check(apart, &[&format!("{first} {second}")]);
}

#[test]
fn a_sentence_after_a_value_is_no_part_of_it() {
    let wide =
        "It was first seen by the team of the vendor, who wrote it up on https://example.com/";
    check(
        column(
            60.0,
            700.0,
            &[
                wide,
                "The malware writes files to the disk and waits for an hour.",
            ],
        ),
        &[&format!(
            "{wide} The malware writes files to the disk and waits for an hour."
        )],
    );
}

#[test]
fn japanese_is_read_by_the_predefined_maps() {
    let line = "通信先はhxxp://evil[.]example.netである。";
    let utf16: Vec<u8> = line.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let (rksj, _, _) = encoding_rs::SHIFT_JIS.encode(line);
    check(vec![Text("J", 10.0, 60.0, 700.0, &utf16)], &[line]);
    check(vec![Text("S", 10.0, 60.0, 700.0, &rksj)], &[line]);
}

#[test]
fn what_stands_on_every_page_is_set_aside_and_sentences_go_on() {
    let page = |number: &'static str, body: &[&'static str]| {
        let mut page = column(60.0, 700.0, body);
        page.push(Text("F", 8.0, 60.0, 760.0, b"ACME threat report TLP:AMBER"));
        page.push(Text("F", 8.0, 300.0, 30.0, number.as_bytes()));
        page
    };
    let long =
        "The implant was found on the machines of the finance department and it contacted the";
    let bytes = pdf(&[
        page("Page 1 of 3", &[long]),
        page("Page 2 of 3", &["server paper-lantern[.]net every hour."]),
        page("Page 3 of 3", &["Nothing else was seen."]),
    ]);
    let content = blocks(&bytes);
    assert_eq!(
        texts(&content),
        [
            format!("{long} server paper-lantern[.]net every hour.").as_str(),
            "Nothing else was seen.",
        ]
    );
    let aside: Vec<&str> = content
        .blocks
        .iter()
        .filter(|b| b.aside)
        .map(|b| b.text.as_str())
        .collect();
    assert_eq!(aside, ["ACME threat report TLP:AMBER"]);
    let report = report(&bytes);
    assert_eq!(report.tlp, tegakari_model::Tlp::parse("AMBER"));
    let mention = &report.mentions[0];
    assert_eq!(mention.observable.value(), "paper-lantern.net");
    assert_eq!(mention.disposition, Disposition::Ioc);
    assert_eq!(mention.citations[0].page, Some(1));
}

#[test]
fn scans_are_said_to_be_scans() {
    let says = |pages: &[Vec<Draw<'_>>]| -> Vec<String> {
        blocks(&pdf(pages))
            .problems
            .into_iter()
            .map(|p| p.what)
            .collect()
    };
    let text = || column(60.0, 700.0, &["A page with text."]);
    assert_eq!(
        says(&[vec![Scan], vec![Scan]]),
        ["the PDF is a scan without text: all 2 pages are images"]
    );
    assert_eq!(
        says(&[text(), vec![Scan], vec![Scan], text(), vec![Scan]]),
        ["pages 2-3, 5 are images without text"]
    );
    assert!(says(&[text(), vec![]]).is_empty());
}

#[test]
fn an_empty_password_opens_and_another_is_asked_for() {
    let open = blocks(include_bytes!(
        "../../testdata/pdf/encrypted_empty_password.pdf"
    ));
    assert_eq!(
        texts(&open),
        ["The implant contacts evil-c2[.]example.net every hour."]
    );
    let locked = blocks(include_bytes!("../../testdata/pdf/encrypted_password.pdf"));
    assert_eq!(locked.problems[0].what, "the PDF is locked with a password");
    assert!(locked.blocks.is_empty());
}

#[test]
fn a_stream_that_explodes_costs_itself_only() {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let chunk = b"0 0 m 1 1 l S\n".repeat(4096);
    for _ in 0..1600 {
        packed.write_all(&chunk).unwrap();
    }
    let packed = packed.finish().unwrap();
    let mut pdf = Pdf::new();
    pdf.catalog(Ref::new(1)).pages(Ref::new(2));
    pdf.pages(Ref::new(2)).kids([Ref::new(3)]).count(1);
    pdf.page(Ref::new(3))
        .parent(Ref::new(2))
        .media_box(Rect::new(0.0, 0.0, 612.0, 792.0))
        .contents(Ref::new(4));
    pdf.stream(Ref::new(4), &packed).filter(Filter::FlateDecode);
    let content = blocks(&pdf.finish());
    assert!(content.blocks.is_empty());
    assert!(
        content.problems.iter().any(|p| p.what.contains("unpack")),
        "{:?}",
        content.problems
    );
}

/// Two pages whose content is deflated; the second as `mend` leaves it.
fn deflated(mend: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.catalog(Ref::new(1)).pages(Ref::new(2));
    pdf.pages(Ref::new(2))
        .kids([Ref::new(3), Ref::new(4)])
        .count(2);
    pdf.type1_font(Ref::new(5)).base_font(Name(b"Helvetica"));
    for (page, stream) in [(3, 6), (4, 7)] {
        let mut page = pdf.page(Ref::new(page));
        page.parent(Ref::new(2))
            .media_box(Rect::new(0.0, 0.0, 612.0, 792.0))
            .contents(Ref::new(stream));
        page.resources().fonts().pair(Name(b"F"), Ref::new(5));
    }
    for (stream, whole) in [(6, true), (7, false)] {
        let lines: String = (0..40)
            .map(|i| {
                format!(
                    "BT /F 10 Tf 60 {} Td (It contacts c{i}-{stream}.bluekiln.net today.) Tj ET\n",
                    760 - 15 * i
                )
            })
            .collect();
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(lines.as_bytes()).expect("memory takes it");
        let packed = packed.finish().expect("memory takes it");
        let packed = if whole { packed } else { mend(packed) };
        pdf.stream(Ref::new(stream), &packed)
            .filter(Filter::FlateDecode);
    }
    pdf.finish()
}

#[test]
fn a_page_that_is_damaged_is_told() {
    let told = |bytes: &[u8]| -> Vec<String> {
        let problems = blocks(bytes).problems;
        problems.iter().map(|p| p.what.clone()).collect()
    };
    assert!(told(&deflated(|data| data)).is_empty());
    let damaged = ["parts of page 2 are damaged and were left out"];
    // Cut, with a byte changed in the middle of it, and emptied.
    assert_eq!(
        told(&deflated(|data| data[..data.len() / 2].to_vec())),
        damaged
    );
    let spoilt = |mut data: Vec<u8>| {
        let middle = data.len() / 2;
        data[middle..middle + 8].fill(0xFF);
        data
    };
    assert_eq!(told(&deflated(spoilt)), damaged);
    assert_eq!(told(&deflated(|_| Vec::new())), damaged);
    // What stands before the damage is read.
    let cut = report(&deflated(|data| data[..data.len() / 2].to_vec()));
    let of = |page: &str| {
        let names = cut.mentions.iter().map(|m| m.observable.value());
        names.filter(|name| name.contains(page)).count()
    };
    assert!((31..).contains(&of("-6.")), "{}", of("-6."));
    assert!((1..30).contains(&of("-7.")), "{}", of("-7."));

    // The content of a page, or the page itself, that is not there.
    let whole = deflated(|data| data);
    let without = |object: &[u8]| {
        let mut bytes = whole.clone();
        let at = memchr::memmem::find(&bytes, object).unwrap();
        bytes[at..at + object.len()].fill(b' ');
        bytes
    };
    assert_eq!(told(&without(b"\n7 0 obj")), damaged);
    assert_eq!(
        told(&without(b"\n4 0 obj")),
        ["only 1 of the 2 pages that the PDF says it has can be found"]
    );
}

#[test]
fn what_is_left_of_a_damaged_file_is_read() {
    let bytes = pdf(&[column(
        60.0,
        700.0,
        &["The implant contacts evil-c2[.]example.net."],
    )]);
    // Without its table of objects.
    let cut = memchr::memmem::rfind(&bytes, b"xref").unwrap() - 20;
    assert_eq!(texts(&blocks(&bytes[..cut - 5])).len(), 1);
    for end in (0..bytes.len()).step_by(97) {
        let content = blocks(&bytes[..end]);
        assert!(end < 8 || !content.blocks.is_empty() || !content.problems.is_empty());
    }
}
