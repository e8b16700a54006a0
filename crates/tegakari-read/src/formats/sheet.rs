//! Workbooks of Excel, through `calamine`: every sheet is a section, its rows are read under the header
//! that stands above them, hidden sheets too.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader as _, SheetVisible, Xlsx};
use tegakari_model::Problem;

use super::package::{Kind, Package, kind};
use super::table::{COLUMNS, Row, Rows};
use super::{Head, ReportFormat, Sniff, Source, docx};
use crate::content::{Content, Link};

/// Cells of one workbook that are read.
const CELLS: u64 = 8_000_000;
/// Rows over which a merged cell is repeated.
const MERGED: u32 = 10_000;
/// Longest text that is repeated.
const REPEATED: usize = 300;

/// Excel workbooks.
pub(super) struct Sheet;

impl ReportFormat for Sheet {
    fn id(&self) -> &'static str {
        "xlsx"
    }

    fn about(&self) -> &'static str {
        "Excel workbooks (XLSX): tables of indicators, every sheet, hidden ones too"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if kind(head.whole) == Some(Kind::Workbook) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        content.is_list = true;
        // `calamine` unpacks without limits: what it will unpack is counted first.
        let Some(mut package) = Package::open(source, content) else {
            return;
        };
        for name in package.names("xl/") {
            if !name.starts_with("xl/media/") && !package.fits(&name, content) {
                return;
            }
        }
        docx::properties(&mut package, content);
        let read = catch_unwind(AssertUnwindSafe(|| {
            let mut workbook = Xlsx::new(Cursor::new(source.bytes))?;
            sheets(&mut workbook, source, content)
        }));
        let error = match read {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it breaks the reader".to_owned(),
        };
        content.problems.push(
            Problem::new(
                source.name,
                format!("the workbook cannot be read on: {error}"),
                "save it anew, or save its sheets as CSV",
            )
            .losing_records(1),
        );
    }
}

fn sheets<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    source: &Source<'_>,
    content: &mut Content,
) -> Result<(), calamine::XlsxError> {
    let mut left = CELLS;
    let sheets: Vec<calamine::Sheet> = workbook.sheets_metadata().to_vec();
    for sheet in sheets {
        let place = format!("{}!{}", source.name, sheet.name);
        if sheet.visible != SheetVisible::Visible {
            content.problems.push(Problem::new(
                &place,
                "the sheet is hidden, and was read like the others",
                "check that its values are meant to be used",
            ));
        }
        let links = workbook
            .hyperlinks_by_sheet_name(&sheet.name)
            .unwrap_or_default();
        let merged = workbook
            .merge_cells_by_sheet_name(&sheet.name)
            .unwrap_or_default();
        let mut cells = match workbook.worksheet_cells_reader(&sheet.name) {
            Ok(cells) => cells,
            // Charts and macros have no cells.
            Err(_) => continue,
        };
        let mut grid = Grid::default();
        while let Some(cell) = cells.next_cell()? {
            let (row, column) = cell.get_position();
            let text = text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            if left == 0 {
                content.problems.push(
                    Problem::new(
                        &place,
                        format!("more than {CELLS} cells, the rest was not read"),
                        "split the workbook",
                    )
                    .losing_records(1),
                );
                grid.write(&sheet.name, content);
                return Ok(());
            }
            left -= 1;
            grid.set(row, column, text);
        }
        grid.merge(&merged);
        for link in links {
            if let Some(target) = link.target {
                let (row, column) = link.range.start;
                grid.link(row, column, target);
            }
        }
        grid.write(&sheet.name, content);
    }
    Ok(())
}

/// A sheet's cells, wherever they stand: two cells far apart cost two cells.
#[derive(Default)]
pub(super) struct Grid {
    rows: BTreeMap<u32, BTreeMap<u32, String>>,
    links: BTreeMap<u32, Vec<String>>,
    /// Cells beyond the columns that are read.
    beyond: u64,
}

impl Grid {
    pub(super) fn set(&mut self, row: u32, column: u32, text: String) {
        if column as usize >= COLUMNS {
            self.beyond += 1;
            return;
        }
        self.rows.entry(row).or_default().insert(column, text);
    }

    fn link(&mut self, row: u32, _column: u32, target: String) {
        if self.rows.contains_key(&row) {
            self.links.entry(row).or_default().push(target);
        }
    }

    /// A cell that covers those below it speaks for their rows too.
    pub(super) fn merge(&mut self, merged: &[Dimensions]) {
        for area in merged {
            let (first, last) = (
                area.start.0,
                area.end.0.min(area.start.0.saturating_add(MERGED)),
            );
            let column = area.start.1;
            let text = self.rows.get(&first).and_then(|r| r.get(&column));
            let Some(text) = text.filter(|t| t.len() <= REPEATED).cloned() else {
                continue;
            };
            for row in first.saturating_add(1)..=last {
                // Rows that are there for other cells only.
                if let Some(row) = self.rows.get_mut(&row) {
                    row.entry(column).or_insert_with(|| text.clone());
                }
            }
        }
    }

    /// Writes the sheet as a section with the rows under their header.
    pub(super) fn write(mut self, name: &str, content: &mut Content) {
        if self.rows.is_empty() {
            return;
        }
        content.close_section();
        if !is_generic(name) {
            content.heading(1, name, 0);
        }
        content.new_group();
        if self.beyond > 0 {
            content.problems.push(
                Problem::new(
                    name,
                    format!(
                        "{} cells stand beyond column {COLUMNS} and were not read",
                        self.beyond
                    ),
                    "move them to the left",
                )
                .losing_records(self.beyond),
            );
        }
        let width = self
            .rows
            .values()
            .filter_map(|r| r.keys().next_back())
            .max()
            .map_or(0, |c| *c as usize + 1);
        let mut table = Rows::default();
        let mut previous = None;
        for (number, cells) in std::mem::take(&mut self.rows) {
            if previous.is_some_and(|p| number > p + 1) {
                table.push(Row::default(), content);
            }
            previous = Some(number);
            let first = cells.keys().next().copied().unwrap_or(0);
            let mut row = Row {
                cells: vec![String::new(); width],
                line: number.saturating_add(1),
                path: Some(format!(
                    "{name}!{}{}",
                    letters(first),
                    number.saturating_add(1)
                )),
                links: self
                    .links
                    .remove(&number)
                    .into_iter()
                    .flatten()
                    .map(|target| Link {
                        start: 0,
                        end: 0,
                        target,
                    })
                    .collect(),
                ..Row::default()
            };
            for (column, text) in cells {
                if let Some(cell) = row.cells.get_mut(column as usize) {
                    *cell = text;
                }
            }
            table.push(row, content);
        }
        table.finish(content);
    }
}

/// A column by its letters: 0 is A, 27 is AB.
fn letters(mut column: u32) -> String {
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    out.iter().rev().collect()
}

/// A name that programs give: it says nothing about what the sheet holds.
fn is_generic(name: &str) -> bool {
    let word = name
        .trim_end_matches(|c: char| c.is_numeric() || c == ' ')
        .to_lowercase();
    const GENERIC: [&str; 10] = [
        "sheet",
        "シート",
        "tabelle",
        "feuil",
        "feuille",
        "hoja",
        "foglio",
        "лист",
        "planilha",
        "工作表",
    ];
    GENERIC.contains(&word.as_str())
}

/// A cell as it is meant: no `1.0`, dates as dates.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => float(*number),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(date) => moment(date),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

pub(super) fn float(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{}", number as i64)
    } else {
        number.to_string()
    }
}

pub(super) fn moment(date: &ExcelDateTime) -> String {
    if !date.is_datetime() {
        return float(date.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else if date.as_f64() < 1.0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::{float, is_generic, letters};

    #[test]
    fn cells_are_named_and_numbers_are_written_as_people_do() {
        for (column, want) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(column), want);
        }
        for (number, want) in [
            (443.0, "443"),
            (1.5, "1.5"),
            (-2.0, "-2"),
            (1e20, "100000000000000000000"),
        ] {
            assert_eq!(float(number), want);
        }
        assert!(
            is_generic("Sheet1")
                && is_generic("シート 2")
                && !is_generic("Emotet")
                && !is_generic("IOC")
        );
    }
}
