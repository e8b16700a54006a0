//! JSON Lines: one object an indicator, blocked and held back alike.

use std::io::{self, Write};

use serde::Serialize;
use tegakari_model::{BlockEntry, BlockPlan, HeldBack, ObservableKind as K, Tlp};

use super::ExportFormat;
use crate::context::{Context, Written};

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
    fn id(&self) -> &'static str {
        "jsonl"
    }

    fn about(&self) -> &'static str {
        "One JSON object an indicator with decision, scope, citations and objections"
    }

    fn file_name(&self) -> &'static str {
        "block.jsonl"
    }

    fn media_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn accepts(&self, _: K) -> bool {
        true
    }

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let blocked = plan.entries.iter().map(|entry| Line::Block {
            entry,
            tlp: context.tlp_of(&entry.indicator),
        });
        let held = plan.held_back.iter().map(|held| Line::HoldBack {
            held,
            tlp: context.tlp_of(&held.indicator),
        });
        for line in blocked.chain(held) {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(Written {
            entries: plan.entries.len(),
            notes: vec![
                "what is held back is in it too, with \"decision\":\"hold_back\"".to_owned(),
            ],
            ..Written::default()
        })
    }
}
