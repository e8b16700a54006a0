//! What stands around the text of every page: running titles, markings, page numbers.
//!
//! It is taken out of the text, so that a sentence goes on over the end of a page, and kept once.

use std::collections::HashMap;

use super::Leaf;
use super::lines::Span;

/// The part of the height at the top and bottom in which such lines stand.
const MARGIN: f32 = 0.085;
/// The same for lines that the writer marked as no part of the text.
const MARKED_MARGIN: f32 = 0.14;

/// A line that frames pages.
pub(super) struct Framing {
    pub(super) text: String,
    pub(super) page: u32,
    pub(super) links: Vec<Span>,
}

/// Takes framing lines out of the pages. Each comes back once; bare page numbers do not.
pub(super) fn take(pages: &mut [Leaf]) -> Vec<Framing> {
    let mut seen: HashMap<(String, i32), Vec<u32>> = HashMap::new();
    for page in pages.iter() {
        for segment in &page.segments {
            if zone(segment.y, page.height) <= MARGIN {
                let key = key(&segment.text, segment.y, page.height);
                let on = seen.entry(key).or_default();
                if on.last() != Some(&page.number) {
                    on.push(page.number);
                }
            }
        }
    }
    let count = pages.len();
    let mut out: Vec<Framing> = Vec::new();
    let mut kept: HashMap<String, ()> = HashMap::new();
    for page in pages.iter_mut() {
        let (height, number) = (page.height, page.number);
        let body = std::mem::take(&mut page.segments);
        for segment in body {
            let at = zone(segment.y, height);
            let (pattern, place) = key(&segment.text, segment.y, height);
            let repeated = at <= MARGIN
                && [-1, 0, 1]
                    .iter()
                    .filter_map(|d| seen.get(&(pattern.clone(), place + d)))
                    .map(Vec::len)
                    .sum::<usize>()
                    >= needed(count);
            let marked = segment.artifact && at <= MARKED_MARGIN;
            let bare_number = at <= MARGIN && is_page_number(&segment.text, number, count);
            if !(repeated || marked || bare_number) {
                page.segments.push(segment);
            } else if !is_page_number(&segment.text, number, count)
                && kept.insert(pattern, ()).is_none()
            {
                out.push(Framing {
                    text: segment.text,
                    page: number,
                    links: segment.links,
                });
            }
        }
    }
    out
}

/// On how many pages a line stands before it is no part of the text.
fn needed(pages: usize) -> usize {
    match pages {
        0 | 1 => usize::MAX,
        2..=5 => 2,
        _ => 3,
    }
}

/// How far from the nearer edge, as a part of the height.
fn zone(y: f32, height: f32) -> f32 {
    let part = y / height.max(1.0);
    // Frames of turned text begin below zero.
    let part = part.rem_euclid(1.0);
    part.min(1.0 - part)
}

/// The text with its numbers alike, and its height on the page in steps of four points.
fn key(text: &str, y: f32, _height: f32) -> (String, i32) {
    let mut pattern = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            if !pattern.ends_with('#') {
                pattern.push('#');
            }
        } else {
            pattern.push(c);
        }
    }
    (pattern, (y / 4.0).round() as i32)
}

/// `7`, `- 7 -`, `Page 7 of 30`, `7/30`, `7ページ`, `vii`.
fn is_page_number(text: &str, page: u32, count: usize) -> bool {
    let lower = text.trim().to_lowercase();
    let roman =
        !lower.is_empty() && lower.len() <= 5 && lower.bytes().all(|b| b"ivxl".contains(&b));
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || "-–—|/()[].".contains(c))
        .filter(|w| !w.is_empty())
        .collect();
    let numbers: Vec<usize> = words
        .iter()
        .map(|w| {
            w.trim_end_matches("ページ")
                .trim_end_matches('頁')
                .trim_start_matches('p')
        })
        .filter_map(|w| w.parse().ok())
        .collect();
    let others = words
        .iter()
        .filter(|w| {
            !matches!(**w, "page" | "of" | "p" | "ページ" | "頁")
                && !w.chars().any(|c| c.is_ascii_digit())
        })
        .count();
    // Numbering may begin before or after the first page.
    let near = numbers
        .first()
        .is_some_and(|n| *n <= count + 40 && n.abs_diff(page as usize) <= 40);
    roman || (others == 0 && near && numbers.len() <= 2)
}
