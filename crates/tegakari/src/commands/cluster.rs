//! `tegakari cluster`: a user's own clusters of activity, every change with its day and reason.

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use tegakari_model::{Cluster, ClusterRelation, Rung, Timestamp};
use tegakari_pipeline::{
    Because, Store, change_reports, clusters, create_cluster, link_cluster, merge_clusters,
    raise_cluster, rename_cluster, shown_cluster, split_cluster,
};
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// Keep your own clusters of activity: what belongs together, why you think so, and how far its study has come. They are
/// hypotheses of every assessment, beside the known actors. Nothing is overwritten.
#[derive(Debug, Args)]
pub(crate) struct ClusterCommand {
    #[command(subcommand)]
    verb: Verb,
}

/// The reason, which every change must have.
#[derive(Debug, Args)]
struct Why {
    /// Why; it is kept with the day
    #[arg(long, value_name = "TEXT")]
    why: String,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a cluster
    Create {
        /// Its name
        name: String,
        /// A report that belongs to it (R-… or the start of it). May be given several times
        #[arg(long, value_name = "ID")]
        report: Vec<String>,
        #[command(flatten)]
        why: Why,
    },
    /// Put reports in
    Add {
        /// The cluster: its id or name
        cluster: String,
        /// Reports (R-… or the start of one)
        #[arg(required = true, value_name = "REPORT")]
        reports: Vec<String>,
        #[command(flatten)]
        why: Why,
    },
    /// Take reports out
    Remove {
        /// The cluster: its id or name
        cluster: String,
        /// Reports (R-… or the start of one)
        #[arg(required = true, value_name = "REPORT")]
        reports: Vec<String>,
        #[command(flatten)]
        why: Why,
    },
    /// Make a cluster a part of another, which takes over its reports
    Merge {
        /// The cluster that stays
        cluster: String,
        /// The cluster that becomes a part of it
        other: String,
        #[command(flatten)]
        why: Why,
    },
    /// Make a cluster of its own from some reports of another
    Split {
        /// The cluster that is split
        cluster: String,
        /// Name of the new one
        name: String,
        /// A report that goes with it. May be given several times
        #[arg(long, required = true, value_name = "ID")]
        report: Vec<String>,
        #[command(flatten)]
        why: Why,
    },
    /// Give it another name
    Rename {
        /// The cluster: its id or name
        cluster: String,
        /// The new name
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Relate it to an actor of the knowledge
    Link {
        /// The cluster: its id or name
        cluster: String,
        /// The actor: an id (G0030) or a name that one record bears
        actor: String,
        /// How they relate
        #[arg(long = "as", value_enum)]
        relation: RelationWord,
        #[command(flatten)]
        why: Why,
    },
    /// Put it on another level: activity cluster, temporary group, named actor
    Raise {
        /// The cluster: its id or name
        cluster: String,
        /// The level
        #[arg(long, value_enum)]
        to: RungWord,
        #[command(flatten)]
        why: Why,
    },
    /// One cluster with its reports, its history, and what each level asks
    Show {
        /// The cluster: its id or name
        cluster: String,
    },
    /// All clusters
    List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RelationWord {
    /// The same activity
    Same,
    /// The two overlap
    Overlaps,
    /// The cluster is a part of it
    PartOf,
    /// They are not the same
    Differs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RungWord {
    /// Events that seem to be related
    ActivityCluster,
    /// One actor's work, seen for long enough
    TemporaryGroup,
    /// Understood well enough to be named
    NamedActor,
}

impl From<RelationWord> for ClusterRelation {
    fn from(word: RelationWord) -> Self {
        match word {
            RelationWord::Same => Self::Same,
            RelationWord::Overlaps => Self::Overlaps,
            RelationWord::PartOf => Self::PartOf,
            RelationWord::Differs => Self::Differs,
        }
    }
}

impl From<RungWord> for Rung {
    fn from(word: RungWord) -> Self {
        match word {
            RungWord::ActivityCluster => Self::ActivityCluster,
            RungWord::TemporaryGroup => Self::TemporaryGroup,
            RungWord::NamedActor => Self::NamedActor,
        }
    }
}

#[derive(Serialize)]
struct Listed<'a> {
    clusters: &'a [Cluster],
}

impl ClusterCommand {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let at = Timestamp::now();
        match self.verb {
            Verb::List => {
                let store = database::open_to_look(globals)?;
                list(&clusters(&store)?, globals)
            }
            Verb::Show { cluster } => {
                let store = database::open_to_look(globals)?;
                let found = tegakari_pipeline::cluster(&store, &cluster)?;
                show(&store, found, globals)
            }
            change => {
                let mut store = database::open(globals)?;
                let changed = change.apply(&mut store, at)?;
                show(&store, changed, globals)
            }
        }
    }
}

impl Verb {
    /// Does what changes a cluster; gives the cluster as it stands then.
    fn apply(&self, store: &mut Store, at: Timestamp) -> Result<Cluster> {
        let done = match self {
            Self::Create { name, report, why } => {
                create_cluster(store, name, report, why.because(at))
            }
            Self::Add {
                cluster,
                reports,
                why,
            } => change_reports(store, cluster, reports, false, why.because(at)),
            Self::Remove {
                cluster,
                reports,
                why,
            } => change_reports(store, cluster, reports, true, why.because(at)),
            Self::Merge {
                cluster,
                other,
                why,
            } => merge_clusters(store, cluster, other, why.because(at)),
            Self::Split {
                cluster,
                name,
                report,
                why,
            } => split_cluster(store, cluster, name, report, why.because(at)),
            Self::Rename { cluster, name, why } => {
                rename_cluster(store, cluster, name, why.because(at))
            }
            Self::Link {
                cluster,
                actor,
                relation,
                why,
            } => link_cluster(store, cluster, actor, (*relation).into(), why.because(at)),
            Self::Raise { cluster, to, why } => {
                raise_cluster(store, cluster, (*to).into(), why.because(at))
            }
            Self::Show { cluster } => tegakari_pipeline::cluster(store, cluster),
            Self::List => bail!("nothing to change"),
        };
        Ok(done?)
    }
}

impl Why {
    fn because(&self, at: Timestamp) -> Because<'_> {
        Because { why: &self.why, at }
    }
}

fn list(clusters: &[Cluster], globals: &Globals) -> Result<Exit> {
    match globals.format {
        Format::Text => output::text(&text::clusters(
            clusters,
            globals.lang.into(),
            &output::style(globals),
        ))?,
        Format::Json => output::json("tegakari/clusters/1", &Listed { clusters })?,
        Format::Jsonl => output::json_lines(clusters)?,
    }
    Ok(Exit::Fine)
}

fn show(store: &Store, cluster: Cluster, globals: &Globals) -> Result<Exit> {
    let shown = shown_cluster(store, cluster)?;
    match globals.format {
        Format::Text => output::text(&text::cluster(
            &shown.cluster,
            &shown.checks,
            &shown.titles,
            globals.lang.into(),
            &output::style(globals),
        ))?,
        _ => output::json("tegakari/cluster/1", &shown)?,
    }
    Ok(Exit::Fine)
}
