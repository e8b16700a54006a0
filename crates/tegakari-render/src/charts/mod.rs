//! Charts: plain data in, a [`Drawing`] out, drawn by two back ends.
//!
//! Every chart here is rows with marks on a shared horizontal scale, because that is what can be
//! drawn in a terminal, read by a screen reader, printed, and compared between two days. A title
//! states the finding, and every drawing carries its numbers as a table.
//!
//! A new chart is one file with a plain function `data → Drawing`; [`svg`] and [`plain`] draw it.

mod drawing;
pub(crate) mod likelihood;
pub(crate) mod matrix;
pub(crate) mod plain;
pub(crate) mod svg;
pub(crate) mod timeline;
pub(crate) mod visibility;
pub(crate) mod waterfall;

pub(crate) use drawing::{Drawing, Key, Mark, Row, Scale, Table, Tone};
