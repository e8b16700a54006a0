//! Runs the program in a folder of its own, with a database of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A fresh place to run in; removed afterwards.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, making its folders.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The program with its database in this place; arguments are yet to be added.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tegakari"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .args(["--db", "t.db"]);
        command
    }

    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Ran {
        Ran(self.command().args(arguments).output().unwrap())
    }
}

/// What a run gave.
pub(crate) struct Ran(pub(crate) Output);

impl Ran {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).expect("output is UTF-8")
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).expect("messages are UTF-8")
    }

    /// Checks the exit status, showing everything when it differs.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(
            self.0.status.code(),
            Some(status),
            "stdout:\n{}\nstderr:\n{}",
            String::from_utf8_lossy(&self.0.stdout),
            String::from_utf8_lossy(&self.0.stderr)
        );
        self
    }

    /// Checks that a message on standard error holds each of the words.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        let text = self.stderr();
        for word in words {
            assert!(text.contains(word), "{word:?} is not in:\n{text}");
        }
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.0.stdout).expect("output is JSON")
    }

    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.stdout()
            .lines()
            .map(|l| serde_json::from_str(l).expect("a line is JSON"))
            .collect()
    }
}

/// A folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// A folder of the real data beside the clone; `None`, saying so, where it is missing.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let full = repository("../shared/data").join(path);
    if full.exists() {
        Some(full)
    } else {
        eprintln!("SKIP: ../shared/data/{path} is not there");
        None
    }
}

/// The line of a `hunt --format jsonl` for one value.
#[track_caller]
pub(crate) fn finding<'a>(lines: &'a [Value], value: &str) -> &'a Value {
    lines
        .iter()
        .find(|l| l["indicator"]["value"] == value)
        .unwrap_or_else(|| panic!("no line for {value}"))
}
