//! What could have been seen: machines × kinds of records, and machines × time.

use tegakari_model::HuntResult;

use super::{Drawing, Key, Mark, Row, Scale, Table};
use crate::digest::gaps::{Hole, holes};
use crate::digest::grid::{Cell, Grid, GridRow, Group, by_time, grid, hours_of_any};
use crate::digest::time::{Axis, window};
use crate::format;
use crate::i18n::{Words, say};

/// Machines drawn in a page; the table has more, the JSON all.
pub(crate) const MOST_ROWS: usize = 60;
const MOST_BINS: usize = 42;

impl Words {
    /// A column of the visibility grid.
    pub(crate) fn group(self, group: Group) -> &'static str {
        self.get(match group {
            Group::Dns => "group.dns",
            Group::Web => "group.web",
            Group::Tls => "group.tls",
            Group::Flow => "group.flow",
            Group::Process => "group.process",
            Group::Hashes => "group.hashes",
            Group::Files => "group.files",
            Group::Registry => "group.registry",
            Group::System => "group.system",
            Group::Logon => "group.logon",
            Group::Mail => "group.mail",
            Group::Alert => "group.alert",
            Group::Other => "group.other",
        })
    }

    /// A hole in the visibility as one sentence.
    pub(crate) fn hole(self, hole: &Hole) -> String {
        let needs: Vec<&str> = hole.needs.iter().map(|t| self.telemetry(*t)).collect();
        let needs = self.any_of(&needs);
        let hours = format::count(hole.hours);
        if hole.assets.is_empty() {
            say!(self, "hole.everywhere", needs = needs, hours = hours)
        } else {
            let assets = self.list_of(&hole.assets, 4);
            say!(
                self,
                "hole.somewhere",
                needs = needs,
                hours = hours,
                assets = assets
            )
        }
    }

    /// How a hole can be closed.
    pub(crate) fn hole_closing(self, hole: &Hole) -> String {
        let mut ways: Vec<&str> = hole.needs.iter().map(|t| self.closing(*t)).collect();
        ways.dedup();
        ways.truncate(2);
        say!(self, "hole.close", way = self.any_of(&ways))
    }

    /// `a, b or c`.
    pub(crate) fn any_of(self, items: &[&str]) -> String {
        match items {
            [front @ .., last] if !front.is_empty() => say!(
                self,
                "list.or",
                front = front.join(self.get("list.comma")),
                last = last
            ),
            _ => items.join(""),
        }
    }
}

/// Machines × kinds of records; `None` when no machine is known.
pub(crate) fn heat_map(hunt: &HuntResult, words: Words, most: usize) -> Option<Drawing> {
    let grid = grid(hunt);
    if grid.rows.is_empty() || grid.columns.is_empty() {
        return None;
    }
    let heads: Vec<String> = grid
        .columns
        .iter()
        .map(|g| words.group(*g).to_owned())
        .collect();
    Some(Drawing {
        id: "visibility".to_owned(),
        title: title(hunt, words),
        caption: caption(&grid, words, most),
        keys: keys(words),
        scale: Scale::Columns(heads.clone()),
        value_heads: Vec::new(),
        rows: grid
            .rows
            .iter()
            .take(most)
            .map(|row| drawn_row(row, &heads, words))
            .collect(),
        table: table(&grid, heads, words),
    })
}

fn title(hunt: &HuntResult, words: Words) -> String {
    match holes(hunt).first() {
        Some(hole) => words.hole(hole),
        None => words.get("visibility.title_no_hole").to_owned(),
    }
}

fn caption(grid: &Grid<'_>, words: Words, most: usize) -> String {
    let mut caption = words.get("visibility.caption").to_owned();
    if grid.rows.len() > most {
        caption.push_str(words.get("sentence.space"));
        caption.push_str(&say!(
            words,
            "visibility.more",
            shown = most,
            total = grid.rows.len()
        ));
    }
    caption
}

/// What the glyphs of the grid mean.
pub(crate) fn keys(words: Words) -> Vec<Key> {
    [
        ("●", "visibility.key_whole"),
        ("◐", "visibility.key_part"),
        ("○", "visibility.key_none"),
        ("–", "visibility.key_uncollected"),
    ]
    .map(|(glyph, key)| Key {
        glyph,
        meaning: words.get(key).to_owned(),
    })
    .into()
}

fn drawn_row(row: &GridRow<'_>, heads: &[String], words: Words) -> Row {
    Row {
        label: row.asset.name.clone(),
        note: if row.asset.sensor {
            words.get("asset.sensor").to_owned()
        } else {
            String::new()
        },
        strong: row.hit,
        marks: row
            .cells
            .iter()
            .enumerate()
            .map(|(column, cell)| Mark::Cell {
                column,
                shade: match cell {
                    Cell::Share(s) => Some(*s),
                    _ => None,
                },
                glyph: cell.glyph().to_string(),
                number: match cell {
                    Cell::Share(s) if *s > 0.0 && *s < Cell::WHOLE_FROM => format::percent(*s),
                    _ => String::new(),
                },
                note: say!(
                    words,
                    "visibility.cell",
                    asset = row.asset.name,
                    kind = heads.get(column).map_or("", String::as_str),
                    share = share(*cell, words)
                ),
            })
            .collect(),
        values: Vec::new(),
    }
}

fn share(cell: Cell, words: Words) -> String {
    match cell {
        Cell::Uncollected => words.get("visibility.uncollected").to_owned(),
        Cell::Partial => words.get("visibility.partial").to_owned(),
        Cell::Unknown => words.get("visibility.unknown").to_owned(),
        Cell::Share(s) => format::percent(s),
    }
}

fn table(grid: &Grid<'_>, heads: Vec<String>, words: Words) -> Table {
    let mut all = vec![words.get("head.machine").to_owned()];
    all.extend(heads);
    let mut rows: Vec<Vec<String>> = grid
        .rows
        .iter()
        .take(crate::html::MOST_ROWS)
        .map(|row| {
            let mut cells = vec![row.asset.name.clone()];
            cells.extend(row.cells.iter().map(|c| share(*c, words)));
            cells
        })
        .collect();
    let mut wanted = vec![words.get("visibility.wanted").to_owned()];
    wanted.extend(grid.wanted.iter().map(usize::to_string));
    rows.push(wanted);
    Table { heads: all, rows }
}

/// Machines × time: whether there was any record at all.
pub(crate) fn over_time(hunt: &HuntResult, words: Words, most: usize) -> Option<Drawing> {
    let axis = Axis::new(window(&hunt.coverage)?, MOST_BINS);
    let grid = grid(hunt);
    if grid.rows.is_empty() || axis.bins < 2 {
        return None;
    }
    let mut heads = vec![String::new(); axis.bins];
    for (at, name) in axis.ticks(9) {
        let bin = (0..axis.bins).find(|bin| axis.edge(*bin) >= at - 1e-9);
        if let Some(head) = bin.and_then(|bin| heads.get_mut(bin)) {
            *head = name;
        }
    }
    let starts: Vec<String> = (0..axis.bins)
        .map(|bin| {
            let hours = i64::try_from(bin).unwrap_or(0) * axis.step;
            format::hour(tegakari_model::Hour(axis.from.0 + hours), axis.step < 24)
        })
        .collect();
    let mut silent = 0usize;
    let mut table_rows = Vec::new();
    let mut rows = Vec::new();
    let of_any = hours_of_any(hunt);
    for row in grid.rows.iter().take(most) {
        let shares = by_time(hunt, &row.asset.name, &axis, &of_any);
        let nothing = |cell: &Cell| !matches!(cell, Cell::Partial) && cell.share() <= 0.0;
        if !row.asset.sensor && shares.iter().all(nothing) {
            silent += 1;
        }
        let mut cells = vec![row.asset.name.clone()];
        cells.extend(shares.iter().map(|cell| share(*cell, words)));
        table_rows.push(cells);
        rows.push(Row {
            label: row.asset.name.clone(),
            strong: row.hit,
            marks: shares
                .iter()
                .enumerate()
                .map(|(column, cell)| Mark::Cell {
                    column,
                    shade: Some(cell.share()).filter(|share| *share > 0.0),
                    glyph: match cell {
                        Cell::Partial | Cell::Unknown => cell.glyph().to_string(),
                        _ => String::new(),
                    },
                    number: String::new(),
                    note: say!(
                        words,
                        "visibility.cell",
                        asset = row.asset.name,
                        kind = starts.get(column).map_or("", String::as_str),
                        share = share(*cell, words)
                    ),
                })
                .collect(),
            ..Row::default()
        });
    }
    let mut table_heads = vec![words.get("head.machine").to_owned()];
    table_heads.extend(starts);
    Some(Drawing {
        id: "visibility-time".to_owned(),
        title: match silent {
            0 => words.get("over_time.title").to_owned(),
            n => say!(words, "over_time.title_silent", n = n),
        },
        caption: say!(words, "over_time.caption", hours = axis.step),
        keys: [
            ("▨", "over_time.key_dark"),
            ("◌", "over_time.key_partial"),
            ("?", "over_time.key_unknown"),
        ]
        .map(|(glyph, key)| Key {
            glyph,
            meaning: words.get(key).to_owned(),
        })
        .into(),
        scale: Scale::Columns(heads),
        value_heads: Vec::new(),
        rows,
        table: Table {
            heads: table_heads,
            rows: table_rows,
        },
    })
}
