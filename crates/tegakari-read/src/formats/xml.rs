//! Reading XML as a stream of elements and text, for the formats that are made of it.
//!
//! Entities of a document's own are never expanded (they stay as written), nothing outside is fetched,
//! and no tree is built: an entity bomb and a million nested elements cost what their bytes cost.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesEnd, BytesStart, Event};

/// What comes next in a document. An empty element is opened and closed.
pub(crate) enum Node<'a> {
    Open(Tag<'a>),
    Close(End<'a>),
    Text(Cow<'a, str>),
}

/// A start tag.
pub(crate) struct Tag<'a>(BytesStart<'a>);

impl Tag<'_> {
    /// The element's name without its prefix.
    pub(crate) fn name(&self) -> &str {
        local(self.0.name().0)
    }

    /// The element's prefix; empty when it has none.
    pub(crate) fn prefix(&self) -> &str {
        let name = self.0.name().0;
        name.rsplit_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// The value of an attribute, by its name without prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        self.0
            .attributes()
            .with_checks(false)
            .flatten()
            .find(|a| local(a.key.0) == name)
            .map(|a| unescape(&a.value))
    }

    /// Whether an on/off element is on: without a value it is (ECMA-376 part 1, 17.17.4).
    pub(crate) fn is_on(&self) -> bool {
        !matches!(
            self.attribute("val").as_deref(),
            Some("0" | "false" | "off" | "none")
        )
    }
}

/// An end tag.
pub(crate) struct End<'a>(BytesEnd<'a>);

impl End<'_> {
    /// The element's name without its prefix.
    pub(crate) fn name(&self) -> &str {
        local(self.0.name().0)
    }
}

/// A document being read.
pub(crate) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    /// What ended the reading too early.
    pub(crate) error: Option<String>,
}

impl<'a> Xml<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        Self {
            reader,
            error: None,
        }
    }

    /// The next element or text; `None` at the end, or where it is no XML any more.
    pub(crate) fn next(&mut self) -> Option<Node<'a>> {
        loop {
            return Some(match self.reader.read_event() {
                Ok(Event::Start(tag) | Event::Empty(tag)) => Node::Open(Tag(tag)),
                Ok(Event::End(tag)) => Node::Close(End(tag)),
                Ok(Event::Text(text)) => Node::Text(text.into_inner()),
                Ok(Event::CData(text)) => Node::Text(text.into_inner()),
                Ok(Event::GeneralRef(entity)) => {
                    let text = match entity.resolve_char_ref() {
                        Ok(Some(c)) => c.to_string(),
                        _ => named(&entity.into_inner()),
                    };
                    Node::Text(text.into())
                }
                Ok(Event::Eof) => return None,
                Ok(_) => continue,
                Err(error) => {
                    self.error = Some(error.to_string());
                    return None;
                }
            });
        }
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// A named entity: the five of XML and the one that every feed uses; others as they are written.
fn named(entity: &str) -> String {
    match resolve_xml_entity(entity) {
        Some(text) => text.to_owned(),
        None if entity == "nbsp" => "\u{a0}".to_owned(),
        None => format!("&{entity};"),
    }
}

/// The value of an attribute, references resolved where they are known.
fn unescape(value: &str) -> String {
    let Some(first) = value.find('&') else {
        return value.to_owned();
    };
    let mut out = value.get(..first).unwrap_or("").to_owned();
    for piece in value.get(first..).unwrap_or("").split_inclusive(';') {
        let Some((before, entity)) = piece
            .rsplit_once('&')
            .and_then(|(b, e)| Some((b, e.strip_suffix(';')?)))
        else {
            out.push_str(piece);
            continue;
        };
        out.push_str(before);
        let code = entity.strip_prefix('#').and_then(|n| {
            let code = match n.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => n.parse().ok()?,
            };
            char::from_u32(code)
        });
        match code {
            Some(c) => out.push(c),
            None => out.push_str(&named(entity)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Node, Xml, unescape};

    fn text(xml: &str) -> String {
        let mut reader = Xml::new(xml);
        let mut out = String::new();
        while let Some(node) = reader.next() {
            if let Node::Text(text) = node {
                out.push_str(&text);
            }
        }
        out
    }

    #[test]
    fn references_are_resolved_and_bombs_are_not() {
        for (xml, want) in [
            ("<a>1 &lt; 2 &amp; &#x3042;&#51;</a>", "1 < 2 & あ3"),
            ("<a><![CDATA[<b>&amp;]]></a>", "<b>&amp;"),
            (
                "<!DOCTYPE a [<!ENTITY b \"xxxx\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>",
                "&c;",
            ),
            ("<a>Tom & Jerry</a>", "Tom & Jerry"),
            ("<a>unclosed", "unclosed"),
        ] {
            assert_eq!(text(xml), want, "{xml}");
        }
    }

    #[test]
    fn attributes_are_unescaped_once() {
        for (value, want) in [
            ("a&amp;b", "a&b"),
            ("a&b;c", "a&b;c"),
            ("x?a=1&b=2", "x?a=1&b=2"),
            ("&#x26;lt;", "&lt;"),
            ("&amp;amp;", "&amp;"),
            ("a;b&quot;", "a;b\""),
        ] {
            assert_eq!(unescape(value), want);
        }
    }
}
