//! One file per subcommand: its arguments and its `run`.

pub(crate) mod assess;
pub(crate) mod block;
pub(crate) mod cluster;
pub(crate) mod completions;
pub(crate) mod correct;
pub(crate) mod corrections;
pub(crate) mod drill;
pub(crate) mod formats;
pub(crate) mod hunt;
pub(crate) mod indicators;
pub(crate) mod investigate;
pub(crate) mod knowledge;
pub(crate) mod man;
pub(crate) mod read;
pub(crate) mod scan;
pub(crate) mod serve;
pub(crate) mod share;
pub(crate) mod show;
pub(crate) mod timeline;
pub(crate) mod visibility;
pub(crate) mod watch;

use anyhow::Result;

use crate::arguments::{Command, Globals};
use crate::exit::Exit;

/// Does what was asked.
pub(crate) fn run(command: Command, globals: &Globals) -> Result<Exit> {
    match command {
        Command::Investigate(command) => command.run(globals),
        Command::Read(command) => command.run(globals),
        Command::Correct(command) => command.run(globals),
        Command::Corrections(command) => command.run(globals),
        Command::Hunt(command) => command.run(globals),
        Command::Timeline(command) => command.run(globals),
        Command::Scan(command) => command.run(globals),
        Command::Drill(command) => command.run(globals),
        Command::Visibility(command) => command.run(globals),
        Command::Indicators(command) => command.run(globals),
        Command::Assess(command) => command.run(globals),
        Command::Cluster(command) => command.run(globals),
        Command::Block(command) => command.run(globals),
        Command::Serve(command) => command.run(globals),
        Command::Share(command) => command.run(globals),
        Command::Watch(command) => command.run(globals),
        Command::Show(command) => command.run(globals),
        Command::Knowledge(command) => command.run(globals),
        Command::Formats(command) => command.run(globals),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(globals),
    }
}
