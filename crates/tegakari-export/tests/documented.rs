//! The matrix in docs/blocking.md says of every form what the program says.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use tegakari_export::formats::{self, Tier};
use tegakari_export::limits;

#[test]
fn the_matrix_has_every_form_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/blocking.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `")).count();
    let mut expected = 0;
    for format in formats::ALL {
        if format.tier() == Tier::General {
            continue;
        }
        expected += 1;
        let limit = limits::TABLE
            .iter()
            .find(|limit| limit.format == format.id())
            .map_or_else(|| "–".to_owned(), |limit| limit.entries.to_string());
        let row = format!(
            "| `{}` | {} | `{}` | {} | {limit} | ",
            format.id(),
            format.tier().name(),
            format.file_name(),
            format.expiry().name()
        );
        assert!(
            text.lines().any(|line| line.starts_with(&row)),
            "no row {row}"
        );
    }
    assert_eq!(rows, expected);
}
