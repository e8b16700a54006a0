//! `tegakari knowledge`: what the program knows, from where, and how to give it something newer.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use tegakari_model::Timestamp;
use tegakari_pipeline::{
    FetchLimits, FetchedFile, FileState, ImportedSource, Knowledge, KnowledgeDiff, Purpose,
    RecordChange, Update, UpdateRequest, check_day, compile_knowledge, import_own,
    install_knowledge, is_compiled_knowledge, knowledge, knowledge_addresses, knowledge_diff,
    knowledge_in_place, open_knowledge, remove_own, source_table, update_knowledge,
};
use tegakari_render::{escape, text, told};

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
    /// Bring the publishers' knowledge up to date and use it from now on; says what changed
    Update(UpdateArguments),
    /// Compile the publishers' files into one file
    Compile {
        /// Folder with the publishers' files
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// The file to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Take in knowledge of your own (STIX, MISP, CSV) as a source of its own, or use a compiled file; says what changed
    #[command(
        after_help = "CSV: columns actor, relation, object and, where known, reference, date, scale; one assertion \
        a row. Relations: name, uses (a technique's id or a program), targets, origin, same, similar, overlaps, part-of, linked, \
        indicator. An actor or object may be the id of a known record (G0030, misp:…); a shared name never joins two records."
    )]
    Import {
        /// STIX 2.0 or 2.1 bundles, MISP events or galaxy clusters, CSV; or one file that `knowledge compile` wrote
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// What to call the source; an earlier one of the name is replaced [default: the first file's name]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// The day it is of [default: the newest day in the files]
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        date: Option<String>,
    },
    /// Take a source of your own away again; says what changed
    Remove {
        /// Its id (`own:…`) or name, as `knowledge list` shows it
        #[arg(value_name = "SOURCE")]
        source: String,
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
    /// Use the knowledge inside the program again; sources of your own stay
    Reset,
}

/// From where.
#[derive(Debug, Args)]
struct UpdateArguments {
    /// Folder with the publishers' files (`attack/`, `misp-galaxy/`, …), packed with gzip or not: nothing is fetched, and
    /// exactly these are used
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Fetch from below this address in the place of the publishers' (https://…), where files lie as in `--list-urls`
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    mirror: Option<String>,
    /// Ask this publisher only (attack, misp-galaxy, …); may be given again
    #[arg(long, value_name = "PUBLISHER", conflicts_with = "from")]
    only: Vec<String>,
    /// Fetch nothing: print where the files are, and where to put them for `--from`
    #[arg(long, conflicts_with = "from")]
    list_urls: bool,
    /// Longest time for one file
    #[arg(long, value_name = "SECONDS", default_value_t = 900, conflicts_with = "from",
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    max_time: u64,
    /// Largest file
    #[arg(long, value_name = "MB", default_value_t = 512, conflicts_with = "from",
        value_parser = clap::value_parser!(u64).range(1..=4096))]
    max_size: u64,
}

/// A day on the command line.
fn day(text: &str) -> Result<String, String> {
    let moment = format!("{text}T00:00:00Z");
    match moment.parse::<Timestamp>() {
        Ok(_) if text.len() == 10 => match check_day(text) {
            Ok(()) => Ok(text.to_owned()),
            Err(why) => Err(why.to_string()),
        },
        _ => Err("a day of the calendar like 2026-03-01 is needed".to_owned()),
    }
}

impl KnowledgeCommand {
    /// Whether it changes which knowledge is installed.
    pub(crate) fn replaces(&self) -> bool {
        match &self.verb {
            Verb::Update(arguments) => !arguments.list_urls,
            Verb::Import { .. } | Verb::Reset | Verb::Remove { .. } => true,
            _ => false,
        }
    }

    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        match self.verb {
            Verb::List => list(globals)?,
            Verb::Update(arguments) => match &arguments.from {
                Some(from) => {
                    let (bytes, _) = compile_knowledge(from, Purpose::Use)?;
                    install(&bytes, globals)?;
                }
                None if arguments.list_urls => list_urls(&arguments, globals)?,
                None => update(&arguments, globals)?,
            },
            Verb::Compile { from, output } => {
                let (bytes, new) = compile_knowledge(&from, Purpose::Use)?;
                install_knowledge(&output, &bytes)?;
                let (version, size) = (new.version(), bytes.len());
                let file = output.display().to_string();
                output::told(globals, &told::knowledge_compiled(file, version, size));
            }
            Verb::Import { files, name, date } => {
                return import(&files, name, date.as_deref(), globals);
            }
            Verb::Remove { source } => {
                let path = database::knowledge_path(globals)?;
                let gone = remove_own(&path, &source)?;
                output::told(globals, &told::source_removed(gone.id, gone.title));
                changed(globals, None)?;
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
                    _ => output::told(globals, &told::knowledge_embedded()),
                }
            }
        }
        Ok(Exit::Fine)
    }
}

/// Takes files in: a compiled file in the place of the publishers' knowledge, anything else beside it.
fn import(
    files: &[PathBuf],
    name: Option<String>,
    date: Option<&str>,
    globals: &Globals,
) -> Result<Exit> {
    if let [only] = files
        && is_compiled_knowledge(only)?
    {
        open_knowledge(only)?;
        install(&tegakari_pipeline::load(only)?, globals)?;
        return Ok(Exit::Fine);
    }
    for file in files {
        if is_compiled_knowledge(file)? {
            bail!(told::compiled_alone(file.display().to_string()));
        }
    }
    let stem = || {
        let first = files.first()?.file_stem()?.to_string_lossy();
        (!escape::is_blank(&first)).then(|| first.into_owned())
    };
    // A name that was given is never replaced by another, which may be an earlier source's.
    let name = match name {
        Some(given) => given,
        None => stem().ok_or_else(told::name_needed)?,
    };
    let path = database::knowledge_path(globals)?;
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let done = import_own(&path, &name, date, files, knowledge())?;
    output::problems(globals, &done.remarks);
    output::losses(&done.problems);
    let (title, id, counts) = (done.title.clone(), done.id.clone(), done.counts.clone());
    output::told(
        globals,
        &if done.replaced {
            told::source_replaced(title, id, counts)
        } else {
            told::source_taken_in(title, id, counts)
        },
    );
    changed(globals, Some(&done))?;
    if done.problems.is_empty() {
        return Ok(Exit::Fine);
    }
    let lost = told::source_lost(done.id.as_str(), done.losses());
    output::failure(&lost.text(globals.lang.into()));
    Ok(Exit::Error)
}

/// Fetches what is new from the publishers and uses it.
fn update(arguments: &UpdateArguments, globals: &Globals) -> Result<()> {
    let path = database::knowledge_path(globals)?;
    let request = UpdateRequest {
        folder: &path.with_extension("downloads"),
        mirror: arguments.mirror.as_deref(),
        only: &arguments.only,
        limits: FetchLimits {
            bytes: arguments.max_size << 20,
            time: Duration::from_secs(arguments.max_time),
        },
    };
    let heard = RefCell::new(Vec::new());
    let mut done = update_knowledge(&request, knowledge(), &|file| {
        tell(file, globals);
        heard.borrow_mut().extend(file.problem.clone());
    })?;
    tell_unused(&done, &heard.into_inner(), globals);
    for kept in &done.kept {
        let why = kept.why.as_str();
        output::told(globals, &told::knowledge_kept(kept.id, why));
    }
    for file in done.files.iter().filter(|f| f.as_published.is_some()) {
        let told = if file.as_published == Some(true) {
            told::file_as_published(file.path)
        } else {
            told::file_not_as_published(file.path)
        };
        output::told(globals, &told);
    }
    let failed = done.files.iter().filter(|file| file.problem.is_some());
    let failed = failed.map(|file| file.publisher);
    let mut lacking: Vec<&str> = failed.chain(done.kept.iter().map(|kept| kept.id)).collect();
    lacking.sort_unstable();
    lacking.dedup();
    match done.compiled.take() {
        Some((bytes, new)) if new.version() != knowledge().version() => {
            install_knowledge(&path, &bytes)?;
            let diff = knowledge_diff(knowledge(), &knowledge_in_place(&path)?);
            print_update(&done, &diff, globals)?;
            done.finish(new.version())?;
            let file = path.display().to_string();
            output::told(globals, &told::knowledge_used(file));
            remind(globals);
        }
        compiled => {
            output::told(globals, &told::knowledge_unchanged());
            print_update(&done, &knowledge_diff(knowledge(), knowledge()), globals)?;
            if let Some((_, same)) = compiled {
                done.finish(same.version())?;
            }
        }
    }
    // Whoever runs it by the clock looks at the exit status alone.
    let lacking: Vec<String> = lacking.into_iter().map(str::to_owned).collect();
    ensure!(lacking.is_empty(), told::knowledge_lacking(lacking));
    Ok(())
}

/// Files that were fetched and could not be read, unless a source that keeps its facts says so below.
fn tell_unused(done: &Update, heard: &[String], globals: &Globals) {
    for file in &done.files {
        let Some(why) = file.problem.as_ref().filter(|why| !heard.contains(why)) else {
            continue;
        };
        if !done.kept.iter().any(|kept| kept.why.contains(why.as_str())) {
            output::failure(&told::file_failed(file.path, why.as_str()).text(globals.lang.into()));
        }
    }
}

/// One file, as soon as it is known what came of it.
fn tell(file: &FetchedFile, globals: &Globals) {
    let (path, bytes, sha256) = (file.path, file.bytes, &file.sha256);
    match (&file.problem, file.state) {
        (Some(why), _) => {
            let failed = told::file_failed(path, why.as_str());
            output::failure(&failed.text(globals.lang.into()));
        }
        (None, FileState::Unchanged) => {
            output::told(globals, &told::file_unchanged(path, bytes, sha256.as_str()));
        }
        (None, _) => output::told(globals, &told::file_new(path, bytes, sha256.as_str())),
    }
}

fn print_update(update: &Update, diff: &KnowledgeDiff, globals: &Globals) -> Result<()> {
    #[derive(serde::Serialize)]
    struct Updated<'a> {
        #[serde(flatten)]
        update: &'a Update,
        diff: &'a KnowledgeDiff,
    }
    match globals.format {
        Format::Json => output::json("tegakari/knowledge-update/1", &Updated { update, diff }),
        _ => print(diff, globals),
    }
}

fn list_urls(arguments: &UpdateArguments, globals: &Globals) -> Result<()> {
    #[derive(serde::Serialize)]
    struct Address {
        publisher: &'static str,
        path: &'static str,
        url: String,
    }
    #[derive(serde::Serialize)]
    struct Addresses {
        addresses: Vec<Address>,
    }
    let all = knowledge_addresses(arguments.mirror.as_deref())?;
    if let Some(unknown) = arguments
        .only
        .iter()
        .find(|o| all.iter().all(|(id, ..)| o != id))
    {
        bail!(told::no_publisher(unknown.as_str()));
    }
    let addresses: Vec<Address> = all
        .into_iter()
        .filter(|(id, ..)| arguments.only.is_empty() || arguments.only.iter().any(|o| o == id))
        .map(|(publisher, path, url)| Address {
            publisher,
            path,
            url,
        })
        .collect();
    match globals.format {
        Format::Json => output::json("tegakari/knowledge-addresses/1", &Addresses { addresses }),
        Format::Jsonl => output::json_lines(&addresses),
        // Not a table: to be read by scripts and pasted whole.
        Format::Text => {
            let lines = addresses.iter().map(|a| format!("{}\t{}\n", a.path, a.url));
            output::text(&lines.collect::<String>())?;
            output::told(globals, &told::where_files_belong());
            Ok(())
        }
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

fn install(bytes: &[u8], globals: &Globals) -> Result<()> {
    let path = database::knowledge_path(globals)?;
    install_knowledge(&path, bytes)?;
    print(
        &knowledge_diff(knowledge(), &knowledge_in_place(&path)?),
        globals,
    )?;
    let file = path.display().to_string();
    output::told(globals, &told::knowledge_used(file));
    remind(globals);
    Ok(())
}

/// Says what is different now beside what this run began with; in JSON also what was imported and what was lost of it.
fn changed(globals: &Globals, imported: Option<&ImportedSource>) -> Result<()> {
    #[derive(serde::Serialize)]
    struct Imported<'a> {
        imported: &'a ImportedSource,
        #[serde(flatten)]
        diff: &'a KnowledgeDiff,
    }
    let path = database::knowledge_path(globals)?;
    let diff = knowledge_diff(knowledge(), &knowledge_in_place(&path)?);
    match (globals.format, imported) {
        (Format::Json, Some(imported)) => {
            let diff = &diff;
            output::json("tegakari/knowledge-diff/1", &Imported { imported, diff })?;
        }
        (Format::Jsonl, Some(imported)) => {
            output::json_lines(&[serde_json::json!({ "imported": imported })])?;
            print(&diff, globals)?;
        }
        _ => print(&diff, globals)?,
    }
    remind(globals);
    Ok(())
}

fn remind(globals: &Globals) {
    // A hint only: whatever is wrong with the database is said when it is needed.
    let open = database::open_to_look(globals)
        .ok()
        .and_then(|store| tegakari_pipeline::open_assessments(&store).ok())
        .unwrap_or(0);
    if open > 0 {
        output::told(globals, &told::open_assessments(open));
    }
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
        &told::knowledge_changed(
            diff.from.as_str(),
            diff.to.as_str(),
            count(RecordChange::Added),
            count(RecordChange::Removed),
            count(RecordChange::Changed),
            diff.techniques_added.len(),
            diff.techniques_retired.len(),
        )
        .text(globals.lang.into()),
        &style,
    );
    let sources: Vec<Vec<String>> = diff
        .sources
        .iter()
        .map(|(id, before, after)| vec![id.clone(), before.clone(), after.clone()])
        .collect();
    let (of_sources, of_records) = told::heads_of_changes(globals.lang.into());
    let [added, removed, changed] = told::fates_of_records(globals.lang.into());
    if !sources.is_empty() {
        page.push('\n');
        page.push_str(&text::table(&of_sources, &sources, &style));
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for actor in &diff.actors {
        let what = match actor.record {
            RecordChange::Added => added,
            RecordChange::Removed => removed,
            RecordChange::Changed => changed,
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
        page.push_str(&text::table(&of_records, &rows, &style));
    }
    output::text(&page)
}

fn list(globals: &Globals) -> Result<()> {
    let sources = source_table(knowledge());
    match globals.format {
        Format::Text => {
            let rows: Vec<Vec<String>> = sources.iter().map(|s| s.cells()).collect();
            let mut page = text::table(
                &told::heads_of_sources(globals.lang.into()),
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
