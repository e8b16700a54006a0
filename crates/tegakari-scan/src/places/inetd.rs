//! inetd and xinetd: programs that are started when somebody connects (inetd.conf(5), xinetd.conf(5)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, target, value};

pub(super) struct Inetd;

impl Place for Inetd {
    fn id(&self) -> &'static str {
        "inetd"
    }

    fn about(&self) -> &'static str {
        "programs that inetd and xinetd start when somebody connects"
    }

    fn technique(&self) -> &'static str {
        "T1543"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/inetd.conf",
            "etc/inetd.d/*",
            "etc/xinetd.conf",
            "etc/xinetd.d/*",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let lines = lines(bytes);
        if file.contains("/inetd.") {
            return lines
                .into_iter()
                .filter_map(|(number, line)| {
                    // service, type of socket, protocol, wait, user, program, its arguments
                    let words: Vec<&str> = line.split_whitespace().collect();
                    let [service, _, _, _, user, program, rest @ ..] = words.as_slice() else {
                        return None;
                    };
                    let mut found = entry(self.id(), file, number, &rest.join(" "));
                    found.runs = format!("{program} {}", rest.join(" ")).trim().to_owned();
                    // tcpd runs what stands behind it.
                    let runs_another = program.ends_with("/tcpd");
                    found.target = if runs_another {
                        rest.first().and_then(|one| target(one))
                    } else {
                        target(program)
                    };
                    found.user = Some((*user).to_owned());
                    found.when = Some((*service).to_owned());
                    Some(found)
                })
                .collect();
        }
        let mut found = Vec::new();
        let (mut service, mut user, mut server, mut arguments, mut disabled) =
            (String::new(), None, None, String::new(), false);
        for (number, line) in lines {
            if let Some(name) = line.strip_prefix("service ") {
                service = name.trim().trim_end_matches('{').trim().to_owned();
            } else if let Some(name) = value(&line, "user") {
                user = Some(name.to_owned());
            } else if let Some(path) = value(&line, "server") {
                server = Some((number, path.to_owned()));
            } else if let Some(text) = value(&line, "server_args") {
                arguments = text.to_owned();
            } else if let Some(text) = value(&line, "disable") {
                disabled = text.eq_ignore_ascii_case("yes");
            } else if line.starts_with('}') {
                if let Some((number, path)) = server.take() {
                    let runs = format!("{path} {arguments}");
                    let mut one = entry(self.id(), file, number, runs.trim());
                    one.user = user.take();
                    let off = if disabled { " (disabled)" } else { "" };
                    one.when = Some(format!("{service}{off}"));
                    found.push(one);
                }
                (user, disabled) = (None, false);
                arguments.clear();
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{Inetd, Place};

    #[test]
    fn services_of_both_are_read() {
        let text = b"# no\nshell stream tcp nowait root /usr/sbin/tcpd /opt/.x/shd -i\nbad line\n";
        let got = Inetd.entries("/etc/inetd.conf", text);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].target.as_deref(), Some("/opt/.x/shd"));
        assert_eq!(got[0].user.as_deref(), Some("root"));
        let text = b"service x\n{\n disable = no\n user = nobody\n server = /bin/sh\n server_args = -c /opt/x\n}\n";
        let got = Inetd.entries("/etc/xinetd.d/x", text);
        assert_eq!(got[0].stated, "/etc/xinetd.d/x:5");
        assert_eq!(got[0].target.as_deref(), Some("/opt/x"));
        assert_eq!(
            (got[0].user.as_deref(), got[0].when.as_deref()),
            (Some("nobody"), Some("x"))
        );
    }
}
