//! Text that was copied out of a PDF: running titles between the lines, words and values broken where
//! the page was full.
//!
//! Plain text is only taken for such a copy when words are hyphenated at line ends or pages are numbered;
//! lists and notes stay as they are. How two lines go together is what `joins` says for PDFs.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::joins::{self, Glue, Setting};
use crate::content::JOINT;
use crate::lexicon::{Ending, ending};

/// A line of the text, or several that were put together.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    /// From 1, that of the first.
    pub(super) number: u32,
    pub(super) text: Cow<'a, str>,
    /// It frames the pages.
    pub(super) frame: bool,
}

/// Largest text that is put together.
const LARGEST: usize = 16 * 1024 * 1024;
/// Lines that are looked at to tell whether a text is such a copy.
const LOOKED_AT: usize = 4000;

/// The lines of a text.
pub(super) fn lines(text: &str) -> Box<dyn Iterator<Item = Line<'_>> + '_> {
    let lines = text.split('\n').enumerate().map(|(i, line)| Line {
        number: u32::try_from(i + 1).unwrap_or(u32::MAX),
        text: Cow::Borrowed(line.trim_end_matches(['\r', '\u{C}'])),
        frame: false,
    });
    if text.len() <= LARGEST && is_copied(text.split('\n').take(LOOKED_AT)) {
        Box::new(put_together(lines.collect()).into_iter())
    } else {
        Box::new(Unbroken {
            lines,
            open: None,
            label: "",
        })
    }
}

/// The lines of a text whose hashes that go on in the next line are put together, and nothing else.
struct Unbroken<'a, I> {
    lines: I,
    /// The line that was read last, which the next may go on with.
    open: Option<Line<'a>>,
    /// The last line that was more than digits: it may say of which kind the hashes below it are.
    label: &'a str,
}

/// Longest line that is a label.
const LABEL: usize = 200;

impl<I> Unbroken<'_, I> {
    /// What the digits in a line are called: by the label in it, or by the one above, if that names one kind.
    fn label_of(&self, line: &str) -> &str {
        if self.label.len() > LABEL {
            return "";
        }
        let own = self.label == line;
        let lower = self.label.to_ascii_lowercase();
        let shorter = ["md5", "sha1", "sha-1"]
            .iter()
            .any(|kind| lower.contains(kind));
        if (own || names_a_hash(&lower)) && !shorter {
            self.label
        } else {
            ""
        }
    }
}

impl<'a, I: Iterator<Item = Line<'a>> + Clone> Iterator for Unbroken<'a, I> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.lines.next()?,
        };
        while let Some(line) = self.lines.next() {
            let Cow::Borrowed(text) = line.text else {
                continue;
            };
            if !is_digits(text.trim()) {
                self.label = text;
                self.open = Some(line);
                break;
            }
            let end = tail(&open.text);
            let begun = end.trim_end();
            let digits = begun
                .bytes()
                .rev()
                .take_while(u8::is_ascii_hexdigit)
                .count();
            let piece = begun.get(begun.len() - digits..).is_some_and(is_digits);
            // Most lists are of whole hashes.
            let whole = digits == text.trim().len()
                && (digits == 40
                    || digits == 64 && !(self.label.len() <= LABEL && self.label.contains("512")));
            if !piece || whole {
                self.open = Some(line);
                break;
            }
            let ahead: Vec<Cow<'a, str>> = self.lines.clone().take(4).map(|l| l.text).collect();
            let ahead: Vec<&str> = ahead.iter().map(|l| l.trim()).collect();
            let setting = Setting {
                full: true,
                tight: false,
                cell: false,
                left: None,
                right: None,
                ahead: &ahead,
                header: self.label_of(&open.text),
                words: &HashSet::new(),
            };
            if joins::glue(&end, text, &setting) != Glue::Solid {
                self.open = Some(line);
                break;
            }
            let mut whole = open.text.trim_end().to_owned();
            whole.push(JOINT);
            whole.push_str(text.trim());
            open.text = Cow::Owned(whole);
        }
        Some(open)
    }
}

/// Whether a text is nothing but eight or more hexadecimal digits, figures and letters.
fn is_digits(text: &str) -> bool {
    (8..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Whether words are hyphenated at the ends of lines, or pages numbered.
fn is_copied<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let mut hyphens = 0;
    let mut pages = 0;
    let mut open = false;
    for line in lines {
        let next = line.trim_start().chars().next();
        hyphens += usize::from(open && next.is_some_and(char::is_lowercase));
        let line = line.trim_end();
        pages += usize::from(is_page_line(line));
        open = line
            .strip_suffix('-')
            .is_some_and(|stem| stem.ends_with(char::is_lowercase) && stem.contains(' '));
    }
    hyphens >= 2 || (pages >= 2 && hyphens >= 1) || pages >= 3
}

/// `Page 3 of 7`, `© Vendor 2026      12`: a line that ends with the number of a page.
fn is_page_line(line: &str) -> bool {
    let lower = line.trim().to_ascii_lowercase();
    if lower.len() > 160 || !lower.ends_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let mut words = lower.split_whitespace().rev();
    let number = words.next().unwrap_or("");
    if number.len() > 4 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    match words.next() {
        Some("page" | "p." | "|") => true,
        Some("of" | "/") => words.nth(1) == Some("page"),
        _ => lower.starts_with('©') || lower.starts_with("(c)") || lower.starts_with("copyright"),
    }
}

/// Words kept to tell hyphens of words from those of line ends.
const WORDS: usize = 200_000;

/// How often a line stands in the text before it is a frame of its pages.
const REPEATED: usize = 3;

/// The text of a line with its numbers alike.
fn pattern(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        let number = word.bytes().all(|b| b.is_ascii_digit());
        out.push_str(if number { "#" } else { word });
        out.push(' ');
    }
    out
}

fn put_together(lines: Vec<Line<'_>>) -> Vec<Line<'_>> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for line in &lines {
        // A short line is a cell that many rows have.
        if line.text.trim().len() >= 12 {
            *seen.entry(pattern(&line.text)).or_default() += 1;
        }
    }
    let frames = |line: &Line<'_>| {
        is_page_line(&line.text)
            || (line.text.trim().len() >= 12
                && seen
                    .get(&pattern(&line.text))
                    .is_some_and(|n| *n >= REPEATED))
    };
    let mut widths: Vec<usize> = lines.iter().map(|l| width(&l.text)).collect();
    widths.retain(|w| *w > 0);
    widths.sort_unstable();
    // Running text is what most long lines are; tables may be wider.
    let full = widths.get(widths.len() * 9 / 10).copied().unwrap_or(0);
    let words: HashSet<String> = lines
        .iter()
        .flat_map(|l| words_of(&l.text))
        .take(WORDS)
        .collect();
    let (frame, body): (Vec<_>, Vec<_>) = lines.into_iter().partition(frames);
    let mut out: Vec<Line<'_>> = Vec::with_capacity(body.len());
    let mut label = String::new();
    // The end of the line that was added last, which may be the piece of a longer one.
    let mut last_width = 0;
    // Whether that line was nothing but a piece: then it broke there, full or not.
    let mut alone = false;
    for i in 0..body.len() {
        let Some(line) = body.get(i) else { break };
        let text: &str = &line.text;
        if names_a_hash(text) {
            text.clone_into(&mut label);
        }
        let ahead: Vec<&str> = body
            .iter()
            .skip(i + 1)
            .take(4)
            .map(|l| l.text.trim())
            .collect();
        let glue = match out.last() {
            Some(open) if !open.text.trim().is_empty() && !text.trim().is_empty() => {
                let first = text.split_whitespace().next().map_or(0, width);
                let setting = Setting {
                    full: alone || last_width + 1 + first > full,
                    tight: last_width + 6 >= full,
                    cell: false,
                    left: None,
                    right: None,
                    ahead: &ahead,
                    header: &label,
                    words: &words,
                };
                joins::glue(&tail(&open.text), text, &setting)
            }
            _ => Glue::Blank,
        };
        last_width = width(text);
        alone = last_width >= 12 && !text.trim().contains(' ');
        let joined = match (glue, out.last_mut()) {
            (Glue::Solid, Some(open)) => {
                let mut whole = open.text.trim_end().to_owned();
                whole.push(JOINT);
                whole.push_str(&without_note(text.trim_start()));
                open.text = Cow::Owned(whole);
                true
            }
            (Glue::Unhyphened, Some(open)) => {
                let stem = open.text.trim_end();
                let mut whole = stem
                    .trim_end_matches(['-', '\u{AD}', '\u{2010}', '\u{2011}'])
                    .to_owned();
                whole.push(JOINT);
                whole.push_str(text.trim_start());
                open.text = Cow::Owned(whole);
                true
            }
            _ => false,
        };
        if !joined {
            out.push(Line {
                number: line.number,
                text: line.text.clone(),
                frame: false,
            });
        }
    }
    // What frames the pages comes once, below the text.
    let mut told = HashSet::new();
    out.extend(
        frame
            .into_iter()
            .filter(|line| told.insert(pattern(&line.text)))
            .map(|line| Line {
                frame: true,
                ..line
            }),
    );
    out
}

/// `load.aspx.2` with the mark of a note set apart: `load.aspx. 2`.
fn without_note(text: &str) -> Cow<'_, str> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let token = text.get(..end).unwrap_or("");
    let note = token.rsplit_once('.').filter(|(name, mark)| {
        matches!(mark.len(), 1 | 2)
            && mark.bytes().all(|b| b.is_ascii_digit())
            && name
                .rsplit_once('.')
                .is_some_and(|(_, last)| ending(last) != Ending::Unknown)
    });
    match note {
        Some((name, _)) => {
            let rest = text.get(name.len() + 1..).unwrap_or("");
            Cow::Owned(format!("{name}. {rest}"))
        }
        None => Cow::Borrowed(text),
    }
}

/// The end of a line that may have grown long, as far as joining looks.
fn tail(text: &str) -> String {
    const REACH: usize = 400;
    let mut from = text.len().saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or("").replace(JOINT, "")
}

fn width(text: &str) -> usize {
    let text = text.trim_end();
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Lower-case words of a line but its last, which may be half a word.
fn words_of(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    let mut words: Vec<String> = words
        .map(|w| w.trim_matches('-'))
        .filter(|w| w.chars().all(|c| c.is_alphabetic() || c == '-') && !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.pop();
    words
}

/// Whether a line names a kind of hash and holds none.
fn names_a_hash(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let named = [
        "sha-256", "sha256", "sha-1", "sha1", "md5", "sha-512", "sha512",
    ]
    .iter()
    .any(|n| lower.contains(n));
    let mut run = 0;
    let digits = lower.bytes().any(|b| {
        run = if b.is_ascii_hexdigit() { run + 1 } else { 0 };
        run >= 24
    });
    named && !digits
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::content::JOINT;

    fn check(text: &str, want: &[&str]) {
        let got: Vec<String> = lines(text)
            .filter(|l| !l.frame && !l.text.trim().is_empty())
            .map(|l| l.text.replace(JOINT, ""))
            .collect();
        assert_eq!(got, want, "{text}");
    }

    const COPY: &str =
        "The intruders used a loader that was com-\nmon in those days, and a sec-\nond one.\n";

    #[test]
    fn what_the_page_broke_is_whole_again() {
        let half = "8b9a0b44b738c7884e6a14f4cb18afff";
        let rest = "9478050023c7f8668df4fc39b0ddd79c";
        for (text, want) in [
            (
                format!("Hash (SHA-256)\n{half}\n{rest}\na.dll"),
                vec![
                    "Hash (SHA-256)".to_owned(),
                    format!("{half}{rest}"),
                    "a.dll".to_owned(),
                ],
            ),
            (
                format!("MD5\n{half}\n{rest}"),
                vec!["MD5".to_owned(), half.to_owned(), rest.to_owned()],
            ),
            (
                "the server 198.51.100[.]\n7 and evil-\nsite[.]net".to_owned(),
                vec!["the server 198.51.100[.]7 and evil-site[.]net".to_owned()],
            ),
        ] {
            let whole = format!("{COPY}{text}");
            let mut all = vec![
                "The intruders used a loader that was common in those days, and a second one."
                    .to_owned(),
            ];
            all.extend(want);
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            check(&whole, &all);
        }
    }

    #[test]
    fn running_titles_are_taken_out_of_the_text() {
        let page = |n: u32| format!("\nVendor Ltd | www.vendor.example\nPage {n} of 3\n");
        let text = format!("one{}two{}three{}", page(1), page(2), page(3));
        check(&text, &["one", "two", "three"]);
        assert_eq!(lines(&text).filter(|l| l.frame).count(), 2);
    }

    #[test]
    fn other_text_stays_as_it_is() {
        check(
            "SHA256\n8b9a0b44b738c7884e6a14f4cb18afff\n9478050023c7f8668df4fc39b0ddd79c",
            &[
                "SHA256",
                "8b9a0b44b738c7884e6a14f4cb18afff",
                "9478050023c7f8668df4fc39b0ddd79c",
            ],
        );
    }
}
