//! `tegakari`: from a threat report to what to do about it, without leaving the machine.

use std::process::ExitCode;

fn main() -> ExitCode {
    tegakari::run()
}
