//! Windows events as records that rules can ask, from the XML that the unpacker of event files gives: one event a line.

use std::borrow::Cow;

use tegakari_sigma::{Labels, Record, windows};

/// An event: its labels' facts, and its data by name.
#[derive(Debug, Default, Clone)]
pub(crate) struct WindowsRecord {
    /// The channel.
    pub(crate) channel: String,
    /// The provider.
    pub(crate) provider: String,
    /// The number of the event.
    pub(crate) event_id: u32,
    /// All fields, in order.
    pub(crate) fields: Vec<(String, String)>,
}

impl WindowsRecord {
    /// Reads an event from a line of XML; `None` when it is none.
    pub(crate) fn read(line: &str) -> Option<Self> {
        if !line.starts_with("<Event ") {
            return None;
        }
        let mut out = Self::default();
        let mut rest = line;
        // The element that was opened last, and the name by which its text is known.
        let mut open: Option<(String, String)> = None;
        while let Some(start) = rest.find('<') {
            let text = &rest[..start];
            let after = &rest[start + 1..];
            let end = after.find('>')?;
            let tag = &after[..end];
            rest = &after[end + 1..];
            if let Some(closed) = tag.strip_prefix('/') {
                if let Some((element, name)) = open.take()
                    && element == closed
                {
                    out.add(&name, &unescaped(text));
                }
                continue;
            }
            let element = tag.split([' ', '/']).next().unwrap_or("");
            if element == "Provider"
                && let Some(name) = attribute(tag, "Name")
            {
                out.provider = unescaped(name);
                out.fields
                    .push(("Provider_Name".to_owned(), unescaped(name)));
            }
            let name = match attribute(tag, "Name") {
                Some(name) if element == "Data" => unescaped(name),
                _ => element.to_owned(),
            };
            open = Some((element.to_owned(), name));
        }
        Some(out)
    }

    fn add(&mut self, name: &str, value: &str) {
        match name {
            "EventID" => self.event_id = value.parse().unwrap_or(0),
            "Channel" => self.channel = value.to_owned(),
            _ => {}
        }
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    /// What the event is.
    pub(crate) fn labels(&self) -> Vec<Labels> {
        windows::labels(&self.channel, &self.provider, self.event_id)
    }

    fn own_name<'n>(&'n self, name: &'n str) -> &'n str {
        let has = |name: &str| self.fields.iter().any(|(n, _)| n == name);
        windows::field_name(&self.channel, &self.provider, self.event_id, name)
            .iter()
            .copied()
            .find(|own| has(own))
            .unwrap_or(name)
    }
}

impl Record for WindowsRecord {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let own = self.own_name(name);
        let found = self.fields.iter().find(|(n, _)| n == own);
        found.map(|(_, value)| Cow::Borrowed(value.as_str()))
    }

    fn each_value(&self, name: &str, f: &mut dyn FnMut(&str)) {
        let own = self.own_name(name);
        let all = self.fields.iter().filter(|(n, _)| n == own);
        all.for_each(|(_, value)| f(value));
    }

    fn each_text(&self, f: &mut dyn FnMut(&str)) {
        self.fields.iter().for_each(|(_, value)| f(value));
    }
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    after.split_once('"').map(|(value, _)| value)
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, behind) = after.split_once(';').unwrap_or(("", after));
        let c = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => name.strip_prefix('#').and_then(|number| {
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                code.ok().and_then(char::from_u32)
            }),
        };
        match c {
            Some(c) => {
                out.push(c);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out + rest
}
