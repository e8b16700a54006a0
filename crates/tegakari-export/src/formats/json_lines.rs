//! JSON Lines: one object an indicator, blocked and held back alike.

use std::io::{self, Write};

use serde::Serialize;

use tegakari_model::{BlockEntry, HeldBack, Tlp};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::List;

/// `block.jsonl`
#[derive(Debug)]
pub(super) struct JsonLines;

#[derive(Serialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
enum Line<'a> {
    Block {
        #[serde(flatten)]
        entry: &'a BlockEntry,
        tlp: Option<Tlp>,
    },
    HoldBack {
        #[serde(flatten)]
        held: &'a HeldBack,
        tlp: Option<Tlp>,
    },
}

impl ExportFormat for JsonLines {
    form!(
        "jsonl",
        "block.jsonl",
        "application/x-ndjson",
        General,
        Reissue,
        [*],
        "One JSON object an indicator with decision, scope, citations and objections"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let blocked = list.entries.iter().map(|entry| Line::Block {
            entry,
            tlp: list.context.tlp_of(&entry.indicator),
        });
        let held = list.plan.held_back.iter().map(|held| Line::HoldBack {
            held,
            tlp: list.context.tlp_of(&held.indicator),
        });
        let mut bytes = Vec::new();
        for line in blocked.chain(held) {
            bytes.clear();
            serde_json::to_writer(&mut bytes, &line)?;
            bytes.push(b'\n');
            out.write_all(&bytes)?;
        }
        let mut written = list.written();
        written
            .notes
            .push("what is held back is in it too, with \"decision\":\"hold_back\"".to_owned());
        Ok(written)
    }

    fn fits(&self, _: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        Ok(())
    }
}
