//! Tables: cells between rules, or cells that only stand below each other.

use super::layout::{Item, median};
use super::lines::Segment;
use super::page::Rule;

/// Rules of one page that are searched for tables.
const RULE_LIMIT: usize = 4_000;
/// How far rules may miss each other and still meet.
const REACH: f32 = 3.0;

/// A table: rows of cells of lines.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) x0: f32,
    pub(super) x1: f32,
    pub(super) y0: f32,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// The lines of a cell, and where it lies.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) lines: Vec<Segment>,
    pub(super) x0: f32,
    pub(super) x1: f32,
}

/// Rules of a table in the making: where lines go across and down.
struct Grid {
    xs: Vec<f32>,
    ys: Vec<f32>,
    across: Vec<Rule>,
}

/// Takes the segments that stand between rules out of `segments` and gives back everything as items.
pub(super) fn take_ruled(
    segments: Vec<Segment>,
    rules: &[Rule],
    width: f32,
    height: f32,
) -> Vec<Item> {
    let grids = grids(rules, width, height);
    let mut inside: Vec<Vec<Segment>> = grids.iter().map(|_| Vec::new()).collect();
    let mut out = Vec::new();
    for segment in segments {
        let (x, y) = (
            (segment.x0 + segment.x1) / 2.0,
            segment.y - segment.size * 0.3,
        );
        let home = grids.iter().position(|g| g.holds(x, y));
        match home.and_then(|i| inside.get_mut(i)) {
            Some(list) => list.push(segment),
            None => out.push(Item::Segment(segment)),
        }
    }
    for (grid, list) in grids.into_iter().zip(inside) {
        grid.fill(list, &mut out);
    }
    out
}

fn grids(rules: &[Rule], width: f32, height: f32) -> Vec<Grid> {
    let across = joined(
        rules
            .iter()
            .filter(|r| r.y1 - r.y0 < 1.0 && r.x1 - r.x0 > 4.0 && r.x1 - r.x0 < 0.99 * width),
        true,
    );
    let down = joined(
        rules
            .iter()
            .filter(|r| r.x1 - r.x0 < 1.0 && r.y1 - r.y0 > 4.0 && r.y1 - r.y0 < 0.99 * height),
        false,
    );
    if across.len() + down.len() > RULE_LIMIT {
        return Vec::new();
    }
    // Rules that meet belong to one table.
    let count = across.len() + down.len();
    let mut parent: Vec<usize> = (0..count).collect();
    for (i, a) in across.iter().enumerate() {
        for (j, d) in down.iter().enumerate() {
            let meets = d.x0 >= a.x0 - REACH
                && d.x0 <= a.x1 + REACH
                && a.y0 >= d.y0 - REACH
                && a.y0 <= d.y1 + REACH;
            if meets {
                let (p, q) = (root(&mut parent, i), root(&mut parent, across.len() + j));
                parent[q] = p;
            }
        }
    }
    let mut groups: Vec<(usize, Grid)> = Vec::new();
    for i in 0..count {
        let p = root(&mut parent, i);
        let at = match groups.iter().position(|(q, _)| *q == p) {
            Some(at) => at,
            None => {
                groups.push((
                    p,
                    Grid {
                        xs: Vec::new(),
                        ys: Vec::new(),
                        across: Vec::new(),
                    },
                ));
                groups.len() - 1
            }
        };
        let grid = &mut groups[at].1;
        match across.get(i) {
            Some(rule) => {
                grid.ys.push(rule.y0);
                grid.across.push(*rule);
            }
            None => grid.xs.extend(down.get(i - across.len()).map(|r| r.x0)),
        }
    }
    let mut grids: Vec<Grid> = groups.into_iter().map(|(_, g)| g).collect();
    for grid in &mut grids {
        grid.xs = distinct(std::mem::take(&mut grid.xs));
        grid.ys = distinct(std::mem::take(&mut grid.ys));
    }
    // Fewer are boxes about a text, or lines above and below it.
    grids.retain(|g| g.xs.len() >= 3 && g.ys.len() >= 2 && g.xs.len() * g.ys.len() <= 200_000);
    grids.sort_by(|a, b| a.area().total_cmp(&b.area()));
    grids
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

/// Rules on one line that touch, as one.
fn joined<'r>(rules: impl Iterator<Item = &'r Rule>, across: bool) -> Vec<Rule> {
    let mut rules: Vec<Rule> = rules.copied().collect();
    let key = |r: &Rule| if across { (r.y0, r.x0) } else { (r.x0, r.y0) };
    rules.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        (a.0.round() as i32)
            .cmp(&(b.0.round() as i32))
            .then(a.1.total_cmp(&b.1))
    });
    let mut out: Vec<Rule> = Vec::new();
    for rule in rules {
        match out.last_mut() {
            Some(last)
                if across && (last.y0 - rule.y0).abs() <= 1.5 && rule.x0 <= last.x1 + REACH =>
            {
                last.x1 = last.x1.max(rule.x1);
            }
            Some(last)
                if !across && (last.x0 - rule.x0).abs() <= 1.5 && rule.y0 <= last.y1 + REACH =>
            {
                last.y1 = last.y1.max(rule.y1);
            }
            _ => out.push(rule),
        }
    }
    out
}

/// Sorted, with those that are one line drawn thick taken once.
fn distinct(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    let mut out: Vec<f32> = Vec::with_capacity(values.len());
    for value in values {
        if out.last().is_none_or(|last| value - last > REACH) {
            out.push(value);
        }
    }
    out
}

impl Grid {
    fn bounds(&self) -> (f32, f32, f32, f32) {
        let get = |v: &[f32], last: bool| {
            if last { v.last() } else { v.first() }
                .copied()
                .unwrap_or(0.0)
        };
        (
            get(&self.xs, false),
            get(&self.ys, false),
            get(&self.xs, true),
            get(&self.ys, true),
        )
    }

    fn area(&self) -> f32 {
        let (x0, y0, x1, y1) = self.bounds();
        (x1 - x0) * (y1 - y0)
    }

    fn holds(&self, x: f32, y: f32) -> bool {
        let (x0, y0, x1, y1) = self.bounds();
        x > x0 - REACH && x < x1 + REACH && y > y0 - REACH && y < y1 + REACH
    }

    /// Puts segments into cells. A grid that holds text in one column only is no table.
    fn fill(self, segments: Vec<Segment>, out: &mut Vec<Item>) {
        let (columns, rows) = (self.xs.len() - 1, self.ys.len() - 1);
        let place = |values: &[f32], v: f32, most: usize| {
            values
                .partition_point(|x| *x <= v)
                .saturating_sub(1)
                .min(most.saturating_sub(1))
        };
        let mut used = vec![false; columns];
        for segment in &segments {
            let x = (segment.x0 + segment.x1) / 2.0;
            used[place(&self.xs, x, columns)] = true;
        }
        if used.iter().filter(|u| **u).count() < 2 {
            out.extend(segments.into_iter().map(Item::Segment));
            return;
        }
        let (x0, y0, x1, _) = self.bounds();
        let mut cells: Vec<Vec<Cell>> = (0..rows)
            .map(|_| {
                (0..columns)
                    .map(|c| Cell {
                        lines: Vec::new(),
                        x0: self.xs[c],
                        x1: self.xs[c + 1],
                    })
                    .collect()
            })
            .collect();
        for segment in segments {
            let middle = (segment.x0 + segment.x1) / 2.0;
            let mut column = place(&self.xs, middle, columns);
            // A cell over several columns starts where its text does.
            if segment.x0 < self.xs[column] - REACH {
                column = place(&self.xs, segment.x0 + REACH, columns);
            }
            let mut row = place(&self.ys, segment.y - segment.size * 0.3, rows);
            // Up to the rule that really closes the cell: one over several rows starts there.
            while row > 0 && !self.is_closed_above(column, row) {
                row -= 1;
            }
            cells[row][column].lines.push(segment);
        }
        for row in 1..rows {
            let (done, rest) = cells.split_at_mut(row);
            let (Some(above), Some(here)) = (done.last(), rest.first_mut()) else {
                continue;
            };
            for (column, (above, here)) in above.iter().zip(here).enumerate() {
                // What a cell over several rows says holds for each of them.
                let spans = here.lines.is_empty() && above.lines.len() == 1;
                if spans && !self.is_closed_above(column, row) {
                    here.lines = above.lines.clone();
                }
            }
        }
        for cell in cells.iter_mut().flatten() {
            cell.lines
                .sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x0.total_cmp(&b.x0)));
        }
        let keep: Vec<bool> = (0..columns)
            .map(|c| cells.iter().any(|row| !row[c].lines.is_empty()))
            .collect();
        for row in &mut cells {
            let mut i = 0;
            row.retain(|_| {
                i += 1;
                keep[i - 1]
            });
        }
        cells.retain(|row| row.iter().any(|c| !c.lines.is_empty()));
        let rows = cells.into_iter().flat_map(split_unruled).collect();
        out.push(Item::Table(Box::new(Table { x0, x1, y0, rows })));
    }

    /// Whether a rule lies between a cell and the one above it.
    fn is_closed_above(&self, column: usize, row: usize) -> bool {
        let (Some(y), Some(x0), Some(x1)) = (
            self.ys.get(row),
            self.xs.get(column),
            self.xs.get(column + 1),
        ) else {
            return true;
        };
        let middle = (x0 + x1) / 2.0;
        self.across
            .iter()
            .any(|r| (r.y0 - y).abs() <= REACH && r.x0 <= middle && r.x1 >= middle)
    }
}

/// One ruled row whose cells hold the same number of lines at the same heights is several rows that no
/// rule divides.
fn split_unruled(row: Vec<Cell>) -> Vec<Vec<Cell>> {
    let heights = |cell: &Cell| -> Vec<f32> { distinct(cell.lines.iter().map(|l| l.y).collect()) };
    let mut filled = row.iter().filter(|c| !c.lines.is_empty()).map(heights);
    let Some(first) = filled.next() else {
        return vec![row];
    };
    let same = first.len() >= 3
        && row.iter().filter(|c| !c.lines.is_empty()).count() >= 2
        && filled.all(|other| {
            other.len() == first.len()
                && other
                    .iter()
                    .zip(&first)
                    .all(|(a, b)| (a - b).abs() <= REACH)
        });
    if !same {
        return vec![row];
    }
    first
        .iter()
        .map(|y| {
            row.iter()
                .map(|cell| Cell {
                    lines: cell
                        .lines
                        .iter()
                        .filter(|l| (l.y - y).abs() <= REACH)
                        .cloned()
                        .collect(),
                    ..*cell
                })
                .collect()
        })
        .collect()
}

/// A table without rules: columns are known, rows are told by the distances.
pub(super) fn aligned(segments: Vec<Segment>, columns: &[(f32, f32)]) -> Table {
    let x0 = columns.first().map_or(0.0, |c| c.0);
    let x1 = columns.last().map_or(0.0, |c| c.1);
    let mut segments = segments;
    segments.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x0.total_cmp(&b.x0)));
    let y0 = segments.first().map_or(0.0, |s| s.y);
    let column_of = |s: &Segment| {
        let middle = (s.x0 + s.x1) / 2.0;
        columns
            .iter()
            .position(|(_, end)| middle <= *end)
            .unwrap_or(columns.len().saturating_sub(1))
    };
    // Lines of text, each with its cells.
    let mut lines: Vec<(f32, Vec<Vec<Segment>>)> = Vec::new();
    for segment in segments {
        let same = lines
            .last()
            .is_some_and(|(y, _)| (segment.y - y).abs() <= segment.size * 0.25);
        if !same {
            lines.push((segment.y, columns.iter().map(|_| Vec::new()).collect()));
        }
        let column = column_of(&segment);
        if let Some(cell) = lines
            .last_mut()
            .and_then(|(_, cells)| cells.get_mut(column))
        {
            cell.push(segment);
        }
    }
    let starts = row_starts(&lines);
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (i, (_, cells)) in lines.into_iter().enumerate() {
        if starts.get(i).copied().unwrap_or(true) || rows.is_empty() {
            rows.push(
                columns
                    .iter()
                    .map(|(x0, x1)| Cell {
                        lines: Vec::new(),
                        x0: *x0,
                        x1: *x1,
                    })
                    .collect(),
            );
        }
        if let Some(row) = rows.last_mut() {
            for (cell, segments) in row.iter_mut().zip(cells) {
                cell.lines.extend(segments);
            }
        }
    }
    Table { x0, x1, y0, rows }
}

/// Which lines start a row: those further from the line above than lines of a cell are; where all are
/// equally far, those that have something in the first column.
fn row_starts(lines: &[(f32, Vec<Vec<Segment>>)]) -> Vec<bool> {
    let steps: Vec<f32> = lines
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] => Some(b.0 - a.0),
            _ => None,
        })
        .collect();
    let least = steps.iter().copied().fold(f32::MAX, f32::min);
    let most = median(steps.iter().copied().filter(|s| *s > least * 1.2).collect()).unwrap_or(0.0);
    let full = |cells: &Vec<Vec<Segment>>| cells.iter().filter(|c| !c.is_empty()).count();
    let widest = lines.iter().map(|(_, c)| full(c)).max().unwrap_or(0);
    // Steps of two kinds: near ones inside cells, far ones between rows. Then some near lines must be
    // the rest of a cell, with other columns empty.
    let partial = lines.iter().any(|(_, cells)| full(cells) < widest);
    let two_kinds = most > least * 1.25 && partial;
    let mut out = vec![true];
    for (i, (_, cells)) in lines.iter().enumerate().skip(1) {
        let step = steps.get(i - 1).copied().unwrap_or(0.0);
        let first = cells.first().is_some_and(|c| !c.is_empty());
        let starts = if full(cells) == widest {
            true
        } else if two_kinds {
            step > (least + most) / 2.0
        } else {
            first
        };
        out.push(starts);
    }
    out
}
