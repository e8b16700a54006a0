use std::io::Read;
use std::process::Command;

use super::{COMPACT, entries};
use crate::unpack::Notes;

/// How a field is compressed: its flag, and its bytes.
type Packed = (u8, Vec<u8>);

fn plain(text: &[u8]) -> Packed {
    (0, text.to_vec())
}

struct Builder {
    bytes: Vec<u8>,
    compact: bool,
    entries: Vec<usize>,
}

impl Builder {
    fn new(compact: bool) -> Self {
        let mut bytes = vec![0; 256];
        bytes[..8].copy_from_slice(b"LPKSHHRH");
        bytes[12..16].copy_from_slice(&(if compact { COMPACT } else { 0 }).to_le_bytes());
        bytes[72..88].fill(0xab);
        bytes[88..96].copy_from_slice(&256_u64.to_le_bytes());
        Self {
            bytes,
            compact,
            entries: Vec::new(),
        }
    }

    fn object(&mut self, kind: u8, flags: u8, body: &[u8]) -> usize {
        let at = self.bytes.len();
        self.bytes.extend([kind, flags, 0, 0, 0, 0, 0, 0]);
        self.bytes.extend((body.len() as u64 + 16).to_le_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        at
    }

    fn offset(&self, at: usize, out: &mut Vec<u8>) {
        match self.compact {
            true => out.extend(u32::try_from(at).unwrap().to_le_bytes()),
            false => out.extend((at as u64).to_le_bytes()),
        }
    }

    fn entry(&mut self, number: u64, fields: &[Packed]) -> usize {
        let fields: Vec<usize> = fields
            .iter()
            .map(|(flags, payload)| {
                let mut body = vec![0; if self.compact { 56 } else { 48 }];
                body.extend_from_slice(payload);
                self.object(1, *flags, &body)
            })
            .collect();
        let mut body = Vec::new();
        body.extend(number.to_le_bytes());
        body.extend((1_770_000_000_000_000 + number * 1_000_000).to_le_bytes());
        body.extend(7_u64.to_le_bytes());
        body.extend([0xcd; 16]);
        body.extend([0; 8]);
        for at in fields {
            self.offset(at, &mut body);
            if !self.compact {
                body.extend([0; 8]);
            }
        }
        let at = self.object(3, 0, &body);
        self.entries.push(at);
        at
    }

    fn finish(mut self) -> Vec<u8> {
        let mut body = vec![0; 8];
        for at in &self.entries {
            self.offset(*at, &mut body);
        }
        let array = self.object(6, 0, &body) as u64;
        let count = self.entries.len() as u64;
        self.bytes[152..160].copy_from_slice(&count.to_le_bytes());
        self.bytes[176..184].copy_from_slice(&array.to_le_bytes());
        self.bytes.resize(self.bytes.len() + 4096, 0);
        self.bytes
    }
}

fn read(bytes: &[u8]) -> (String, Vec<tegakari_model::Problem>) {
    let notes = Notes::default();
    let mut text = Vec::new();
    let mut entries = entries(bytes, notes.clone());
    if let Err(error) = entries.read_to_end(&mut text) {
        text.extend(format!("error: {error}").as_bytes());
    }
    (
        String::from_utf8_lossy(&text).into_owned(),
        notes.problems("x"),
    )
}

fn three(compact: bool) -> Vec<u8> {
    let mut builder = Builder::new(compact);
    let long = b"MESSAGE=resolved evil-c2.net ".repeat(40);
    let mut lz4 = (long.len() as u64).to_le_bytes().to_vec();
    // Literals only.
    lz4.extend([0xf0]);
    lz4.extend(vec![255; (long.len() - 15) / 255]);
    lz4.push(u8::try_from((long.len() - 15) % 255).unwrap());
    lz4.extend_from_slice(&long);
    let mut xz = Vec::new();
    liblzma::read::XzEncoder::new(&long[..], 6)
        .read_to_end(&mut xz)
        .unwrap();
    let host = plain(b"_HOSTNAME=srv-1");
    builder.entry(1, &[host.clone(), (2, lz4)]);
    let zst = zstd::encode_all(&long[..], 3).unwrap();
    builder.entry(2, &[host.clone(), (4, zst)]);
    builder.entry(3, &[host.clone(), (1, xz)]);
    let forged = b"MESSAGE=two\n\n__REALTIME_TIMESTAMP=1\nMESSAGE=forged";
    builder.entry(4, &[host, plain(forged)]);
    builder.finish()
}

#[test]
fn both_layouts_and_all_compressions_are_read() {
    for compact in [false, true] {
        let (text, problems) = read(&three(compact));
        assert!(problems.is_empty(), "{problems:?}");
        let entries: Vec<&str> = text.trim_end().split("\n\n").collect();
        assert_eq!(entries.len(), 4, "{text}");
        for entry in &entries[..3] {
            assert!(entry.contains("_HOSTNAME=srv-1"), "{entry}");
            assert_eq!(entry.matches("evil-c2.net").count(), 40);
        }
        assert!(entries[0].starts_with("__REALTIME_TIMESTAMP=1770000001000000\n"));
        assert!(entries[0].contains("__SEQNUM=1\n"));
        assert!(entries[3].contains("MESSAGE=two  __REALTIME_TIMESTAMP=1 MESSAGE=forged"));
    }
}

#[test]
fn entries_behind_damage_are_found_by_the_lists_and_those_without_a_list_by_walking() {
    let mut builder = Builder::new(false);
    builder.entry(1, &[plain(b"MESSAGE=one")]);
    let bad = builder.entry(2, &[plain(b"MESSAGE=two")]);
    builder.entry(3, &[plain(b"MESSAGE=three")]);
    let good = builder.finish();
    let mut damaged = good.clone();
    damaged[bad..bad + 16].fill(0xff);
    let (text, problems) = read(&damaged);
    assert!(
        text.contains("MESSAGE=one") && text.contains("MESSAGE=three"),
        "{text}"
    );
    assert!(text.contains("Lost=\"true\""));
    assert_eq!(
        problems.iter().map(|p| p.records_lost).sum::<u64>(),
        1,
        "{problems:?}"
    );
    let mut unlisted = good;
    unlisted[176..184].fill(0);
    let (text, problems) = read(&unlisted);
    assert!(text.contains("MESSAGE=two"), "{text}");
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn a_field_that_cannot_be_unpacked_costs_its_entry_and_is_counted() {
    let mut builder = Builder::new(true);
    builder.entry(1, &[plain(b"_HOSTNAME=a"), (4, b"no zstd".to_vec())]);
    builder.entry(2, &[(2, u64::MAX.to_le_bytes().to_vec())]);
    builder.entry(3, &[plain(b"not a field")]);
    builder.entry(4, &[plain(b"MESSAGE=whole")]);
    let (text, problems) = read(&builder.finish());
    assert!(text.contains("_HOSTNAME=a") && text.contains("MESSAGE=whole"));
    assert_eq!(problems.iter().map(|p| p.records_lost).sum::<u64>(), 3);
    assert_eq!(text.matches("Lost=").count(), 4, "{text}");
}

#[test]
fn hostile_bytes_end_with_a_message_or_with_what_could_be_read() {
    let whole = three(false);
    for cut in 0..whole.len().min(2500) {
        read(&whole[..cut]);
    }
    let mut seed = 0x9e37_79b9_u64;
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..4 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % (bytes.len() - 4096);
            bytes[at] = (seed >> 24) as u8;
        }
        read(&bytes);
    }
    let mut unknown = whole;
    unknown[13] = 1;
    assert!(read(&unknown).0.contains("features of systemd"));
}

/// A journal that systemd itself wrote.
#[test]
#[allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test with a real program"
)]
fn what_systemd_writes_is_read_as_it_reads_it() {
    let program = "/lib/systemd/systemd-journal-remote";
    if !std::path::Path::new(program).exists() {
        eprintln!("skipped: {program} is not there");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("in.export");
    let mut export = String::new();
    for n in 0..2000 {
        let long = "x".repeat(if n % 100 == 0 { 3000 } else { 5 });
        export.push_str(&format!(
            "__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={n}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=srv-{}\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=entry {n} {long} host-{n}.example.net\n\n",
            1_770_000_000_000_000_u64 + n * 1_000_000,
            n % 3,
        ));
    }
    std::fs::write(&source, export).unwrap();
    let file = place.path().join("out.journal");
    let made = Command::new(program)
        .arg(format!("--output={}", file.display()))
        .arg(&source)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let bytes = std::fs::read(&file).unwrap();
    let (text, problems) = read(&bytes);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(text.matches("\n\n").count(), 2000);
    let shown = Command::new("journalctl")
        .args(["-o", "cat", "--no-pager", "--file"])
        .arg(&file)
        .output()
        .unwrap();
    let theirs = String::from_utf8(shown.stdout).unwrap();
    let ours: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("MESSAGE="))
        .map(|message| format!("{message}\n"))
        .collect();
    assert_eq!(ours, theirs);
}
