//! OpenIOC 1.1: one document with every entry joined by OR.

use std::io::{self, Write};

use tegakari_model::ObservableKind as K;

use super::ExportFormat;
use crate::context::Written;
use crate::list::List;

/// `block.ioc`
#[derive(Debug)]
pub(super) struct OpenIoc;

impl ExportFormat for OpenIoc {
    form!(
        "openioc",
        "block.ioc",
        "application/xml",
        Parsed,
        Reissue,
        [Ipv4, Ipv6, Cidr, Domain, Url, Md5, Sha1, Sha256],
        "OpenIOC 1.1 document"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let id = |what: &str| uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, what.as_bytes());
        let values: Vec<&str> = list
            .entries
            .iter()
            .map(|e| e.indicator.observable.value())
            .collect();
        let whole = id(&format!("tegakari openioc\n{}", values.join("\n")));
        // The form wants times; a list that knows none says so by the first day there is.
        let time = list
            .context
            .made
            .or(list.context.valid_from)
            .map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |t| t.to_string());
        let about = escaped(&list.facts("OpenIOC").join("; "));
        writeln!(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>")?;
        writeln!(
            out,
            "<OpenIOC xmlns=\"http://openioc.org/schemas/OpenIOC_1.1\" id=\"{whole}\" last-modified=\"{time}\" published-date=\"{time}\">"
        )?;
        writeln!(out, "  <metadata>")?;
        writeln!(out, "    <short_description>Block list</short_description>")?;
        writeln!(out, "    <description>{about}</description>")?;
        writeln!(out, "    <keywords/>")?;
        writeln!(out, "    <authored_by>Tegakari</authored_by>")?;
        writeln!(out, "    <authored_date>{time}</authored_date>")?;
        writeln!(out, "    <links/>")?;
        writeln!(out, "  </metadata>")?;
        writeln!(out, "  <criteria>")?;
        let top = id(&format!("{whole} or"));
        writeln!(out, "    <Indicator id=\"{top}\" operator=\"OR\">")?;
        for entry in &list.entries {
            let observable = &entry.indicator.observable;
            let Some((document, search, kind)) = term(observable.kind()) else {
                continue;
            };
            let item = id(&format!(
                "{whole} {} {}",
                observable.kind().name(),
                observable.value()
            ));
            writeln!(
                out,
                "      <IndicatorItem id=\"{item}\" condition=\"is\" preserve-case=\"false\" negate=\"false\"><Context document=\"{document}\" search=\"{search}\" type=\"mir\"/><Content type=\"{kind}\">{}</Content></IndicatorItem>",
                escaped(observable.value())
            )?;
        }
        writeln!(out, "    </Indicator>")?;
        writeln!(out, "  </criteria>")?;
        writeln!(out, "  <parameters/>")?;
        writeln!(out, "</OpenIOC>")?;
        Ok(list.written())
    }
}

/// Document, search term and type of content for a kind.
fn term(kind: K) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match kind {
        K::Ipv4 | K::Ipv6 | K::Cidr => ("PortItem", "PortItem/remoteIP", "IP"),
        K::Domain => ("Network", "Network/DNS", "string"),
        K::Url => ("UrlHistoryItem", "UrlHistoryItem/URL", "string"),
        K::Md5 => ("FileItem", "FileItem/Md5sum", "md5"),
        K::Sha1 => ("FileItem", "FileItem/Sha1sum", "sha1"),
        K::Sha256 => ("FileItem", "FileItem/Sha256sum", "sha256"),
        _ => return None,
    })
}

/// Text for an element of XML: no mark-up, and nothing that XML does not allow.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
