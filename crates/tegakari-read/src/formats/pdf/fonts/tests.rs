//! Fonts as documents have them, and as they should not.

use std::rc::Rc;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Object, ObjectIdentifier};

use super::{Face, Fonts, UNKNOWN};

/// A document whose first object is a font; the others have the numbers from 2 on.
fn document(font: &str, others: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let root = others.len() + 2;
    let catalog = format!("<</Type/Catalog/Pages {} 0 R>>", root + 1);
    let objects = std::iter::once(font.as_bytes())
        .chain(others.iter().map(Vec::as_slice))
        .chain([catalog.as_bytes(), b"<</Type/Pages/Count 0/Kids[]>>"]);
    for (number, object) in (1..).zip(objects) {
        places.push(out.len());
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    let size = places.len() + 1;
    out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    out.extend(
        format!("trailer\n<</Size {size}/Root {root} 0 R>>\nstartxref\n{start}\n%%EOF").bytes(),
    );
    out
}

fn stream(data: &[u8]) -> Vec<u8> {
    let mut out = format!("<</Length {}>>stream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

fn with<T>(font: &str, others: &[Vec<u8>], look: impl Fn(Option<Rc<Face<'_>>>) -> T) -> T {
    let pdf = Pdf::new(document(font, others)).unwrap();
    let font = pdf.objects().into_iter().find_map(|object| match object {
        Object::Dict(dict) if dict.obj_id() == Some(ObjectIdentifier::new(1, 0)) => Some(dict),
        _ => None,
    });
    look(Fonts::new().face(&font.unwrap()))
}

/// What each code of a font shows, and how wide it is.
fn shown(font: &str, others: &[Vec<u8>], codes: &[u32]) -> Vec<(String, f32)> {
    with(font, others, |face| {
        let face = face.unwrap();
        let code = |code: &u32| {
            let code = face.code(*code);
            (code.text.to_string(), code.advance)
        };
        codes.iter().map(code).collect()
    })
}

fn texts(font: &str, others: &[Vec<u8>], codes: &[u32]) -> Vec<String> {
    let shown = shown(font, others, codes);
    shown.into_iter().map(|(text, _)| text).collect()
}

fn sfnt(tables: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\0\x01\0\0".to_vec();
    out.extend((tables.len() as u16).to_be_bytes());
    out.extend([0; 6]);
    let mut place = out.len() + 16 * tables.len();
    for (tag, table) in tables {
        out.extend(*tag);
        out.extend([0; 4]);
        out.extend((place as u32).to_be_bytes());
        out.extend((table.len() as u32).to_be_bytes());
        place += table.len();
    }
    out.extend(tables.iter().flat_map(|(_, table)| table));
    out
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_be_bytes()).collect()
}

/// A table `cmap` with one map.
fn character_map(platform: u16, encoding: u16, map: &[u8]) -> Vec<u8> {
    let mut out = words(&[0, 1, platform, encoding, 0, 12]);
    out.extend(map);
    out
}

/// A map of format 4 from some codes to the glyphs from `glyph` on.
fn segments(first: u16, last: u16, glyph: u16) -> Vec<u8> {
    let delta = glyph.wrapping_sub(first);
    words(&[
        4, 32, 0, 4, 0, 0, 0, last, 0xffff, 0, first, 0xffff, delta, 1, 0, 0,
    ])
}

/// Widths of 1000, 1100, 1200 … thousandths for the glyphs 0, 1, 2 ….
fn metrics() -> Vec<(&'static [u8; 4], Vec<u8>)> {
    let mut head = vec![0; 54];
    head[18..20].copy_from_slice(&500u16.to_be_bytes());
    let mut hhea = vec![0; 36];
    hhea[34..36].copy_from_slice(&4u16.to_be_bytes());
    let widths = words(&[500, 0, 550, 0, 600, 0, 650, 0]);
    vec![
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", widths),
        (b"maxp", words(&[0, 1, 10])),
    ]
}

/// A list of byte strings as compact fonts have them.
fn index(strings: &[&[u8]]) -> Vec<u8> {
    let mut out = (strings.len() as u16).to_be_bytes().to_vec();
    if strings.is_empty() {
        return out;
    }
    out.push(1);
    let mut place = 1u8;
    out.push(place);
    for string in strings {
        place += string.len() as u8;
        out.push(place);
    }
    out.extend(strings.concat());
    out
}

/// A compact font with the glyphs `.notdef`, `A`, `f_f` and `uni3042`.
fn compact(encoding: &[u8], is_cid_keyed: bool) -> Vec<u8> {
    let number = |n: usize, operator: &[u8]| {
        let mut out = vec![29];
        out.extend((n as u32).to_be_bytes());
        out.extend(operator);
        out
    };
    let top = |charset, encoding, glyphs| {
        let mut out = Vec::new();
        // A real number and a negative one, to be passed over.
        out.extend([30, 0xe2, 0xa2, 0x5f, 12, 3, 251, 0, 5]);
        if is_cid_keyed {
            out.extend([139, 139, 139, 12, 30]);
        }
        out.extend(number(charset, &[15]));
        out.extend(number(encoding, &[16]));
        out.extend(number(glyphs, &[17]));
        out
    };
    let before = |top: &[u8]| {
        let mut out = vec![1, 0, 4, 1];
        out.extend(index(&[b"F"]));
        out.extend(index(&[top]));
        out.extend(index(&[b"f_f", b"uni3042"]));
        out.extend(index(&[]));
        out
    };
    let start = before(&top(0, 0, 0)).len();
    let charset = [&[0][..], &words(&[34, 391, 392])].concat();
    let at = if encoding.len() > 1 {
        start + charset.len()
    } else {
        usize::from(encoding[0])
    };
    let glyphs = start + charset.len() + encoding.len();
    let mut out = before(&top(start, at, glyphs));
    out.extend(charset);
    out.extend(encoding);
    out.extend(index(&[b"\x0e", b"\x0e", b"\x0e", b"\x0e"]));
    out
}

const TYPE1: &str = "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+Foo/FontDescriptor<</Flags 4";

#[test]
fn names_differ_from_the_base() {
    let font = "<</Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding\
                /Differences[1/f_f_i/uni20AC 9/Lslash.sc/g12/cid7 300/A -1/B 65/alpha]>>>>";
    assert_eq!(
        texts(font, &[], &[1, 2, 9, 10, 11, 65, 66, 0x93]),
        ["ffi", "€", "Ł", UNKNOWN, UNKNOWN, "α", "B", "“"]
    );
}

#[test]
fn encodings_say_what_a_code_is() {
    for (encoding, text) in [
        ("", "‰"),
        ("/Encoding/StandardEncoding", "‰"),
        ("/Encoding/WinAnsiEncoding", "½"),
        ("/Encoding/MacRomanEncoding", "\u{2126}"),
        ("/Encoding/Nonsense", "‰"),
    ] {
        let font = format!("<</Subtype/Type1/BaseFont/Times-Roman{encoding}>>");
        assert_eq!(texts(&font, &[], &[0xBD]), [text], "{encoding}");
    }
    // Fonts of symbols have no other encoding than their own.
    let symbol = "<</Subtype/Type1/BaseFont/Symbol/Encoding/WinAnsiEncoding>>";
    assert_eq!(shown(symbol, &[], &[97]), [("α".to_owned(), 631.0)]);
    let dingbats = "<</Subtype/Type1/BaseFont/ZapfDingbats>>";
    assert_eq!(shown(dingbats, &[], &[33]), [("✁".to_owned(), 974.0)]);
}

#[test]
fn standard_fonts_have_widths_without_saying_so() {
    for (font, width) in [
        ("/BaseFont/Helvetica", 944.0),
        ("/BaseFont/ABCDEF+Arial,Bold", 944.0),
        ("/BaseFont/CourierNew", 600.0),
        ("/BaseFont/TimesNewRoman-BoldItalic", 889.0),
        ("/BaseFont/Unheard/FontDescriptor<</Flags 1>>", 600.0),
        ("/BaseFont/Unheard/FontDescriptor<</Flags 2>>", 944.0),
        ("/BaseFont/Unheard", 944.0),
        (
            "/BaseFont/Helvetica/FirstChar 87/LastChar 87/Widths[123.5]",
            123.5,
        ),
        (
            "/BaseFont/Helvetica/FirstChar 88/LastChar 88/Widths[123.5]",
            0.0,
        ),
        (
            "/BaseFont/Helvetica/FirstChar 88/LastChar 87/Widths[123.5]",
            0.0,
        ),
        ("/BaseFont/Helvetica/FirstChar 999999999/Widths[123.5]", 0.0),
        (
            "/BaseFont/Helvetica/FirstChar 88/Widths[1]/FontDescriptor<</MissingWidth 77>>",
            77.0,
        ),
    ] {
        for subtype in ["Type1", "TrueType", "MMType1"] {
            let font = format!("<</Subtype/{subtype}{font}>>");
            assert_eq!(
                shown(&font, &[], &[87]),
                [("W".to_owned(), width)],
                "{font}"
            );
        }
    }
}

#[test]
fn type_3_has_names_and_units_of_its_own() {
    let font = "<</Subtype/Type3/FontMatrix[0.5 0 0 0.5 0 0]/FirstChar 1/LastChar 2/Widths[0.8125 1]\
                /CharProcs<<>>/Encoding<</Differences[1/A/g3]>>/ToUnicode 2 0 R>>";
    let map = stream(b"2 beginbfchar <01> <0000> <02> <0042> endbfchar");
    assert_eq!(
        shown(font, &[map], &[1, 2, 3]),
        [
            ("A".to_owned(), 406.25),
            ("B".to_owned(), 500.0),
            (UNKNOWN.to_owned(), 0.0),
        ]
    );
}

#[test]
fn the_map_for_copying_goes_before_names() {
    let font = "<</Subtype/Type1/BaseFont/Helvetica/ToUnicode 2 0 R>>";
    let map = stream(b"3 beginbfchar <41> <3042> <42> <FFFD> <43> <00660066> endbfchar");
    assert_eq!(
        texts(font, &[map], &[65, 66, 67, 68]),
        ["あ", "B", "ff", "D"]
    );
}

#[test]
fn a_type_1_font_has_its_own_encoding() {
    let program =
        b"%!PS-AdobeFont-1.0: Foo\n/Encoding 256 array 0 1 255 {1 index exch /.notdef put} for\n\
                    dup 65 /alpha put dup 66 /fi put readonly def currentfile eexec ";
    let font = format!("{TYPE1}/FontFile 2 0 R>>>>");
    let codes = [65, 66, 67];
    assert_eq!(
        texts(&font, &[stream(program)], &codes),
        ["α", "fi", UNKNOWN]
    );
    // Stated, an encoding goes before it, and the standard one is meant when the file is broken.
    let stated = format!("{TYPE1}/FontFile 2 0 R>>/Encoding/WinAnsiEncoding>>");
    assert_eq!(texts(&stated, &[stream(program)], &codes), ["A", "B", "C"]);
    for broken in [&b""[..], b"%!PS-Adobe-3.0", b"\x01\x00\x04", b"\0\x01\0\0"] {
        assert_eq!(texts(&font, &[stream(broken)], &codes), ["A", "B", "C"]);
    }
}

#[test]
fn a_compact_font_has_its_own_encoding() {
    let font = format!("{TYPE1}/FontFile3 2 0 R>>>>");
    let codes = [65, 7, 8, 9, 200];
    for (encoding, is_cid_keyed, want) in [
        // Standard and expert.
        (&[0][..], false, ["A", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]),
        (&[1], false, [UNKNOWN; 5]),
        (&[0, 3, 7, 8, 9], false, [UNKNOWN, "A", "ff", "あ", UNKNOWN]),
        (&[1, 1, 7, 2], false, [UNKNOWN, "A", "ff", "あ", UNKNOWN]),
        (
            &[0x80, 1, 7, 2, 200, 1, 0x88, 7, 0, 35],
            false,
            [UNKNOWN, "B", UNKNOWN, UNKNOWN, "あ"],
        ),
        (&[0, 3, 7, 8, 9], true, [UNKNOWN; 5]),
    ] {
        let program = compact(encoding, is_cid_keyed);
        assert_eq!(
            texts(&font, &[stream(&program)], &codes),
            want,
            "{encoding:?}"
        );
        let wrapped = sfnt(&[(b"CFF ", program)]);
        assert_eq!(
            texts(&font, &[stream(&wrapped)], &codes),
            want,
            "{encoding:?}"
        );
    }
}

#[test]
fn a_symbolic_true_type_font_says_what_names_do_not() {
    let font = "<</Subtype/TrueType/BaseFont/Foo/FontDescriptor<</Flags 4/FontFile2 2 0 R>>\
                /Encoding<</Differences[1/g1/g2]>>>>";
    let program = |platform, encoding, map: &[u8]| {
        let mut tables = metrics();
        tables.push((b"cmap", character_map(platform, encoding, map)));
        stream(&sfnt(&tables))
    };
    // The codes 1 and 2 are at U+F001 and U+F002, which are no characters; 0x80 is a bullet.
    let symbols = program(3, 0, &segments(0xF001, 0xF003, 1));
    assert_eq!(
        shown(font, &[symbols], &[1, 2, 65, 0x80]),
        [
            ("\u{F001}".to_owned(), 1100.0),
            ("\u{F002}".to_owned(), 1200.0),
            ("A".to_owned(), 1000.0),
            (UNKNOWN.to_owned(), 1000.0),
        ]
    );
    let bullet = program(3, 0, &segments(0xF0B7, 0xF0B7, 1));
    let unnamed = "<</Subtype/TrueType/BaseFont/Foo/FontDescriptor<</Flags 4/FontFile2 2 0 R>>\
                   /ToUnicode 3 0 R>>";
    let map = stream(b"1 beginbfchar <B7> <0000> endbfchar");
    assert_eq!(texts(unnamed, &[bullet, map], &[0xB7]), ["•"]);
    // Maps of the Macintosh have codes and say nothing about characters.
    let mut bytes = words(&[0, 262, 0]);
    bytes.extend((0..=255u8).map(|code| if code == 0x80 { 3 } else { 0 }));
    assert_eq!(
        shown(font, &[program(1, 0, &bytes)], &[0x80]),
        [(UNKNOWN.to_owned(), 1300.0)]
    );
}

#[test]
fn a_true_type_font_of_letters_is_asked_by_name() {
    let font = "<</Subtype/TrueType/BaseFont/Foo/FontDescriptor<</Flags 32/FontFile2 2 0 R>>\
                /Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/odd/g3/none]>>>>";
    let mut tables = metrics();
    let mut post = words(&[2, 0]);
    post.resize(32, 0);
    post.extend(words(&[3, 0, 258, 36]));
    post.extend(b"\x03odd");
    tables.push((b"post", post));
    tables.push((b"cmap", character_map(3, 1, &segments(0x3042, 0x3043, 1))));
    let program = stream(&sfnt(&tables));
    // `odd` is glyph 1 and with that あ; `A` is glyph 2 by the names of the Macintosh.
    assert_eq!(
        shown(font, &[program], &[1, 2, 3, 65]),
        [
            ("あ".to_owned(), 1100.0),
            (UNKNOWN.to_owned(), 1300.0),
            (UNKNOWN.to_owned(), 1000.0),
            ("A".to_owned(), 1200.0),
        ]
    );
}

#[test]
fn composite_fonts_have_widths_in_both_forms() {
    let font = "<</Subtype/Type0/Encoding/Identity-H/ToUnicode 3 0 R/DescendantFonts[2 0 R]>>";
    let own = b"<</Subtype/CIDFontType2/DW 777/W[1[500 600.5] 10 12 333 4294967295[1 2]\
                0 4294967295 222 11[9]]>>";
    let map = stream(b"1 beginbfrange <0001> <0003> <3042> endbfrange");
    let shown = |own: &[u8]| shown(font, &[own.to_vec(), map.clone()], &[1, 2, 3, 11, 70_000]);
    assert_eq!(
        shown(b"<</Subtype/CIDFontType2/DW 777/W[1[500 600.5] 10 12 333]>>"),
        [
            ("あ".to_owned(), 500.0),
            ("ぃ".to_owned(), 600.5),
            ("い".to_owned(), 777.0),
            (UNKNOWN.to_owned(), 333.0),
            (UNKNOWN.to_owned(), 777.0),
        ]
    );
    // What is said later counts, and ranges without end do end.
    assert_eq!(shown(own)[0].1, 222.0);
}

#[test]
fn vertical_writing_goes_down() {
    let font = "<</Subtype/Type0/Encoding/90ms-RKSJ-V/DescendantFonts[2 0 R]>>";
    let own =
        b"<</Subtype/CIDFontType0/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>\
                /DW2[800 -900]/W[847[500]]/W2[843[-700 250 600] 845 846 -1 2 3 849[1 2]]>>";
    with(font, &[own.to_vec()], |face| {
        let face = face.unwrap();
        assert!(face.is_vertical());
        let code = |bytes: &[u8]| {
            let (code, length) = face.next(bytes, 0);
            let code = face.code(code);
            (length, code.text.to_string(), code.advance, code.shift)
        };
        let read = |bytes: &[u8], text: &str, advance, shift| {
            assert_eq!(code(bytes), (2, text.to_owned(), advance, shift));
        };
        read(&[0x82, 0xA0, 0x41], "あ", -700.0, (-250.0, -600.0));
        read(&[0x82, 0xA2], "い", -1.0, (-2.0, -3.0));
        read(&[0x82, 0xA4], "う", -900.0, (-250.0, -800.0));
        read(&[0x82, 0xA6], "え", -900.0, (-500.0, -800.0));
        assert_eq!(code(b"A").0, 1);
        assert_eq!(face.next(&[0x82], 0), (0, 1));
        assert_eq!(face.next(&[], 5), (0, 1));
    });
}

#[test]
fn glyphs_of_a_composite_font_are_looked_up_backwards() {
    let font = "<</Subtype/Type0/Encoding/Identity-H/DescendantFonts[2 0 R]>>";
    let own = |map: &str| {
        format!("<</Subtype/CIDFontType2/FontDescriptor<</FontFile2 3 0 R>>{map}>>").into_bytes()
    };
    let mut groups = words(&[12, 0, 0, 40, 0, 0, 0, 2]);
    groups.extend(
        [0x3042u32, 0x3043, 2, 0x20000, u32::MAX, 9]
            .iter()
            .flat_map(|n| n.to_be_bytes()),
    );
    let program = stream(&sfnt(&[(b"cmap", character_map(3, 10, &groups))]));
    let map = stream(&words(&[0, 3, 2]));
    for (entry, want) in [
        ("", [UNKNOWN, "あ", "ぃ", UNKNOWN]),
        ("/CIDToGIDMap/Identity", [UNKNOWN, "あ", "ぃ", UNKNOWN]),
        ("/CIDToGIDMap 4 0 R", ["ぃ", "あ", UNKNOWN, UNKNOWN]),
    ] {
        let others = [own(entry), program.clone(), map.clone()];
        assert_eq!(texts(font, &others, &[1, 2, 3, 4]), want, "{entry}");
    }
}

#[test]
fn what_is_no_font_is_none() {
    for font in [
        "<</Subtype/Link>>",
        "<</Subtype/Type0/Encoding/Identity-H>>",
        "<</Subtype/Type0/Encoding/Identity-H/DescendantFonts[]>>",
    ] {
        assert!(with(font, &[], |face| face.is_none()), "{font}");
    }
}

/// Every byte of a file matters to nobody but the reader.
#[test]
fn broken_programs_break_nothing() {
    let mut tables = metrics();
    tables.push((b"cmap", character_map(3, 0, &segments(0xF001, 0xF003, 1))));
    tables.push((b"post", words(&[2, 0])));
    tables.push((
        b"CFF ",
        compact(&[0x80, 1, 7, 2, 200, 1, 0x88, 7, 0, 35], false),
    ));
    let wide = words(&[12, 0, 0, 28, 0, 0, 0, 1, 0, 1, 0xffff, 0xffff, 0, 1]);
    let programs = [
        sfnt(&tables),
        sfnt(&[(b"cmap", character_map(3, 10, &wide))]),
        compact(&[1, 1, 7, 2], false),
        b"%!PS-AdobeFont-1.0\n/Encoding 256 array dup 65 /A put (\\) {} readonly def".to_vec(),
    ];
    let fonts = ["TrueType", "Type1"].map(|subtype| {
        format!(
            "<</Subtype/{subtype}/FontDescriptor<</Flags 4/FontFile2 2 0 R/FontFile3 2 0 R>>\
             /Encoding<</Differences[1/g1/odd]>>>>"
        )
    });
    for program in programs {
        for at in 0..program.len() {
            let mut changed = program.clone();
            for byte in [0, 1, 0x7f, 0xff] {
                changed[at] = byte;
                for font in &fonts {
                    shown(font, &[stream(&changed)], &[1, 2, 7, 200]);
                }
            }
            for font in &fonts {
                shown(font, &[stream(&program[..at])], &[1, 2, 65]);
            }
        }
    }
}

#[test]
fn fonts_that_unpack_to_too_much_are_left() {
    let streams = super::Streams(Rc::new(std::cell::Cell::new(10)));
    let pdf = Pdf::new(document("<<>>", &[stream(b"0123456789abc")])).unwrap();
    let data = pdf.objects().into_iter().find_map(|object| match object {
        Object::Stream(data) => Some(data),
        _ => None,
    });
    let data = data.unwrap();
    assert_eq!(
        streams.unpack(&data).as_deref(),
        Some(&b"0123456789abc"[..])
    );
    assert_eq!(streams.unpack(&data), None);
}
