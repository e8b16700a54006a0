//! The one way hostile text reaches an output.
//!
//! Names, values and log records were written by attackers or about them. Control characters can
//! drive a terminal, bidirectional ones can make a line read backwards (CVE-2021-42574), invisible
//! ones can make two values look alike. Here they become visible and inert; nothing is dropped, so
//! the reader sees that something was there.

/// Longest untrusted text shown in one place, in characters. The exact value is always in the JSON.
pub const LONGEST: usize = 2000;

/// Whether `c` acts on the text around it, or cannot be seen, instead of being seen.
///
/// Control characters (C0, DEL, C1), line separators, the format characters of Unicode's category
/// Cf, and the fillers and joiners that are rendered as nothing.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether there is nothing to be seen in a text: blanks of any kind, and characters that cannot be seen.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

/// Makes every character that acts or hides visible: `\n`, `\x1b`, `<U+202E>`. Everything else
/// stays. More than [`LONGEST`] characters are cut, and the cut is marked with what is missing.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    for c in chars.by_ref().take(LONGEST) {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_unseen(c) => out.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c => out.push(c),
        }
    }
    let cut = chars.count();
    if cut > 0 {
        out.push_str(&format!("…[+{cut}]"));
    }
    out
}

/// For a terminal: [`visible`].
pub fn terminal(text: &str) -> String {
    visible(text)
}

/// For HTML and SVG, as text or inside a quoted attribute: [`visible`], then `& < > " '` as references.
pub fn html(text: &str) -> String {
    markup(&visible(text))
}

/// For our own sentences in HTML: only the five characters that mean something there.
pub(crate) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// For Markdown (CommonMark): [`visible`], with every ASCII punctuation character escaped, so that no
/// link, image, HTML or emphasis can arise, and no bare address is linked by an extension.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for c in visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            ':' => out.push_str("&#58;"),
            '@' => out.push_str("&#64;"),
            c if c.is_ascii_punctuation() => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// One CSV cell (RFC 4180), always quoted; a cell that a spreadsheet would run as a formula gets a
/// leading apostrophe (OWASP, "CSV Injection").
pub fn csv(text: &str) -> String {
    let seen = visible(text);
    let start = seen.trim_start();
    let runs = start.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let guard = if runs { "'" } else { "" };
    format!("\"{guard}{}\"", seen.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, csv, html, is_blank, markdown, terminal};

    #[test]
    fn characters_that_act_are_made_visible() {
        for (text, want) in [
            ("plain 日本語 עברית", "plain 日本語 עברית"),
            ("a\u{1b}[31mred", "a\\x1b[31mred"),
            ("exe.\u{202e}cod", "exe.<U+202E>cod"),
            ("zero\u{200b}width", "zero<U+200B>width"),
            ("tag\u{e0041}", "tag<U+E0041>"),
            ("two\r\nlines\t", "two\\r\\nlines\\t"),
            ("\u{9b}31m", "<U+009B>31m"),
            ("\u{feff}bom", "<U+FEFF>bom"),
        ] {
            assert_eq!(terminal(text), want);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_blank() {
        for text in [
            "",
            " \t\n",
            "\u{3000}\u{200b}",
            "\u{2800}\u{feff}",
            "\u{a0}\u{202e}",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["a", "\u{200b}-", "　全"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn html_cannot_be_left() {
        assert_eq!(
            html("</td><script>alert('\"&')</script>"),
            "&lt;/td&gt;&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;"
        );
        assert_eq!(html("\u{202e}"), "&lt;U+202E&gt;");
    }

    #[test]
    fn markdown_makes_no_link() {
        assert_eq!(
            markdown("[x](javascript:alert(1)) <b> https://e.example"),
            "\\[x\\]\\(javascript&#58;alert\\(1\\)\\) &lt;b&gt; https&#58;\\/\\/e\\.example"
        );
    }

    #[test]
    fn spreadsheets_run_nothing() {
        for (text, want) in [
            ("evil.example", "\"evil.example\""),
            ("=cmd|'/c calc'!A0", "\"'=cmd|'/c calc'!A0\""),
            ("  +1", "\"'  +1\""),
            ("\t=1", "\"'\\t=1\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ] {
            assert_eq!(csv(text), want);
        }
    }

    #[test]
    fn huge_text_is_cut_and_says_so() {
        let shown = terminal(&"あ".repeat(LONGEST + 7));
        assert!(shown.ends_with("…[+7]"), "{}", shown.len());
        assert_eq!(shown.chars().filter(|c| *c == 'あ').count(), LONGEST);
    }
}
