//! Events of Windows as fields: from their XML, or from what was exported as JSON.

use std::borrow::Cow;

use super::{Fields, Origin};

/// The part of an event that an element stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    System,
    Data,
    /// `<UserData>` and what stands for it in older events.
    User,
    /// What Windows adds for people: texts in the language of the machine.
    Rendered,
}

/// Reads the XML of one event.
///
/// Names are those of the elements in `<System>`, the `Name` of each `<Data>`, and the names of the elements that hold
/// text in `<UserData>`. `<Data>` without a name is `Data`.
pub(crate) fn of_xml<'r>(record: &'r [u8], fields: &mut Fields<'r>) {
    let mut part = Part::Head;
    let mut at = 0;
    // The element whose text may come next.
    let mut open: Option<Cow<'r, str>> = None;
    let mut head = Head::default();
    while let Some(found) = record.get(at..).and_then(|rest| memchr::memchr(b'<', rest)) {
        let text = &record[at..at + found];
        let start = at + found + 1;
        if record[start..].starts_with(b"!--") {
            let end = memchr::memmem::find(&record[start..], b"-->");
            at = end.map_or(record.len(), |end| start + end + 3);
            continue;
        }
        let Some(length) = tag_end(&record[start..]) else {
            break;
        };
        let tag = &record[start..start + length];
        at = start + length + 1;
        if let Some(name) = tag.strip_prefix(b"/") {
            if let Some(name) = open.take() {
                take(part, name, text, &mut head, fields);
            }
            match local(name.trim_ascii()) {
                b"System" | b"EventData" | b"UserData" | b"RenderingInfo" => part = Part::Head,
                _ => {}
            }
            continue;
        }
        let (tag, is_empty) = match tag.strip_suffix(b"/") {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name_end = tag
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(tag.len());
        let (name, attributes) = (local(&tag[..name_end]), &tag[name_end..]);
        open = None;
        if part == Part::Head {
            part = match name {
                b"System" => Part::System,
                b"EventData" => Part::Data,
                b"UserData" | b"DebugData" | b"ProcessingErrorData" => Part::User,
                b"RenderingInfo" => Part::Rendered,
                _ => part,
            };
            if is_empty {
                part = Part::Head;
            }
            continue;
        }
        match part {
            Part::System => attributes_of_system(name, attributes, &mut head, fields),
            Part::User => {
                for (key, value) in each_attribute(attributes) {
                    if !key.starts_with(b"xmlns") {
                        fields.add(lossy(key), unescaped(value));
                    }
                }
            }
            _ => {}
        }
        let named = attribute(attributes, b"Name").filter(|_| part == Part::Data);
        let name = match named {
            Some(name) => unescaped(name),
            None => lossy(name),
        };
        if is_empty {
            take(part, name, b"", &mut head, fields);
        } else {
            open = Some(name);
        }
    }
    finish(head, fields);
}

/// What the head of an event says.
#[derive(Default)]
pub(super) struct Head<'r> {
    pub(super) channel: Cow<'r, str>,
    pub(super) provider: Cow<'r, str>,
    pub(super) id: u32,
}

fn take<'r>(
    part: Part,
    name: Cow<'r, str>,
    text: &'r [u8],
    head: &mut Head<'r>,
    fields: &mut Fields<'r>,
) {
    if part == Part::Rendered {
        // Only the message says what the data do not.
        if name == "Message" && !text.is_empty() {
            fields.add(name, unescaped(text));
        }
        return;
    }
    let value = unescaped(text);
    if part == Part::System {
        match name.as_ref() {
            "EventID" => head.id = value.trim().parse().unwrap_or_default(),
            "Channel" => head.channel = value.clone(),
            _ => {}
        }
    }
    fields.add(name, value);
}

fn attributes_of_system<'r>(
    name: &[u8],
    attributes: &'r [u8],
    head: &mut Head<'r>,
    fields: &mut Fields<'r>,
) {
    let wanted: &[(&[u8], &'static str)] = match name {
        b"Provider" => &[(b"Name", "Provider_Name"), (b"Guid", "Provider_Guid")],
        b"TimeCreated" => &[(b"SystemTime", "SystemTime")],
        b"Security" => &[(b"UserID", "UserID")],
        b"Execution" => &[
            (b"ProcessID", "Execution_ProcessID"),
            (b"ThreadID", "Execution_ThreadID"),
        ],
        _ => return,
    };
    for (attribute_name, field) in wanted {
        if let Some(value) = attribute(attributes, attribute_name) {
            let value = unescaped(value);
            if *field == "Provider_Name" {
                head.provider = value.clone();
            }
            fields.add(*field, value);
        }
    }
}

/// Says what kind of event it is, and adds the names that rules use for fields of that kind.
pub(super) fn finish<'r>(head: Head<'r>, fields: &mut Fields<'r>) {
    let Head {
        channel,
        provider,
        id,
    } = head;
    if provider == "Linux-Sysmon" || channel == "Linux-Sysmon/Operational" {
        fields.origin = Origin::LinuxSysmon(id);
        return;
    }
    if channel.is_empty() && provider.is_empty() {
        return;
    }
    fields.origin = Origin::Windows {
        channel,
        provider,
        id,
    };
}

/// Where a tag ends: at the first `>` that stands in no quotes.
fn tag_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', text.get(at..)?)?;
        match text[at] {
            b'>' => return Some(at),
            quote => at += memchr::memchr(quote, text.get(at + 1..)?)? + 2,
        }
    }
}

/// A name without its namespace.
fn local(name: &[u8]) -> &[u8] {
    memchr::memrchr(b':', name).map_or(name, |at| &name[at + 1..])
}

fn attribute<'r>(attributes: &'r [u8], wanted: &[u8]) -> Option<&'r [u8]> {
    each_attribute(attributes)
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

fn each_attribute(mut rest: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let equals = memchr::memchr(b'=', rest)?;
        let name = rest[..equals].trim_ascii();
        let after = rest[equals + 1..].trim_ascii_start();
        let quote = *after.first().filter(|b| matches!(b, b'"' | b'\''))?;
        let value = &after[1..];
        let end = memchr::memchr(quote, value)?;
        rest = &value[end + 1..];
        Some((name, &value[..end]))
    })
}

fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// Text of XML as it is meant.
pub(crate) fn unescaped(text: &[u8]) -> Cow<'_, str> {
    let text = lossy(text);
    if !text.contains('&') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        // No name or number of a character is longer.
        let end = after
            .bytes()
            .take(12)
            .position(|b| b == b';')
            .and_then(|end| Some((character(after.get(..end)?)?, after.get(end + 1..)?)));
        match end {
            Some((char, behind)) => {
                out.push(char);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{of_xml, unescaped};
    use crate::fields::{Fields, Origin};
    use proptest::prelude::*;

    const EVENT: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385f}'/><EventID Qualifiers='0'>1</EventID><Level>4</Level><TimeCreated SystemTime='2025-03-04T01:00:41Z'/><Execution ProcessID='1' ThreadID='2'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WS-01</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='Image'>C:\\a&amp;b.exe</Data><Data Name='CommandLine'>\"x\" &gt; y</Data><Data>one</Data><Data>two</Data><Data Name='Empty'/></EventData></Event>";

    #[test]
    fn an_event_is_fields() {
        let mut fields = Fields::default();
        of_xml(EVENT.as_bytes(), &mut fields);
        assert_eq!(fields.first("Image"), Some("C:\\a&b.exe"));
        assert_eq!(fields.first("CommandLine"), Some("\"x\" > y"));
        assert_eq!(
            fields.first("Provider_Name"),
            Some("Microsoft-Windows-Sysmon")
        );
        assert_eq!(fields.first("EventID"), Some("1"));
        assert_eq!(fields.first("Empty"), Some(""));
        assert_eq!(fields.all("Data").collect::<Vec<_>>(), ["one", "two"]);
        assert!(
            matches!(&fields.origin, Origin::Windows { id: 1, channel, .. } if channel == "Microsoft-Windows-Sysmon/Operational")
        );
    }

    #[test]
    fn data_of_a_user_are_fields() {
        let text = "<Event><System><Provider Name=\"Microsoft-Windows-PrintService\"/><EventID>316</EventID><Channel>Microsoft-Windows-PrintService/Admin</Channel></System><UserData><AddPrinter xmlns:e='x' a='1'><Param1>mimikatz</Param1><b:Param2>&#x41;&#66;&bogus;</b:Param2></AddPrinter></UserData></Event>";
        let mut fields = Fields::default();
        of_xml(text.as_bytes(), &mut fields);
        assert_eq!(fields.first("Param1"), Some("mimikatz"));
        assert_eq!(fields.first("Param2"), Some("AB&bogus;"));
        assert_eq!(fields.first("a"), Some("1"));
    }

    proptest! {
        #[test]
        fn broken_events_give_fields_or_none(at in 0usize..600, cut in 0usize..80, byte in any::<u8>()) {
            let mut text = EVENT.as_bytes().to_vec();
            let at = at.min(text.len() - 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, [byte]);
            let mut fields = Fields::default();
            of_xml(&text, &mut fields);
            prop_assert!(fields.pairs().count() < 64);
        }

        #[test]
        fn any_text_can_be_unescaped(text in "[&#x;a-f0-9é<]{0,30}") {
            prop_assert!(unescaped(text.as_bytes()).len() <= text.len());
        }
    }
}
