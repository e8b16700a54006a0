//! Hooks of git, and settings of git that run commands (githooks(5), git-config(1)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, owner, whole};

pub(super) struct GitHooks;

impl Place for GitHooks {
    fn id(&self) -> &'static str {
        "git_hooks"
    }

    fn about(&self) -> &'static str {
        "hooks of git repositories, and settings of git that run commands"
    }

    fn technique(&self) -> &'static str {
        "T1546"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/gitconfig",
            "home/*/.gitconfig",
            "home/*/.config/git/config",
            "root/.gitconfig",
            "home/*/*/.git/config",
            "home/*/*/.git/hooks/*",
            "opt/*/.git/hooks/*",
            "srv/*/.git/hooks/*",
            "root/*/.git/hooks/*",
            "srv/git/*/hooks/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        if file.contains("/hooks/") {
            if file.ends_with(".sample") {
                return Vec::new();
            }
            let mut hook = whole(self.id(), file);
            hook.user = owner(file);
            return vec![hook];
        }
        let runs = [
            "hookspath",
            "fsmonitor",
            "sshcommand",
            "pager",
            "editor",
            "helper",
            "askpass",
        ];
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| {
                let (key, value) = line.split_once('=').unwrap_or_default();
                let key = key.trim().to_ascii_lowercase();
                runs.contains(&key.as_str()) || value.trim_start().starts_with('!')
            })
            .map(|(number, line)| entry(self.id(), file, number, &line))
            .collect()
    }
}
