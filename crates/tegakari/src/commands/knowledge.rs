//! `tegakari knowledge`: what the program knows, from where, and how to give it something newer.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use tegakari_pipeline::{
    Knowledge, KnowledgeDiff, RecordChange, compile_knowledge, install_knowledge, knowledge,
    knowledge_diff, open_knowledge, source_table,
};
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// What the program knows, and from where.
#[derive(Debug, Args)]
pub(crate) struct KnowledgeCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The sources with version, licence, required notice and counts
    List,
    /// Compile the publishers' files and use them from now on; says what changed
    Update {
        /// Folder with the publishers' files (`attack/`, `misp-galaxy/`, …), packed with gzip or not
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    /// Compile the publishers' files into one file
    Compile {
        /// Folder with the publishers' files
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// The file to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Use a compiled file from now on; says what changed
    Import {
        /// A file that `knowledge compile` wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// What changed from one state of knowledge to another, per actor
    Diff {
        /// A compiled file, or `embedded`
        #[arg(value_name = "A")]
        from: PathBuf,
        /// A compiled file, `embedded`, or `current` (the one in use)
        #[arg(value_name = "B", default_value = "current")]
        to: PathBuf,
    },
    /// Use the knowledge inside the program again
    Reset,
}

impl KnowledgeCommand {
    /// Whether it changes which knowledge is installed.
    pub(crate) fn replaces(&self) -> bool {
        matches!(
            self.verb,
            Verb::Update { .. } | Verb::Import { .. } | Verb::Reset
        )
    }

    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        match self.verb {
            Verb::List => list(globals)?,
            Verb::Update { from } => {
                let (bytes, new) = compile_knowledge(&from)?;
                install(&bytes, &new, globals)?;
            }
            Verb::Compile { from, output } => {
                let (bytes, new) = compile_knowledge(&from)?;
                install_knowledge(&output, &bytes)?;
                let (version, size) = (new.version(), bytes.len());
                output::notice(
                    globals,
                    &format!("{}: version {version}, {size} bytes", output.display()),
                );
            }
            Verb::Import { file } => {
                let new = open_knowledge(&file)?;
                let bytes = tegakari_pipeline::load(&file)?;
                install(&bytes, &new, globals)?;
            }
            Verb::Diff { from, to } => {
                let (mut first, mut second) = (None, None);
                let diff = knowledge_diff(named(&from, &mut first)?, named(&to, &mut second)?);
                print(&diff, globals)?;
            }
            Verb::Reset => {
                let path = database::knowledge_path(globals)?;
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(anyhow::Error::new(error)
                            .context(format!("cannot remove {}", path.display())));
                    }
                    _ => output::notice(globals, "the knowledge inside the program is used"),
                }
            }
        }
        Ok(Exit::Fine)
    }
}

/// The knowledge that an argument names.
fn named<'a>(what: &Path, opened: &'a mut Option<Knowledge>) -> Result<&'a Knowledge> {
    match what.to_str() {
        Some("embedded") => Ok(Knowledge::embedded()),
        Some("current") => Ok(knowledge()),
        _ => Ok(opened.insert(open_knowledge(what)?)),
    }
}

fn install(bytes: &[u8], new: &Knowledge, globals: &Globals) -> Result<()> {
    let path = database::knowledge_path(globals)?;
    let diff = knowledge_diff(knowledge(), new);
    install_knowledge(&path, bytes)?;
    print(&diff, globals)?;
    output::notice(globals, &format!("{} is used from now on", path.display()));
    // A hint only: whatever is wrong with the database is said when it is needed.
    let open = database::open_to_look(globals)
        .ok()
        .and_then(|store| tegakari_pipeline::open_assessments(&store).ok())
        .unwrap_or(0);
    if open > 0 {
        output::notice(
            globals,
            &format!("open assessments: {open}; see what moves: tegakari assess --again"),
        );
    }
    Ok(())
}

fn print(diff: &KnowledgeDiff, globals: &Globals) -> Result<()> {
    match globals.format {
        Format::Json => return output::json("tegakari/knowledge-diff/1", diff),
        Format::Jsonl => return output::json_lines(&diff.actors),
        Format::Text => {}
    }
    let style = output::style(globals);
    let count = |which| diff.actors.iter().filter(|a| a.record == which).count();
    let mut page = text::paragraph(
        &format!(
            "{} → {}: {} actor records added, {} removed, {} changed; {} techniques added, {} retired.",
            diff.from,
            diff.to,
            count(RecordChange::Added),
            count(RecordChange::Removed),
            count(RecordChange::Changed),
            diff.techniques_added.len(),
            diff.techniques_retired.len()
        ),
        &style,
    );
    let sources: Vec<Vec<String>> = diff
        .sources
        .iter()
        .map(|(id, before, after)| vec![id.clone(), before.clone(), after.clone()])
        .collect();
    if !sources.is_empty() {
        page.push('\n');
        page.push_str(&text::table(
            &["source", "before", "after"],
            &sources,
            &style,
        ));
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for actor in &diff.actors {
        let what = match actor.record {
            RecordChange::Added => "added",
            RecordChange::Removed => "removed",
            RecordChange::Changed => "changed",
        };
        let mut lead = vec![actor.id.0.clone(), actor.name.clone(), what.to_owned()];
        let parts = match actor.record {
            // What a record said that is gone is in the JSON.
            RecordChange::Removed => &[][..],
            _ => &actor.parts[..],
        };
        let changes = parts.iter().flat_map(|part| {
            let added = part.added.iter().map(move |one| (part.part, '+', one));
            added.chain(part.removed.iter().map(move |one| (part.part, '-', one)))
        });
        let before = rows.len();
        for (part, sign, one) in changes {
            let lead = std::mem::replace(&mut lead, vec![String::new(); 3]);
            rows.push([lead, vec![part.to_owned(), format!("{sign} {one}")]].concat());
        }
        if rows.len() == before {
            rows.push([lead, vec![String::new(); 2]].concat());
        }
    }
    if !rows.is_empty() {
        page.push('\n');
        let heads = ["record", "name", "record is", "part", "change"];
        page.push_str(&text::table(&heads, &rows, &style));
    }
    output::text(&page)
}

fn list(globals: &Globals) -> Result<()> {
    let sources = source_table(knowledge());
    match globals.format {
        Format::Text => {
            let rows: Vec<Vec<String>> = sources.iter().map(|s| s.cells()).collect();
            let mut page = text::table(
                &["source", "publisher", "version", "licence", "holds"],
                &rows,
                &output::style(globals),
            );
            for source in sources.iter().filter(|s| !s.notice.is_empty()) {
                page.push_str(&format!("\n{}: {}\n", source.title, source.notice));
            }
            output::text(&page)
        }
        Format::Json => output::json("tegakari/knowledge/1", &Listed { sources: &sources }),
        Format::Jsonl => output::json_lines(&sources),
    }
}

#[derive(serde::Serialize)]
struct Listed<'a> {
    sources: &'a [tegakari_pipeline::SourceRow],
}
