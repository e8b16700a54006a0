//! `tegakari man`: manual pages from the one definition of the arguments.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, CommandFactory};
use tegakari_pipeline::write_atomically;

use crate::arguments::{Arguments, Globals};
use crate::exit::Exit;
use crate::output;

/// Write the manual pages, or print the first one.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to write one page a command to
    dir: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let command = Arguments::command().name("tegakari");
        let Some(folder) = self.dir else {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            output::text(&String::from_utf8_lossy(&page))?;
            return Ok(Exit::Fine);
        };
        let mut pages = vec![("tegakari".to_owned(), command.clone())];
        for sub in command.get_subcommands() {
            let name = format!("tegakari-{}", sub.get_name());
            pages.push((name.clone(), sub.clone().name(name)));
        }
        for (name, command) in pages {
            let path = folder.join(format!("{name}.1"));
            write_atomically(&path, |out| clap_mangen::Man::new(command).render(out))?;
            output::notice(globals, &format!("wrote {}", path.display()));
        }
        Ok(Exit::Fine)
    }
}
