//! The command line: arguments, files, terminal, exit status.
//!
//! A library, so that it is compiled beside the crates below it; the program itself is only a call of
//! [`run`].
#![deny(clippy::unwrap_used, clippy::expect_used)]

mod arguments;
mod commands;
mod database;
mod exit;
mod interrupt;
mod output;
mod progress;
mod sought;
mod times;

use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use tegakari_model::Language;
use tegakari_render::told::{self, Saying};

use crate::arguments::Arguments;
use crate::exit::Exit;

/// Does what the arguments of this process say; the exit status is that of `Exit`.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not errors. A closed pipe is nobody's error.
            if error.use_stderr() && asks_for_japanese() {
                output::failure(&mistyped(&error).text(Language::Ja));
            }
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Error
            } else {
                Exit::Fine
            };
            return exit.into();
        }
    };
    let globals = arguments.globals;
    let replaced = arguments.command.replaces_knowledge();
    let done = database::use_knowledge(&globals, replaced)
        .and_then(|()| commands::run(arguments.command, &globals));
    match done {
        Ok(exit) => exit.into(),
        Err(error) if output::is_closed_pipe(&error) => Exit::Fine.into(),
        Err(error) => {
            output::error(&error, &globals);
            Exit::Error.into()
        }
    }
}

/// Whether Japanese was asked for on a command line that could not be understood.
fn asks_for_japanese() -> bool {
    let typed: Vec<_> = std::env::args_os().collect();
    let pair = |pair: &[std::ffi::OsString]| pair == ["--lang", "ja"];
    typed.windows(2).any(pair) || typed.iter().any(|one| one == "--lang=ja")
}

/// What is wrong with what was typed, before the parser of the command line says it in English.
fn mistyped(error: &clap::Error) -> Saying {
    let part = |kind: ContextKind| -> Vec<String> {
        match error.get(kind) {
            Some(ContextValue::String(one)) => vec![one.clone()],
            Some(ContextValue::Strings(all)) => all.clone(),
            Some(other) => vec![other.to_string()],
            None => Vec::new(),
        }
    };
    let argument = part(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument => told::unknown_argument(argument),
        ErrorKind::InvalidSubcommand => told::unknown_command(part(ContextKind::InvalidSubcommand)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            told::invalid_value(argument, part(ContextKind::InvalidValue))
        }
        ErrorKind::MissingRequiredArgument => told::missing_arguments(argument),
        ErrorKind::ArgumentConflict => {
            told::conflicting_arguments(argument, part(ContextKind::PriorArg))
        }
        ErrorKind::TooFewValues | ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => {
            told::wrong_number(argument)
        }
        _ => told::not_understood(),
    }
}
