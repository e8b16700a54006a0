//! Names that go into scripts: only what a machine, server or person can really be called.

/// The longest name of a machine, in bytes (RFC 1035).
const LONGEST: usize = 253;

/// The name of a machine in lower case, without a dot at its end. `None` when no machine is called so: names hold letters
/// and digits of any script, dots, hyphens and underscores, and begin with a letter or digit.
pub fn host_name(text: &str) -> Option<String> {
    let name = text.trim().trim_end_matches('.').to_lowercase();
    let first = name.chars().next()?;
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let right = name.len() <= LONGEST
        && first.is_alphanumeric()
        && name.chars().all(fine)
        && !name.contains("..");
    right.then_some(name)
}

/// A web server, `host` or `host:port`, where the host is a name in ASCII or an IPv4 address. `None` when it is neither.
pub fn server(text: &str) -> Option<String> {
    let text = text.trim();
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    if let Some(port) = port {
        let number = port.bytes().all(|b| b.is_ascii_digit());
        port.parse::<u16>().ok().filter(|n| number && *n > 0)?;
    }
    let host = host_name(host).filter(|host| host.is_ascii())?;
    Some(match port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// The part of a name before its first dot.
pub(crate) fn short(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{host_name, server};

    #[test]
    fn a_machine_is_called_what_machines_can_be_called() {
        for (given, want) in [
            ("WS-014", "ws-014"),
            (" db.Corp.example. ", "db.corp.example"),
            ("端末1", "端末1"),
            ("a_b", "a_b"),
        ] {
            assert_eq!(host_name(given).as_deref(), Some(want));
        }
        for wrong in [
            "",
            ".",
            "a b",
            "a'b",
            "a\"b",
            "$(reboot)",
            "a`b`",
            "a;b",
            "a\nb",
            "-rf",
            "a|b",
            "a*",
            "a..b",
            "‘x’",
            "a\u{202e}b",
            "a/b",
            "*",
            "@HOSTS@",
        ] {
            assert_eq!(host_name(wrong), None, "{wrong:?}");
        }
        assert_eq!(host_name(&"a".repeat(300)), None);
    }

    #[test]
    fn a_server_is_a_name_and_perhaps_a_port() {
        assert_eq!(server("127.0.0.1:8080").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(server("Web.example").as_deref(), Some("web.example"));
        for wrong in [
            "", "a:b", "a:0", "a:99999", "http://a", "a/b", "a:+8", "端末", "a:80'",
        ] {
            assert_eq!(server(wrong), None, "{wrong}");
        }
    }
}
