//! How to write for this terminal: width, colour, and whether marks must be ASCII.

/// How to write for this terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Columns available; no line is wider. Fewer than 40 are taken as 40.
    pub width: usize,
    /// Whether to use colour: the eight basic ones only, so that the terminal's theme decides.
    pub color: bool,
    /// Whether marks and lines must be ASCII. Names from reports and logs, and Japanese, stay as they are.
    pub ascii: bool,
}

impl Default for TextStyle {
    /// 100 columns, no colour, Unicode.
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
            ascii: false,
        }
    }
}

/// What a piece of text is, for those who see colour. Shape or word always says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Strong,
    Quiet,
    Seen,
    Calm,
}

impl TextStyle {
    /// Columns that are used.
    pub(crate) fn width(&self) -> usize {
        self.width.max(40)
    }

    /// Marks that something was cut.
    pub(crate) fn dots(&self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }

    /// Colours `text`, which must be one of ours or escaped.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Strong => "1",
            Paint::Quiet => "2",
            Paint::Seen => "31",
            Paint::Calm => "34",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// A mark, in ASCII where that is asked for.
    pub(crate) fn mark(&self, mark: &str) -> String {
        if !self.ascii {
            return mark.to_owned();
        }
        match mark {
            "●" => "*",
            "○" => "o",
            "◐" => "+",
            "▨" => "?",
            "–" | "−" => "-",
            "−−" => "--",
            "━" => "=",
            "█" => "#",
            other => other,
        }
        .to_owned()
    }

    /// Our own sentence with its signs in ASCII where that is asked for. Letters stay.
    pub(crate) fn signs(&self, text: &str) -> String {
        if !self.ascii {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '–' | '−' => out.push('-'),
                '…' => out.push_str("..."),
                '→' => out.push_str("->"),
                '×' => out.push('x'),
                '·' => out.push('|'),
                '●' => out.push('*'),
                '○' => out.push('o'),
                '◐' => out.push('+'),
                '▨' => out.push('?'),
                '“' | '”' => out.push('"'),
                '’' => out.push('\''),
                '\u{a0}' => out.push(' '),
                c => out.push(c),
            }
        }
        out
    }
}
