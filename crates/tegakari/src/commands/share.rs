//! `tegakari share`: what we know, in the forms that others take.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, builder::PossibleValuesParser};
use tegakari_model::Tlp;
use tegakari_pipeline::{
    SHARE_FORMATS, ShareRequest, SharedCase, TaxiiRequest, add_to_taxii, share_format,
    shared_objects, write_shared,
};
use tegakari_render::told;

use crate::arguments::Globals;
use crate::exit::Exit;
use crate::{database, output};

/// Share reports with the latest hunt for them and its assessment.
///
/// Machines of ours, paths and lines of logs are not told; `--machines` tells the names of machines. What comes from our own logs is
/// marked TLP:AMBER at least, unless --tlp says otherwise.
#[derive(Debug, Args)]
pub(crate) struct Share {
    /// The form
    #[arg(long = "as", value_name = "FORM", value_parser = PossibleValuesParser::new(SHARE_FORMATS.iter().map(|f| f.id())), default_value = "stix")]
    form: String,
    /// Reports to share (R-… or the start of one) [default: every report in the database]
    #[arg(long, value_name = "ID", num_args = 1..)]
    report: Vec<String>,
    /// Only what the reports say: neither the hunt nor the assessment
    #[arg(long)]
    reports_only: bool,
    /// Marking of everything: clear, green, amber, amber+strict, red [default: that of the reports]
    #[arg(long, value_name = "TLP", value_parser = tlp)]
    tlp: Option<Tlp>,
    /// Tell on which machines something was seen
    #[arg(long)]
    machines: bool,
    /// The organisation that shares [default: none; the program names itself]
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// File, or the folder of a feed; `-` is standard output [default: standard output]
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    #[command(flatten)]
    taxii: Taxii,
}

/// Another server of TAXII 2.1.
#[derive(Debug, Args)]
pub(crate) struct Taxii {
    /// TAXII 2.1 server: address of its discovery, an API root or a collection, through this machine's curl
    #[arg(long = "taxii", value_name = "URL")]
    url: Option<String>,
    /// Its collection, by id, alias or title
    #[arg(long, value_name = "ID", requires = "url")]
    collection: Option<String>,
    /// File whose first line is a token for it
    #[arg(long, value_name = "FILE", requires = "url")]
    token: Option<PathBuf>,
    /// File whose first line is name:password for it
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with = "token")]
    basic: Option<PathBuf>,
}

impl Taxii {
    /// What is asked of it; `None` when no server was named.
    pub(crate) fn request(&self) -> Option<TaxiiRequest> {
        Some(TaxiiRequest {
            url: self.url.clone()?,
            collection: self.collection.clone(),
            token: self.token.clone(),
            basic: self.basic.clone(),
            added_after: None,
        })
    }
}

/// A marking on the command line.
pub(crate) fn tlp(text: &str) -> Result<Tlp, String> {
    Tlp::parse(text)
        .ok_or_else(|| "one of clear, green, amber, amber+strict, red is needed".to_owned())
}

impl Share {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        if self
            .organisation
            .as_ref()
            .is_some_and(|name| name.trim().is_empty())
        {
            bail!("--organisation needs a name");
        }
        let Some(format) = share_format(&self.form) else {
            bail!("there is no form {:?}", self.form);
        };
        let request = ShareRequest {
            reports: &self.report,
            reports_only: self.reports_only,
            tlp: self.tlp,
            machines: self.machines,
            producer: self.organisation.as_deref(),
            program: env!("CARGO_PKG_VERSION"),
        };
        let store = database::open_to_look(globals)?;
        let case = SharedCase::load(&store, &request)?;
        for saying in &case.sayings {
            output::told(globals, saying);
        }
        if let Some(server) = self.taxii.request() {
            if self.output.is_some() {
                bail!("--taxii and --output are two places; give one of them");
            }
            let objects = case.with(&request, shared_objects);
            return sent(globals, &add_to_taxii(&server, &objects)?);
        }
        let path = self
            .output
            .as_deref()
            .filter(|path| *path != Path::new("-"));
        let mut out = std::io::stdout().lock();
        let (shared, problems) = case.with(&request, |sharing| {
            write_shared(format, sharing, path, &mut out)
        })?;
        out.flush()?;
        output::problems(globals, &problems);
        if let Some(path) = path {
            let file = path.to_string_lossy().into_owned();
            output::told(
                globals,
                &told::share_written(shared.entries.to_string(), file),
            );
        }
        Ok(Exit::Fine)
    }
}

/// Tells what became of adding to a server.
fn sent(globals: &Globals, added: &tegakari_pipeline::Added) -> Result<Exit> {
    output::told(
        globals,
        &told::share_added(added.successes.to_string(), added.url.as_str()),
    );
    if added.pending > 0 {
        output::told(
            globals,
            &told::share_pending(added.pending.to_string(), added.status.as_str()),
        );
    }
    if added.failures > 0 {
        let saying = told::share_refused(added.failures.to_string(), added.why.as_str());
        output::failure(&saying.text(globals.lang.into()));
        return Ok(Exit::Error);
    }
    Ok(Exit::Fine)
}
