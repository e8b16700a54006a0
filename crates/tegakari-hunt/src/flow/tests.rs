use std::io::Read;

use super::Exports;
use crate::unpack::Notes;

/// 2026-02-03T04:05:06Z.
const NOW: u32 = 1_770_091_506;

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_be_bytes()).collect()
}

fn halves(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_be_bytes()).collect()
}

fn v5(flows: &[([u8; 4], [u8; 4], u16, u16)]) -> Vec<u8> {
    let mut out = halves(&[5, flows.len() as u16]);
    out.extend(words(&[100_000, NOW, 0, 1]));
    out.extend(halves(&[0, 0]));
    for (from, to, from_port, to_port) in flows {
        out.extend_from_slice(from);
        out.extend_from_slice(to);
        out.extend(words(&[0, 0, 3, 180, 99_000, 99_500]));
        out.extend(halves(&[*from_port, *to_port]));
        out.extend([0, 0x1b, 6, 0, 0, 0, 0, 0, 24, 0, 0, 0]);
    }
    out
}

fn set(id: u16, body: &[u8]) -> Vec<u8> {
    let mut out = halves(&[id, 4 + body.len() as u16]);
    out.extend_from_slice(body);
    out
}

fn v9(sets: &[Vec<u8>]) -> Vec<u8> {
    let mut out = halves(&[9, sets.len() as u16]);
    out.extend(words(&[100_000, NOW, 1, 7]));
    out.extend(sets.concat());
    out
}

fn ipfix(sets: &[Vec<u8>]) -> Vec<u8> {
    let body = sets.concat();
    let mut out = halves(&[10, 16 + body.len() as u16]);
    out.extend(words(&[NOW, 1, 7]));
    out.extend(body);
    out
}

fn v9_template() -> Vec<u8> {
    let fields = [256, 6, 8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 22, 4];
    set(0, &halves(&fields))
}

fn v9_data() -> Vec<u8> {
    let mut body = vec![192, 168, 7, 7, 203, 0, 113, 9];
    body.extend(halves(&[50_000, 443]));
    body.push(6);
    body.extend(words(&[99_000]));
    body.extend([0, 0, 0]); // padding
    set(256, &body)
}

fn lines(bytes: &[u8]) -> (Vec<String>, Vec<tegakari_model::Problem>) {
    let notes = Notes::default();
    let mut text = String::new();
    Exports::new(bytes, notes.clone())
        .read_to_string(&mut text)
        .unwrap();
    (
        text.lines().map(str::to_owned).collect(),
        notes.problems("f"),
    )
}

const FLOW: &str = r#"{"flow":1,"ts":1770091505.000,"client":"192.168.7.7","client_port":50000,"server":"203.0.113.9","server_port":443,"protocol":6}"#;

#[test]
fn packets_of_every_version_are_flows() {
    let mut all = v5(&[
        ([192, 168, 7, 7], [203, 0, 113, 9], 50_000, 443),
        ([203, 0, 113, 9], [192, 168, 7, 7], 443, 50_000),
    ]);
    assert!(super::is_export(&all));
    let (found, _) = lines(&all);
    assert_eq!(found, [FLOW.to_owned(), FLOW.replace(":1,", ":2,")]);

    let nine = v9(&[v9_template(), v9_data()]);
    assert!(super::is_export(&nine));
    assert_eq!(lines(&nine).0, [FLOW]);

    // IPFIX with a name of varying length, an element of an enterprise, and the start in milliseconds.
    let mut template = halves(&[300, 6, 27, 16, 12, 4, 7, 2, 11, 2, 460, 0xffff, 0x8005, 2]);
    template.extend(words(&[9]));
    template[2..4].copy_from_slice(&7_u16.to_be_bytes());
    template.extend(halves(&[152, 8]));
    let mut body = vec![0; 10];
    body.extend([0xff, 0xff, 192, 168, 7, 7, 203, 0, 113, 9]);
    body.extend(halves(&[50_000, 80]));
    body.push(15);
    body.extend(b"c2.evil.example");
    body.extend([1, 2]);
    body.extend(1_770_091_505_123_u64.to_be_bytes());
    let ten = ipfix(&[set(2, &template), set(300, &body)]);
    assert!(super::is_export(&ten));
    assert_eq!(
        lines(&ten).0,
        [
            r#"{"flow":1,"ts":1770091505.123,"client":"192.168.7.7","client_port":50000,"server":"203.0.113.9","server_port":80,"host":"c2.evil.example"}"#
        ]
    );

    all.extend(&nine);
    all.extend(&ten);
    all.extend(&nine);
    assert_eq!(lines(&all).0.len(), 5);
}

#[test]
fn a_template_that_comes_late_is_waited_for_and_one_that_never_comes_is_told() {
    let mut late = v9(&[v9_data()]);
    late.extend(v9(&[v9_template()]));
    assert_eq!(lines(&late), (vec![FLOW.to_owned()], Vec::new()));

    let (found, problems) = lines(&v9(&[v9_data()]));
    assert_eq!(found.len(), 2, "{found:?}"); // that there is no flow, and the mark of what is lost
    assert!(found[1].contains("Lost") && problems[0].records_lost == 1);
}

#[test]
fn a_file_of_templates_alone_is_told_and_is_still_called_what_it_is() {
    let (found, problems) = lines(&v9(&[v9_template()]));
    assert_eq!(found, ["{\"flow\":null}"]);
    assert!(problems[0].what.contains("without a flow"), "{problems:?}");
    assert_eq!(crate::formats::sniff(b"{\"flow\":null}\n").id(), "netflow");
}

#[test]
fn what_is_damaged_costs_no_more_than_itself() {
    let good = v9(&[v9_template(), v9_data()]);
    let mut bytes = good.clone();
    bytes.extend([0xde, 0xad, 0xbe, 0xef]);
    bytes.extend(&good);
    let (found, problems) = lines(&bytes);
    assert_eq!(
        found.iter().filter(|line| line.contains("client")).count(),
        2
    );
    assert!(problems[0].bytes_lost >= 4, "{problems:?}");
    for cut in 0..good.len() {
        let _ = lines(&good[..cut]);
    }
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0xff;
        let _ = lines(&bytes);
    }
}
