//! A user's own clusters: the list, and one with its checklist and history.

use tegakari_model::{Check, Cluster, Rung};

use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::i18n::say;

/// One line a cluster.
pub(super) fn write_list(clusters: &[Cluster], w: &mut Writer<'_>) {
    if clusters.is_empty() {
        w.paragraph(0, w.words.get("cluster.none"));
        return;
    }
    let rows: Vec<Vec<String>> = clusters
        .iter()
        .map(|cluster| {
            let state = match &cluster.merged_into {
                Some(other) => say!(w.words, "deed.merged", cluster = other),
                None => w.words.rung(cluster.rung).to_owned(),
            };
            let links: Vec<String> = cluster.links.iter().map(|link| line(link, w)).collect();
            vec![
                cluster.id.to_string(),
                cluster.name.clone(),
                state,
                cluster.reports.len().to_string(),
                links.join(w.words.get("list.semicolon")),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.id"), Fit::Keep),
        column(w.words.get("head.name"), Fit::End),
        column(w.words.get("head.rung"), Fit::Keep),
        column(w.words.get("head.reports"), Fit::Right),
        column(w.words.get("head.relation"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
}

fn line(
    link: &(tegakari_model::ActorRef, tegakari_model::ClusterRelation),
    w: &Writer<'_>,
) -> String {
    say!(
        w.words,
        "cluster.link",
        relation = w.words.cluster_relation(link.1),
        name = link.0.name,
        id = link.0.id.0
    )
}

/// One cluster. `titles` are its reports with their titles.
pub(super) fn write(
    cluster: &Cluster,
    checks: &[Check],
    titles: &[(String, String)],
    w: &mut Writer<'_>,
) {
    let head = say!(
        w.words,
        "cluster.header",
        id = cluster.id,
        name = cluster.name,
        rung = w.words.rung(cluster.rung)
    );
    w.painted(Paint::Strong, 0, &head);
    if let Some(other) = &cluster.merged_into {
        w.paragraph(0, &say!(w.words, "deed.merged", cluster = other));
    }
    if !cluster.former_names.is_empty() {
        let names = w.words.list(&cluster.former_names);
        w.paragraph(0, &say!(w.words, "cluster.former", names = names));
    }
    for link in &cluster.links {
        let text = line(link, w);
        w.item("- ", &text);
    }
    if !titles.is_empty() {
        w.heading(w.words.get("head.reports"));
        let rows: Vec<Vec<String>> = titles
            .iter()
            .map(|(id, title)| vec![id.clone(), title.clone()])
            .collect();
        let columns = [column("", Fit::Keep), column("", Fit::Wrap)];
        w.table(&columns, &rows);
    }
    for rung in Rung::ALL {
        let of_rung: Vec<&Check> = checks.iter().filter(|check| check.rung == rung).collect();
        if of_rung.is_empty() {
            continue;
        }
        w.heading(&say!(w.words, "ladder.heading", rung = w.words.rung(rung)));
        let rows: Vec<Vec<String>> = of_rung
            .iter()
            .map(|check| {
                vec![
                    w.words.met(check.met).to_owned(),
                    w.words.requirement(check),
                ]
            })
            .collect();
        let columns = [column("", Fit::Keep), column("", Fit::Wrap)];
        w.table(&columns, &rows);
    }
    w.heading(w.words.get("section.history"));
    for event in &cluster.history {
        let text = w.words.cluster_event(event);
        w.item("- ", &text);
    }
}
