//! CACAO 2.0 playbook: one manual step a kind of value, for a team that works by playbooks.

use std::io::{self, Write};

use tegakari_model::{BlockEntry, ObservableKind as K};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::List;
use crate::select::plain_value;
use serde_json::{Value, json};

/// `block.cacao.json`
#[derive(Debug)]
pub(super) struct Cacao;

impl ExportFormat for Cacao {
    form!(
        "cacao",
        "block.cacao.json",
        "application/json",
        Form,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "CACAO 2.0 playbook with a manual step for each kind of value"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let Some(time) = list.context.made.or(list.context.valid_from) else {
            writeln!(out, "{{}}")?;
            return Ok(list.written());
        };
        let mut steps: Vec<(K, Vec<&str>)> = Vec::new();
        for entry in &list.entries {
            let observable = &entry.indicator.observable;
            match steps.last_mut() {
                Some((kind, values)) if *kind == observable.kind() => {
                    values.push(observable.value());
                }
                _ => steps.push((observable.kind(), vec![observable.value()])),
            }
        }
        let about = list.facts("CACAO playbook").join("; ");
        let text = serde_json::to_string(&steps.iter().map(|(_, v)| v).collect::<Vec<_>>())?;
        let id = |what: &str, name: &str| {
            let name = format!("tegakari cacao {name}\n{text}");
            format!(
                "{what}--{}",
                uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes())
            )
        };
        let end = id("end", "end");
        let agent = id("individual", "agent");
        let mut workflow = serde_json::Map::new();
        workflow.insert(end.clone(), json!({ "type": "end" }));
        let mut next = end;
        for (kind, values) in steps.iter().rev() {
            let step = id("action", kind.name());
            workflow.insert(
                step.clone(),
                json!({
                    "type": "action",
                    "name": format!("Block {} values of kind {}", values.len(), kind.name()),
                    "on_completion": next,
                    "agent": agent,
                    "commands": [{ "type": "manual", "command": values.join("\n") }],
                }),
            );
            next = step;
        }
        let start = id("start", "start");
        workflow.insert(
            start.clone(),
            json!({ "type": "start", "on_completion": next }),
        );
        let time = time.to_string();
        let playbook: Value = json!({
            "type": "playbook",
            "spec_version": "cacao-2.0",
            "id": id("playbook", "playbook"),
            "name": "Block list",
            "description": about,
            "playbook_types": ["mitigation"],
            "created_by": id("identity", "producer"),
            "created": time,
            "modified": time,
            "workflow_start": start,
            "workflow": workflow,
            "agent_definitions": { agent: { "type": "individual", "name": "Operator" } },
        });
        list.json(out, &playbook)
    }

    /// A playbook without a time of its making is none.
    fn fits(&self, entry: &BlockEntry, context: &Context) -> Result<(), &'static str> {
        if context.made.or(context.valid_from).is_none() {
            return Err("the form wants a time, and none is known");
        }
        plain_value(entry)
    }
}
