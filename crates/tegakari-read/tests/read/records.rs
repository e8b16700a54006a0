//! Which name, hash and detection belong to one file, in the layouts that publishers use: `records.txt` has a document
//! for each, and below it a line `=> …` for each of its files.
//!
//! `{m1}`, `{s1}`, `{t1}` and `{u1}` stand for the MD5, SHA-1, SHA-256 and SHA-512 of the first file, and so on.

use tegakari_model::FileRecord;

use crate::report;

/// A layout: what the document is called, its text, and the facts of its files.
struct Case<'a> {
    name: &'a str,
    text: String,
    want: Vec<String>,
}

fn cases(all: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in all.lines() {
        if let Some(name) = line.strip_prefix("#### ") {
            cases.push(Case {
                name,
                text: String::new(),
                want: Vec::new(),
            });
        } else if let Some(case) = cases.last_mut() {
            if let Some(facts) = line.strip_prefix("=> ") {
                case.want.push(facts.to_owned());
            } else {
                case.text.push_str(line);
                case.text.push('\n');
            }
        }
    }
    cases
}

/// Digits that stand for the hash of a file: the same for the same letter and number, and like no other.
fn digits(letter: char, number: u32) -> String {
    let length = match letter {
        'm' => 32,
        's' => 40,
        't' => 64,
        _ => 128,
    };
    let mut state = u64::from(letter) << 32 | u64::from(number);
    let mut digit = || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        char::from_digit(((mixed ^ (mixed >> 31)) & 15) as u32, 16).unwrap_or('0')
    };
    (0..length).map(|_| digit()).collect()
}

/// Every placeholder with its digits.
fn placeholders() -> Vec<(String, String)> {
    let numbers = |letter| (1..10).map(move |n| (letter, n));
    ['m', 's', 't', 'u']
        .into_iter()
        .flat_map(numbers)
        .map(|(letter, number)| (format!("{letter}{number}"), digits(letter, number)))
        .collect()
}

fn facts(file: &FileRecord, known: &[(String, String)]) -> String {
    let hashes = file.hashes().map(|(_, hash)| {
        known
            .iter()
            .find(|(_, digits)| digits == hash)
            .map_or_else(|| hash.to_owned(), |(short, _)| short.clone())
    });
    let mut facts: Vec<String> = hashes
        .chain(file.names.iter().cloned())
        .chain(file.detections.iter().cloned())
        .collect();
    facts.sort();
    facts.join(" | ")
}

#[test]
fn facts_of_one_file_are_one_record_in_every_layout() {
    let known = placeholders();
    let mut wrong = Vec::new();
    for case in cases(include_str!("records.txt")) {
        let text = known.iter().fold(case.text, |text, (short, digits)| {
            text.replace(&format!("{{{short}}}"), digits)
        });
        let report = report(case.name, &text);
        let mut got: Vec<String> = report.files.iter().map(|f| facts(f, &known)).collect();
        let mut want = case.want;
        got.sort();
        want.sort();
        if got != want {
            wrong.push(format!("{}: want {want:?}, got {got:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
