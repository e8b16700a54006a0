//! Plain lists: one value a line, for everything that fetches "a list of addresses".

use std::io::{self, Write};

use tegakari_model::{BlockEntry, ObservableKind as K};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::list::{Frame, List};

/// A plain list of one kind of value.
#[derive(Debug)]
pub(super) struct Plain {
    kind: K,
    id: &'static str,
    file: &'static str,
    about: &'static str,
}

macro_rules! plain {
    ($name:ident, $kind:ident, $id:literal, $what:literal) => {
        pub(super) const $name: Plain = Plain {
            kind: K::$kind,
            id: $id,
            file: concat!($id, ".txt"),
            about: concat!("Plain list of ", $what, ", one a line, comments behind #"),
        };
    };
}

plain!(IPV4, Ipv4, "ipv4", "IPv4 addresses");
plain!(IPV6, Ipv6, "ipv6", "IPv6 addresses");
plain!(CIDR, Cidr, "cidr", "networks");
plain!(DOMAINS, Domain, "domains", "domains");
plain!(URLS, Url, "urls", "URLs");
plain!(EMAILS, Email, "emails", "mail addresses");
plain!(MD5, Md5, "md5", "MD5 hashes of files");
plain!(SHA1, Sha1, "sha1", "SHA-1 hashes of files");
plain!(SHA256, Sha256, "sha256", "SHA-256 hashes of files");

impl ExportFormat for Plain {
    fn id(&self) -> &'static str {
        self.id
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn file_name(&self) -> &'static str {
        self.file
    }

    fn media_type(&self) -> &'static str {
        "text/plain; charset=utf-8"
    }

    fn accepts(&self, kind: K) -> bool {
        kind == self.kind
    }

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        list.lines(&Frame::headed(self.id), out, |entry| {
            entry.indicator.observable.value().to_owned()
        })
    }

    fn fits(&self, entry: &BlockEntry, _: &Context) -> Result<(), &'static str> {
        if stands_on_a_line(entry.indicator.observable.value()) {
            Ok(())
        } else {
            Err("it cannot stand on a line of its own")
        }
    }
}

/// Readers of such lists split at line ends, cut at blanks and skip lines that start with `#`.
fn stands_on_a_line(value: &str) -> bool {
    !value.starts_with(['#', ';'])
        && !value
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '\u{feff}')
}
