//! The engine against a slow and obvious matcher, on text made to be tricky.

use proptest::prelude::*;
use tegakari_match::{Hit, Matcher};
use tegakari_model::{Observable, ObservableKind as K};

const MD5: &str = "0123456789abcdef0123456789abcdef";

fn values() -> Vec<Observable> {
    [
        (K::Domain, "evil.example"),
        (K::Domain, "c2.evil.example"),
        (K::Domain, "a-very-long-label.evil-two.example"),
        (K::Ipv4, "198.51.100.23"),
        (K::Cidr, "198.51.100.0/24"),
        (K::Md5, MD5),
        (K::FileName, "evil.exe"),
        (K::Mutex, "EvilMtx"),
        (K::Url, "http://evil.example/a"),
        (K::Email, "bob@evil.example"),
        (K::Ipv6, "2001:db8::1"),
        (K::Domain, "xn--bcher-kva.example"),
        (K::FilePath, "C:\\Users\\evil one.exe"),
    ]
    .into_iter()
    .map(|(kind, text)| Observable::new(kind, text).expect("a value of this kind"))
    .collect()
}

/// Pieces that stick together to lines full of near misses.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(vec![
            "evil.example", "evil", ".", "example", "-", "c2", " ", "  ", "198.51.100.23", "198.51.100.", "2", "3",
            "a-very-long-label.evil-two.example", "EVIL.EXAMPLE", MD5, "0", "f", "evil.exe", "EvilMtx", "http://",
            "/a", "/", "bob@", "@", ":", "2001:db8::1", "%2E", "\\n", "\\", "[.]", "bücher", "\"", ",", "_", "x",
            "C:\\\\Users\\\\evil one.exe", "\\u00fc", "\u{3002}", "へ", "%", "(", "&amp;",
        ]).prop_map(str::to_owned),
        1 => "[ -~]{0,3}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn scan(matcher: &Matcher, text: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    matcher.scan(text, &mut hits);
    hits
}

/// Domains, addresses, networks and hashes by splitting text at everything that cannot be in them.
fn naive(values: &[Observable], text: &str) -> Vec<(usize, u32)> {
    let mut found = Vec::new();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let mut at = 0;
    for token in text.split(|c| !is_name(c)) {
        let front = token.len() - token.trim_start_matches('.').len();
        let start = at + front;
        at += token.len() + 1;
        let token = token.trim_matches('.');
        for (entry, value) in values.iter().enumerate() {
            let want = value.value();
            match value.kind() {
                K::Domain => {
                    let hyphens = token.len() - token.trim_start_matches('-').len();
                    let name = token[hyphens..]
                        .trim_end_matches(['-', '_', '.'])
                        .to_ascii_lowercase();
                    let below = name
                        .strip_suffix(want)
                        .is_some_and(|front| front.is_empty() || front.ends_with('.'));
                    if below {
                        found.push((start + hyphens + name.len() - want.len(), entry as u32));
                    }
                }
                // Numbers may be joined by hyphens and underscores, as long as no letter is.
                K::Ipv4 | K::Cidr if !token.contains(|c: char| c.is_ascii_alphabetic()) => {
                    let hyphens = token.len() - token.trim_start_matches('-').len();
                    let mut at = start + hyphens;
                    for piece in token[hyphens..]
                        .trim_end_matches(['-', '_', '.'])
                        .split(['-', '_'])
                    {
                        let inside = piece
                            .parse::<std::net::Ipv4Addr>()
                            .is_ok_and(|a| a.octets()[..3] == [198, 51, 100]);
                        if piece == want || (inside && value.kind() == K::Cidr) {
                            found.push((at, entry as u32));
                        }
                        at += piece.len() + 1;
                    }
                }
                _ => {}
            }
        }
    }
    let mut at = 0;
    for run in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let digits = run.strip_prefix("0x").unwrap_or(run);
        if digits.eq_ignore_ascii_case(MD5) {
            found.push((at + run.len() - digits.len(), 5));
        }
        at += run.len() + 1;
    }
    found.sort_unstable();
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic_and_hits_lie_inside(text in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let (matcher, _) = Matcher::build(&values());
        for hit in scan(&matcher, &text) {
            prop_assert!(hit.start < hit.end && hit.end <= text.len());
        }
    }

    #[test]
    fn tricky_lines_never_panic_and_hits_lie_inside(text in line()) {
        let (matcher, _) = Matcher::build(&values());
        let hits = scan(&matcher, text.as_bytes());
        prop_assert!(hits.is_sorted());
        for hit in &hits {
            prop_assert!(hit.start < hit.end && hit.end <= text.len());
        }
    }

    #[test]
    fn plain_text_gives_what_the_obvious_matcher_gives(
        pieces in proptest::collection::vec(proptest::sample::select(vec![
            "evil.example", "evil", ".", "example", "-", "c2", " ", ",", "198.51.100.23", "198.51.100.", "2", "3",
            "EVIL.EXAMPLE", MD5, "0", "f", "=", "<", "a-very-long-label.evil-two.example", "x", "_", "\"", "\n",
        ]), 0..60)
    ) {
        let text = pieces.concat();
        let values = values();
        let (matcher, _) = Matcher::build(&values);
        let got: Vec<(usize, u32)> = scan(&matcher, text.as_bytes())
            .into_iter()
            .filter(|hit| matches!(values[hit.entry as usize].kind(), K::Domain | K::Ipv4 | K::Cidr | K::Md5))
            .map(|hit| (hit.start, hit.entry))
            .collect();
        prop_assert_eq!(got, naive(&values, &text), "{}", text);
    }

    #[test]
    fn scanning_line_by_line_gives_the_same_hits(lines in proptest::collection::vec(line(), 0..8)) {
        let (matcher, _) = Matcher::build(&values());
        let text: String = lines.iter().map(|line| line.replace('\n', " ") + "\n").collect();
        let whole = scan(&matcher, text.as_bytes());
        let mut pieces = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            for hit in scan(&matcher, line.as_bytes()) {
                pieces.push(Hit { start: hit.start + at, end: hit.end + at, ..hit });
            }
            at += line.len();
        }
        prop_assert_eq!(whole, pieces);
    }
}

#[test]
fn chunks_do_not_show_in_the_hits() {
    let (matcher, _) = Matcher::build(&values());
    // Around the length of a chunk, every alignment of a hit to the words of the masks.
    for pad in 0..130 {
        let mut text = "a line of log 12:34:56 x.y\n".repeat(1200);
        text.push_str(&"p".repeat(pad));
        text.push_str(" http://evil.example/a bob@evil.example 2001:db8::1\n");
        let found: Vec<u32> = scan(&matcher, text.as_bytes())
            .iter()
            .map(|hit| hit.entry)
            .collect();
        assert_eq!(found, [8, 0, 9, 0, 10], "pad {pad}");
    }
}
