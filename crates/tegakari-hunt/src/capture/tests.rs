use std::io::Read;

use super::Packets;
use crate::unpack::Notes;

/// Ethernet, IPv4 and UDP or TCP around a payload.
fn packet(tcp: Option<(u32, u8)>, from: u16, to: u16, up: bool, payload: &[u8]) -> Vec<u8> {
    let (mut source, mut target) = ([192, 168, 7, 7], [203, 0, 113, 9]);
    if !up {
        std::mem::swap(&mut source, &mut target);
    }
    let mut transport = [from.to_be_bytes(), to.to_be_bytes()].concat();
    match tcp {
        Some((sequence, flags)) => {
            transport.extend(sequence.to_be_bytes());
            transport.extend([0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
        }
        None => transport.extend([0; 4]),
    }
    transport.extend_from_slice(payload);
    let mut out = vec![2; 12];
    out.extend([0x81, 0, 0, 5, 8, 0]); // a VLAN tag
    let total = u16::try_from(20 + transport.len()).unwrap();
    out.extend([0x45, 0]);
    out.extend(total.to_be_bytes());
    out.extend([0, 0, 0x40, 0, 64, if tcp.is_some() { 6 } else { 17 }, 0, 0]);
    out.extend(source);
    out.extend(target);
    out.extend(transport);
    out
}

fn pcap(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    out.extend([0; 8]);
    out.extend([0, 0, 4, 0, 1, 0, 0, 0]);
    for (at, packet) in packets.iter().enumerate() {
        out.extend((1_770_091_200 + u32::try_from(at).unwrap()).to_le_bytes());
        out.extend(250_000_u32.to_le_bytes());
        let length = u32::try_from(packet.len()).unwrap();
        out.extend(length.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend_from_slice(packet);
    }
    out
}

fn pcapng(packets: &[Vec<u8>]) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| -> Vec<u8> {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let length = u32::try_from(body.len() + 12).unwrap().to_be_bytes();
        [&kind.to_be_bytes()[..], &length, &body, &length].concat()
    };
    let mut out = block(
        0x0a0d_0d0a,
        &[
            0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
        ],
    );
    // Ticks of a nanosecond.
    out.extend(block(
        1,
        &[0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0],
    ));
    for (at, packet) in packets.iter().enumerate() {
        let time = (1_770_091_200 + at as u64) * 1_000_000_000 + 250_000_000;
        let length = u32::try_from(packet.len()).unwrap().to_be_bytes();
        let body = [&[0; 4][..], &time.to_be_bytes(), &length, &length, packet].concat();
        out.extend(block(6, &body));
    }
    out
}

fn lines(bytes: &[u8]) -> (Vec<String>, bool) {
    let mut text = Vec::new();
    let ok = Packets::new(bytes, Notes::default())
        .read_to_end(&mut text)
        .is_ok();
    let text = String::from_utf8(text).unwrap();
    (text.lines().map(str::to_owned).collect(), ok)
}

fn question() -> Vec<u8> {
    let mut out = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    out.extend(b"\x03www\x04evil\x07example\0\0\x01\0\x01");
    out
}

fn answer() -> Vec<u8> {
    let mut out = question();
    out[2] = 0x81;
    out[7] = 2;
    // `www` is another name of `cdn.evil.example`, which has the address.
    out.extend(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x06\x03cdn\xc0\x10");
    out.extend(b"\xc0\x2e\0\x01\0\x01\0\0\0\x3c\0\x04\xcb\0\x71\x09");
    out
}

fn hello(name: &[u8]) -> Vec<u8> {
    let pair = |n: usize| u16::try_from(n).unwrap().to_be_bytes();
    let mut entry = vec![0];
    entry.extend(pair(name.len()));
    entry.extend_from_slice(name);
    let list = [&pair(entry.len())[..], &entry].concat();
    let extension = [&[0, 0][..], &pair(list.len()), &list].concat();
    let mut body = vec![3, 3];
    body.extend([9; 32]);
    body.extend([0, 0, 2, 0x13, 1, 1, 0]);
    body.extend(pair(extension.len()));
    body.extend(&extension);
    let mut handshake = vec![1, 0];
    handshake.extend(pair(body.len()));
    handshake.extend(body);
    [&[22, 3, 1][..], &pair(handshake.len()), &handshake].concat()
}

fn sample() -> Vec<Vec<u8>> {
    let request =
        b"GET /a?b HTTP/1.1\r\nUser-Agent: Wobaku \"3\"\r\nHost: www.evil.example\r\n\r\n";
    let tls = hello(b"tls.evil.example");
    vec![
        packet(None, 51234, 53, true, &question()),
        packet(None, 53, 51234, false, &answer()),
        packet(Some((10, 2)), 40001, 80, true, b""),
        packet(Some((11, 0x18)), 40001, 80, true, &request[..30]),
        packet(Some((41, 0x18)), 40001, 80, true, &request[30..]),
        packet(Some((7, 0x18)), 40002, 443, true, &tls[..60]),
        packet(Some((7, 0x18)), 40002, 443, true, &tls[..60]),
        packet(Some((67, 0x18)), 40002, 443, true, &tls[60..]),
        vec![1, 2, 3],
    ]
}

#[test]
fn names_requests_and_addresses_come_out_of_both_kinds_of_file() {
    let (got, whole) = lines(&pcap(&sample()));
    assert!(whole);
    let find = |number: u32, part: &str| {
        let start = format!("{{\"packet\":{number},");
        let any = got
            .iter()
            .any(|l| l.starts_with(&start) && l.contains(part));
        assert!(any, "{number} {part}: {got:#?}");
    };
    find(
        1,
        r#""ts":1770091200.250000000,"client":"192.168.7.7","client_port":51234,"server":"203.0.113.9","server_port":53"#,
    );
    find(1, r#""dns":["www.evil.example"]"#);
    find(2, r#""client":"192.168.7.7""#);
    find(
        2,
        r#""answers":["www.evil.example","cdn.evil.example","cdn.evil.example","203.0.113.9"]"#,
    );
    find(
        4,
        r#""url":"http://www.evil.example/a?b","agent":"Wobaku \"3\"""#,
    );
    find(6, r#""sni":"tls.evil.example""#);
    assert!(got.iter().any(|l| l.starts_with("{\"packet\":9,")));
    assert_eq!(lines(&pcapng(&sample())).0, got);
}

#[test]
fn files_in_responses_have_hashes_and_those_with_gaps_are_told() {
    let body = b"The quick brown fox jumps over the lazy dog";
    let response = [
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(),
        body,
    ]
    .concat();
    let mut packets = vec![
        packet(
            Some((11, 0x18)),
            40001,
            80,
            true,
            b"GET /a HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        ),
        packet(Some((500, 0x18)), 80, 40001, false, &response[..50]),
        packet(Some((550, 0x18)), 80, 40001, false, &response[50..]),
    ];
    let (got, _) = lines(&pcap(&packets));
    let file = got.iter().find(|line| line.contains("\"md5\""));
    assert!(file.is_some_and(|line| {
        line.starts_with("{\"packet\":2,\"ts\":1770091201.250000000,\"client\":\"192.168.7.7\"")
            && line.contains("\"md5\":[\"9e107d9d372bb6826bd81d3542a419d6\"]")
            && line.contains("\"sha1\":[\"2fd4e1c67a2d28fced849ee1bb76e7391b93eb12\"]")
            && line.contains("\"sha256\":[\"d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592\"]")
    }), "{got:#?}");
    packets.pop();
    let notes = Notes::default();
    let mut text = Vec::new();
    Packets::new(&pcap(&packets)[..], notes.clone())
        .read_to_end(&mut text)
        .unwrap();
    assert!(!String::from_utf8(text).unwrap().contains("\"md5\""));
    let problems = notes.problems("f");
    assert!(
        problems
            .iter()
            .any(|p| p.what.starts_with("1 bodies") && p.bytes_lost == 11),
        "{problems:?}"
    );
}

#[test]
fn a_cut_or_damaged_capture_gives_what_is_whole() {
    for bytes in [pcap(&sample()), pcapng(&sample())] {
        let (all, _) = lines(&bytes);
        for cut in 4..bytes.len() {
            let (got, _) = lines(&bytes[..cut]);
            assert!(got.len() <= all.len() + 2, "{cut}");
        }
        for at in 24..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            let _ = lines(&damaged);
        }
    }
}
