use std::io::Read;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::rows;
use crate::unpack::Notes;

const COLUMNS: &str = "message log {
    required int64 time (TIMESTAMP(MICROS, true));
    required int64 clock (TIMESTAMP(NANOS, false));
    required binary raw;
    optional binary host (UTF8);
    required binary domain (UTF8);
    required double score;
    required group answers (LIST) { repeated group list { required binary element (UTF8); } }
}";
const ROWS: i64 = 500;

/// Two groups of rows: half of them have a host, and one of seven domains.
fn written(codec: Compression, version: WriterVersion, dictionary: bool) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(codec)
        .set_writer_version(version)
        .set_dictionary_enabled(dictionary)
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(50)
        .build();
    let mut out = Vec::new();
    let schema = Arc::new(parse_message_type(COLUMNS).unwrap());
    let mut file = SerializedFileWriter::new(&mut out, schema, Arc::new(properties)).unwrap();
    for group in 0..2 {
        let numbers: Vec<i64> = (0..ROWS).map(|n| group * ROWS + n).collect();
        let text = |text: String| ByteArray::from(text.into_bytes());
        let times: Vec<i64> = numbers
            .iter()
            .map(|n| 1_770_000_000_000_000 + n * 1_000_000)
            .collect();
        let hosts: Vec<ByteArray> = numbers
            .iter()
            .filter(|n| *n % 2 == 0)
            .map(|n| text(format!("pc-\"{n}\"")))
            .collect();
        let there: Vec<i16> = numbers.iter().map(|n| i16::from(n % 2 == 0)).collect();
        let domains: Vec<ByteArray> = numbers
            .iter()
            .map(|n| text(format!("c{}.evil-c2.net", n % 7)))
            .collect();
        let scores: Vec<f64> = numbers
            .iter()
            .map(|n| if *n == 3 { f64::NAN } else { 0.5 })
            .collect();
        let answers: Vec<ByteArray> = numbers
            .iter()
            .flat_map(|n| [text(format!("10.0.0.{}", n % 250)), text("x".to_owned())])
            .collect();
        let mut rows = file.next_row_group().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&times, None, None)
            .unwrap();
        column.close().unwrap();
        let clocks: Vec<i64> = times.iter().map(|n| n * 1000).collect();
        let mut column = rows.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&clocks, None, None)
            .unwrap();
        column.close().unwrap();
        // Shift_JIS with a name in it, and a digest.
        let raw: Vec<ByteArray> = numbers
            .iter()
            .map(|n| match n % 2 {
                0 => ByteArray::from(b"\x83\x71 evil-c2.net \x82\xcd".to_vec()),
                _ => ByteArray::from(vec![0xab; 20]),
            })
            .collect();
        let mut column = rows.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&raw, None, None)
            .unwrap();
        column.close().unwrap();
        for (values, levels) in [(&hosts, Some(&there[..])), (&domains, None)] {
            let mut column = rows.next_column().unwrap().unwrap();
            column
                .typed::<ByteArrayType>()
                .write_batch(values, levels, None)
                .unwrap();
            column.close().unwrap();
        }
        let mut column = rows.next_column().unwrap().unwrap();
        column
            .typed::<DoubleType>()
            .write_batch(&scores, None, None)
            .unwrap();
        column.close().unwrap();
        let again: Vec<i16> = (0..answers.len()).map(|n| (n % 2) as i16).collect();
        let present = vec![1; answers.len()];
        let mut column = rows.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&answers, Some(&present), Some(&again))
            .unwrap();
        column.close().unwrap();
        rows.close().unwrap();
    }
    file.close().unwrap();
    out
}

fn read(bytes: &[u8]) -> (String, Vec<tegakari_model::Problem>) {
    let notes = Notes::default();
    let mut text = Vec::new();
    if let Err(error) = rows(bytes, notes.clone()).read_to_end(&mut text) {
        text.extend(format!("error: {error}").as_bytes());
    }
    (
        String::from_utf8_lossy(&text).into_owned(),
        notes.problems("x"),
    )
}

fn codecs() -> [Compression; 6] {
    [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ]
}

#[test]
fn every_row_comes_out_of_every_kind_of_page() {
    for codec in codecs() {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for dictionary in [false, true] {
                let (text, problems) = read(&written(codec, version, dictionary));
                let kind = format!("{codec:?} {version:?} {dictionary}");
                assert!(problems.is_empty(), "{kind}: {problems:?}");
                let lines: Vec<serde_json::Value> = text
                    .lines()
                    .map(|line| serde_json::from_str(line).unwrap())
                    .collect();
                assert_eq!(lines.len(), 2 * ROWS as usize, "{kind}");
                assert_eq!(lines[2]["time"], "2026-02-02T02:40:02Z");
                assert_eq!(lines[2]["clock"], "2026-02-02T02:40:02");
                assert!(lines[2]["raw"].as_str().unwrap().contains("evil-c2.net"));
                assert_eq!(lines[3]["raw"], "ab".repeat(20));
                assert_eq!(lines[2]["host"], "pc-\"2\"");
                assert!(lines[1].get("host").is_none());
                assert_eq!(lines[3]["score"], "NaN");
                assert_eq!(lines[999]["domain"], "c5.evil-c2.net");
                assert_eq!(lines[999]["answers"][0], "10.0.0.249");
                assert_eq!(lines[999]["answers"][1], "x");
            }
        }
    }
}

#[test]
fn a_damaged_page_costs_its_group_from_there_on_and_is_counted() {
    let whole = written(Compression::SNAPPY, WriterVersion::PARQUET_2_0, false);
    let at = memchr::memmem::find(&whole, b"c0.evil-c2.net").unwrap();
    let mut damaged = whole.clone();
    damaged[at - 40..at + 8].fill(0xff);
    let (text, problems) = read(&damaged);
    let lost: u64 = problems.iter().map(|p| p.records_lost).sum();
    let kept = text
        .lines()
        .filter(|line| line.starts_with("{\"time"))
        .count();
    assert!(lost >= 1 && kept >= ROWS as usize, "{lost} {kept}");
    assert_eq!(lost + kept as u64, 2 * ROWS as u64, "{problems:?}");
    assert!(text.contains("Lost=\"true\""));
}

#[test]
fn a_cut_file_is_told() {
    let whole = written(Compression::SNAPPY, WriterVersion::PARQUET_1_0, true);
    let (text, _) = read(&whole[..whole.len() - 20]);
    assert_eq!(
        text,
        "error: it ends too early: the description of its columns is at its end"
    );
    let mut encrypted = whole;
    let end = encrypted.len();
    encrypted[end - 1] = b'E';
    assert!(read(&encrypted).0.contains("encrypted"));
}

/// A page that says that it is small, and is not, and one that says that it is large.
#[test]
fn a_page_is_never_larger_than_it_says() {
    let mut bomb = Vec::new();
    flate2::read::GzEncoder::new(&vec![0; 50 << 20][..], flate2::Compression::fast())
        .read_to_end(&mut bomb)
        .unwrap();
    let gzip = Compression::GZIP(Default::default());
    let error = super::pages::uncompress(gzip, &bomb, 1000).unwrap_err();
    assert!(error.to_string().contains("another length"), "{error}");
    for codec in codecs() {
        let error = super::pages::uncompress(codec, b"xx", usize::MAX).unwrap_err();
        assert!(error.to_string().contains("larger"), "{error}");
    }
}

#[test]
fn hostile_bytes_end_with_a_message_or_with_what_could_be_read() {
    let whole = written(Compression::SNAPPY, WriterVersion::PARQUET_2_0, true);
    let length = whole.len();
    let footer = u32::from_le_bytes(whole[length - 8..length - 4].try_into().unwrap()) as usize;
    let mut seed = 0x9e37_79b9_u64;
    for round in 0..600 {
        let mut bytes = whole.clone();
        // By turns anywhere and in the description.
        let (from, among) = match round % 2 {
            0 => (4, length - 12),
            _ => (length - 8 - footer, footer),
        };
        for _ in 0..3 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            bytes[from + (seed >> 33) as usize % among] = (seed >> 24) as u8;
        }
        let mut text = Vec::new();
        let _ = rows(&bytes[..], Notes::default())
            .take(1 << 20)
            .read_to_end(&mut text);
    }
}

#[test]
fn trees_that_are_too_deep_or_do_not_add_up_are_refused() {
    let element = |children: u8| match children {
        0 => vec![0x48, 1, b'x', 0],
        n => vec![0x48, 1, b'x', 0x15, n * 2, 0],
    };
    let footer = |children: &[u8]| {
        let mut out = vec![0x15, 2, 0x19, 0xfc];
        out.push(children.len() as u8);
        children.iter().for_each(|n| out.extend(element(*n)));
        out.push(0);
        out
    };
    let good = [2, 0, 1, 0];
    assert!(super::thrift::describes(&footer(&good), 32));
    for bad in [&[2, 0][..], &[1, 0, 0], &[60, 0, 0], &[]] {
        assert!(!super::thrift::describes(&footer(bad), 32), "{bad:?}");
    }
    let deep = [&[1; 40][..], &[0]].concat();
    assert!(!super::thrift::describes(&footer(&deep), 32));
    let cut = footer(&good);
    assert!(!super::thrift::describes(&cut[..cut.len() - 3], 32));
}
