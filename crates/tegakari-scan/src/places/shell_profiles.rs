//! Files that shells read when they start (bash(1), zsh(1)): the lines in them that run something telling.

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, owner};

pub(super) struct ShellProfiles;

impl Place for ShellProfiles {
    fn id(&self) -> &'static str {
        "shell_profiles"
    }

    fn about(&self) -> &'static str {
        "what shells run when they start"
    }

    fn technique(&self) -> &'static str {
        "T1546.004"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/profile",
            "etc/profile.d/*",
            "etc/bash.bashrc",
            "etc/bashrc",
            "etc/zsh/*",
            "etc/zshrc",
            "etc/zshenv",
            "etc/csh.cshrc",
            "etc/csh.login",
            "etc/fish/config.fish",
            "etc/fish/conf.d/*",
            "home/*/.bashrc",
            "home/*/.bash_profile",
            "home/*/.bash_login",
            "home/*/.bash_logout",
            "home/*/.bash_aliases",
            "home/*/.profile",
            "home/*/.zshrc",
            "home/*/.zprofile",
            "home/*/.zshenv",
            "home/*/.zlogin",
            "home/*/.zlogout",
            "home/*/.kshrc",
            "home/*/.cshrc",
            "home/*/.tcshrc",
            "home/*/.config/fish/config.fish",
            "home/*/.config/fish/conf.d/*",
            "home/*/.config/fish/functions/*",
            "root/.bashrc",
            "root/.bash_profile",
            "root/.bash_login",
            "root/.bash_logout",
            "root/.bash_aliases",
            "root/.profile",
            "root/.zshrc",
            "root/.zprofile",
            "root/.zshenv",
            "root/.zlogin",
            "root/.zlogout",
            "root/.kshrc",
            "root/.cshrc",
            "root/.tcshrc",
            "root/.config/fish/config.fish",
            "root/.config/fish/conf.d/*",
            "root/.config/fish/functions/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let telling = [
            "curl ",
            "wget ",
            "nc ",
            "ncat ",
            "/dev/tcp/",
            "base64",
            "eval ",
            "nohup ",
            "setsid ",
            "LD_PRELOAD",
            "PROMPT_COMMAND",
            "trap ",
            "alias sudo",
            "alias su=",
            "python",
            "perl ",
            "openssl ",
            "exec ",
            "/tmp/",
            "/dev/shm",
            "/var/tmp",
        ];
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| {
                let behind = line.ends_with('&') && !line.ends_with("&&");
                behind || telling.iter().any(|word| line.contains(word)) || runs_a_path(line)
            })
            .map(|(number, line)| {
                let mut found = entry(self.id(), file, number, &line);
                found.user = owner(file);
                found.target = found.target.or_else(|| below_home(&line, file));
                found
            })
            .collect()
    }
}

/// Whether a line runs a program by its path, or gives a command the name of another one that lies elsewhere than the
/// system's own programs.
fn runs_a_path(line: &str) -> bool {
    let is_path = |word: &str| {
        let is_own = ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"]
            .iter()
            .any(|folder| word.starts_with(folder));
        let fronts = ["/", "~/", "./", "$HOME/", "${HOME}/"];
        !is_own && word.len() > 2 && fronts.iter().any(|front| word.starts_with(front))
    };
    let line = line.strip_prefix("alias ").map_or(line, |alias| {
        let (_, runs) = alias.split_once(['=', ' ']).unwrap_or_default();
        runs
    });
    line.split([';', '&', '|', '(', '`']).any(|command| {
        let command = command.trim().trim_start_matches(['"', '\'']);
        let mut words = command.split_whitespace();
        match words.next() {
            // What is read in is run as well; what lies in /etc is read by itself.
            Some("." | "source") => words.next().is_some_and(|file| {
                let file = file.trim_matches(['"', '\'']);
                is_path(file) && !file.starts_with("/etc/")
            }),
            Some(word) => is_path(word.trim_matches(['"', '\''])),
            None => false,
        }
    })
}

/// The first path of a line that lies in the home of whoever has the file.
fn below_home(line: &str, file: &str) -> Option<String> {
    let parts: Vec<&str> = file.split('/').collect();
    let home = match parts.as_slice() {
        ["", "root", ..] => "/root".to_owned(),
        ["", "home", user, ..] => format!("/home/{user}"),
        _ => return None,
    };
    let words = line.split([' ', '\t', '"', '\'', ';', '|', '&', '(', ')', '`', '=']);
    words.into_iter().find_map(|word| {
        let fronts = ["~/", "$HOME/", "${HOME}/"];
        let below = fronts.iter().find_map(|front| word.strip_prefix(front))?;
        (!below.is_empty()).then(|| format!("{home}/{below}"))
    })
}

#[cfg(test)]
mod tests {
    use super::{Place, ShellProfiles};

    #[test]
    fn plain_commands_are_told_with_their_file() {
        let check = |line: &str, want: Option<&str>| {
            let got = ShellProfiles.entries("/home/eve/.bashrc", line.as_bytes());
            let target = got.first().map(|one| one.target.as_deref().unwrap_or(""));
            assert_eq!(target, want, "{line}");
        };
        check("/opt/x", Some("/opt/x"));
        check("~/.x/run", Some("/home/eve/.x/run"));
        check(
            "[ -x ~/.x/run ] && \"$HOME/.x/run\" -q",
            Some("/home/eve/.x/run"),
        );
        check("alias ssh='/opt/.x/ssh'", Some("/opt/.x/ssh"));
        check("alias ssh=~/.ssh/x", Some("/home/eve/.ssh/x"));
        check(". /opt/env.sh", Some("/opt/env.sh"));
        for line in [
            ". /etc/bash_completion",
            "alias ls='/bin/ls -l'",
            "export PATH=/opt/bin:$PATH",
            "[ -z \"$PS1\" ] && return",
            "if [ -f /etc/bashrc ]; then",
        ] {
            check(line, None);
        }
    }

    #[test]
    fn telling_lines_are_told() {
        let text = b"# alias sudo\nPS1=x\nalias ls='ls -l'\n/opt/x/run &\ncurl -s http://x | sh\n";
        let got = ShellProfiles.entries("/home/eve/.bashrc", text);
        let lines: Vec<_> = got.iter().map(|one| one.stated.as_str()).collect();
        assert_eq!(lines, ["/home/eve/.bashrc:4", "/home/eve/.bashrc:5"]);
    }
}
