//! What a chart is made of, before it is ink or characters.

/// A chart. All texts in it may be hostile; the back ends escape them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawing {
    /// Unique in a document, the same every time.
    pub(crate) id: String,
    /// What it shows, as a finding.
    pub(crate) title: String,
    /// Where it is from and how to read it.
    pub(crate) caption: String,
    /// What the marks mean.
    pub(crate) keys: Vec<Key>,
    pub(crate) scale: Scale,
    /// Heads of the texts right of the plot.
    pub(crate) value_heads: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// The same as numbers.
    pub(crate) table: Table,
}

/// The horizontal scale that all rows share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scale {
    /// Separate columns with a head each; a head may be empty.
    Columns(Vec<String>),
    /// A line from 0 to 1 with named places, and bands behind the rows.
    Line {
        ticks: Vec<(f64, String)>,
        bands: Vec<(f64, f64)>,
    },
}

/// One line of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row {
    /// Left of the plot.
    pub(crate) label: String,
    /// After the label, in a column of its own, quieter.
    pub(crate) note: String,
    /// Whether the label stands out.
    pub(crate) strong: bool,
    pub(crate) marks: Vec<Mark>,
    /// Right of the plot.
    pub(crate) values: Vec<String>,
}

/// Which of the named colours a mark has. Shape or sign always says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Seen,
    Calm,
    Quiet,
}

/// A mark in a row; places are 0 to 1 along the scale.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// Nothing could have been seen here.
    Hatch { from: f64, to: f64 },
    /// From the first to the last moment.
    Span { from: f64, to: f64 },
    /// One event.
    Dot { at: f64 },
    /// An estimate with its range.
    Interval {
        low: f64,
        point: f64,
        high: f64,
        tone: Tone,
    },
    /// A step from one place to another.
    Step { from: f64, to: f64, tone: Tone },
    /// A filled cell of a column scale.
    Cell {
        column: usize,
        /// 0 to 1; `None` is "no data", drawn hatched.
        shade: Option<f64>,
        glyph: String,
        /// Beside the glyph where there is room.
        number: String,
        /// The whole cell in words.
        note: String,
    },
}

/// An entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) glyph: &'static str,
    pub(crate) meaning: String,
}

/// Numbers of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) heads: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}
