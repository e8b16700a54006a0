//! Breaks sentences into lines by their width on a terminal.
//!
//! Western words stay whole; Japanese breaks between any two characters, but no line begins with a
//! closing mark or ends with an opening one (JIS X 4051, the part of it that terminals need).

use crate::format::{char_width, width};

const NOT_FIRST: &str =
    "、。，．・：；！？）」』】〕〉》”’%％,.;:!?)]}ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ";
const NOT_LAST: &str = "（「『【〔〈《“‘([{";

/// `text` in lines of at most `max` columns. `text` must already be escaped.
pub(crate) fn wrap(text: &str, max: usize) -> Vec<String> {
    let max = max.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for piece in pieces(text) {
        let wide = width(piece.trim_end());
        if used > 0 && used + wide > max {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        if wide <= max {
            line.push_str(piece);
            used += width(piece);
            continue;
        }
        // One piece wider than a line (a hash, a URL): cut it where the line ends.
        for c in piece.chars() {
            if used + char_width(c) > max {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += char_width(c);
        }
    }
    let last = line.trim_end();
    if !last.is_empty() || lines.is_empty() {
        lines.push(last.to_owned());
    }
    lines
}

/// Pieces that a line may end after, with the space that follows them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (i, c) in text.char_indices() {
        let breaks = before.is_some_and(|b| may_break(b, c));
        if breaks && i > start {
            pieces.push(&text[start..i]);
            start = i;
        }
        before = Some(c);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn may_break(before: char, after: char) -> bool {
    if after == ' ' || before == '\u{a0}' || after == '\u{a0}' {
        return false;
    }
    if before == ' ' {
        // A number stays with its unit.
        return after != '%';
    }
    let wide = char_width(before) == 2 || char_width(after) == 2;
    wide && !NOT_FIRST.contains(after) && !NOT_LAST.contains(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_nothing() {
        let texts = [
            "2 of 37 indicators were seen, on ws-014 and ws-022.",
            "37 件の侵害指標のうち 2 件を検出しました（ws-014、ws-022）。確信度は低いです。",
            "9f2c1d0000000000000000000000000000000000000000000000000000a71e is long",
            "",
        ];
        for text in texts {
            for max in 8..60 {
                let lines = wrap(text, max);
                for line in &lines {
                    assert!(width(line) <= max, "{max}: {line}");
                }
                let joined: String = lines.concat().chars().filter(|c| *c != ' ').collect();
                let whole: String = text.chars().filter(|c| *c != ' ').collect();
                assert_eq!(joined, whole);
            }
        }
    }

    #[test]
    fn no_line_begins_with_a_closing_mark() {
        for line in wrap("一二三四、五六七八。九十（一二）三四五", 8) {
            let first = line.chars().next().unwrap();
            assert!(!"、。）".contains(first), "{line}");
        }
    }
}
