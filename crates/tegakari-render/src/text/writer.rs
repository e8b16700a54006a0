//! Collects the lines of a text: headings, paragraphs, lists, tables, charts.

use tegakari_model::{Language, Problem};

use super::style::{Paint, TextStyle};
use super::table::{Column, Fit, column, table};
use super::wrap::wrap;
use crate::charts::{Drawing, plain};
use crate::escape;
use crate::format;
use crate::i18n::{Words, say};

/// Where the text grows.
pub(super) struct Writer<'a> {
    pub(super) words: Words,
    pub(super) style: &'a TextStyle,
    out: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(language: Language, style: &'a TextStyle) -> Self {
        Self {
            words: super::words(language),
            style,
            out: String::new(),
        }
    }

    pub(super) fn done(self) -> String {
        self.out
    }

    /// An empty line, unless there is nothing above or already one.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading after an empty line.
    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        self.painted(Paint::Strong, 0, text);
    }

    /// A sentence or more, wrapped.
    pub(super) fn paragraph(&mut self, indent: usize, text: &str) {
        self.lines(None, indent, "", text);
    }

    /// As a paragraph, in colour.
    pub(super) fn painted(&mut self, paint: Paint, indent: usize, text: &str) {
        self.lines(Some(paint), indent, "", text);
    }

    /// An item of a list: `lead` stands before the first line, the others are indented by its width.
    pub(super) fn item(&mut self, lead: &str, text: &str) {
        self.lines(None, 2, lead, text);
    }

    fn lines(&mut self, paint: Option<Paint>, indent: usize, lead: &str, text: &str) {
        let lead = self.style.signs(lead);
        let hang = format::width(&lead);
        let text = self.style.signs(&escape::terminal(text));
        let room = self.style.width().saturating_sub(indent + hang);
        for (i, line) in wrap(&text, room).iter().enumerate() {
            self.out.push_str(&" ".repeat(indent));
            if i == 0 {
                self.out.push_str(&lead);
            } else {
                self.out.push_str(&" ".repeat(hang));
            }
            match paint {
                Some(paint) => self.out.push_str(&self.style.paint(paint, line)),
                None => self.out.push_str(line),
            }
            self.out.push('\n');
        }
    }

    pub(super) fn table(&mut self, columns: &[Column], rows: &[Vec<String>]) {
        self.out.push_str(&table(columns, rows, self.style));
    }

    /// A chart with its title as heading and its caption below.
    pub(super) fn chart(&mut self, drawing: &Drawing, caption: bool) {
        self.out.push_str(&plain::draw(drawing, self.style));
        if caption && !drawing.keys.is_empty() {
            let keys: Vec<String> = drawing
                .keys
                .iter()
                .map(|key| format!("{} {}", key.glyph, key.meaning))
                .collect();
            self.painted(Paint::Quiet, 2, &keys.join("   "));
        }
    }

    /// Says that `more` are not shown here.
    pub(super) fn more(&mut self, more: usize) {
        if more > 0 {
            let text = say!(self.words, "text.more", n = more);
            self.painted(Paint::Quiet, 2, &text);
        }
    }

    /// What could not be read, the dearest first; at most `most` of them.
    pub(super) fn problems(&mut self, problems: &[&Problem], most: usize) {
        if problems.is_empty() {
            self.paragraph(0, self.words.get("problem.none"));
            return;
        }
        let mut sorted = problems.to_vec();
        sorted.sort_by(|a, b| {
            (b.bytes_lost, b.records_lost, *a).cmp(&(a.bytes_lost, a.records_lost, *b))
        });
        let rows: Vec<Vec<String>> = sorted
            .iter()
            .take(most)
            .map(|p| {
                let cost = self.words.cost(p);
                let what = self.words.of_problem(&p.what);
                let what = if cost.is_empty() {
                    what
                } else {
                    say!(self.words, "problem.what_cost", what = what, cost = cost)
                };
                vec![p.place.clone(), what, self.words.of_problem(&p.hint)]
            })
            .collect();
        let columns = [
            column(self.words.get("head.place"), Fit::Middle),
            column(self.words.get("head.what"), Fit::Wrap),
            column(self.words.get("head.hint"), Fit::Wrap),
        ];
        self.table(&columns, &rows);
        self.more(sorted.len().saturating_sub(most));
    }
}
