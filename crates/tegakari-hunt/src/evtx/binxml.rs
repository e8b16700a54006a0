//! Binary XML (\[MS-EVEN6\] 2.2.12, as files hold it): tokens, names by their place in the chunk, templates with values.

use std::collections::HashMap;

use super::values;

/// Templates and values inside each other.
const DEPTH: usize = 16;
/// Elements inside each other.
const NESTED: usize = 64;
/// Tokens of one record, templates expanded, and of all records of a chunk.
const TOKENS: usize = 50_000;
const ALL_TOKENS: usize = 1_000_000;
/// Bytes of text of one record, and of all records of a chunk.
const LONGEST: usize = 4 << 20;
const ALL_TEXT: usize = 8 << 20;
/// Values of one template.
const VALUES: usize = 4096;

mod token {
    pub(super) const END: u8 = 0x00;
    pub(super) const OPEN: u8 = 0x01;
    pub(super) const CLOSE_START: u8 = 0x02;
    pub(super) const CLOSE_EMPTY: u8 = 0x03;
    pub(super) const CLOSE: u8 = 0x04;
    pub(super) const VALUE: u8 = 0x05;
    pub(super) const ATTRIBUTE: u8 = 0x06;
    pub(super) const CDATA: u8 = 0x07;
    pub(super) const CHARACTER: u8 = 0x08;
    pub(super) const ENTITY: u8 = 0x09;
    pub(super) const PI_TARGET: u8 = 0x0a;
    pub(super) const PI_DATA: u8 = 0x0b;
    pub(super) const TEMPLATE: u8 = 0x0c;
    pub(super) const NORMAL: u8 = 0x0d;
    pub(super) const OPTIONAL: u8 = 0x0e;
    pub(super) const FRAGMENT: u8 = 0x0f;
    /// More of the same follows: of an element, that it has attributes.
    pub(super) const MORE: u8 = 0x40;
}

/// Binary XML as the value of a template.
const BINARY_XML: u8 = 0x21;
/// An array of the type in the other bits.
const ARRAY: u8 = 0x80;

/// A value that a template is filled with: its type, and where it stands.
#[derive(Clone, Copy)]
struct Value {
    kind: u8,
    start: usize,
    end: usize,
}

/// Reads the records of a chunk.
pub(super) struct Reader<'c> {
    chunk: &'c [u8],
    /// Names by their place, escaped.
    names: HashMap<u32, Vec<u8>>,
    tokens: usize,
    /// Tokens and bytes of text that the records so far had.
    all_tokens: usize,
    all_text: usize,
}

/// Where a stretch of tokens is read.
struct Place<'v> {
    at: usize,
    end: usize,
    values: &'v [Value],
    depth: usize,
    /// Elements of templates have a number of what they depend on.
    in_template: bool,
}

impl<'c> Reader<'c> {
    pub(super) fn new(chunk: &'c [u8]) -> Self {
        Self {
            chunk,
            names: HashMap::new(),
            tokens: 0,
            all_tokens: 0,
            all_text: 0,
        }
    }

    /// Writes the record whose tokens stand in `start..end`. `None` when it is damaged.
    pub(super) fn record(&mut self, start: usize, end: usize, out: &mut Vec<u8>) -> Option<()> {
        if self.all_tokens > ALL_TOKENS || self.all_text > ALL_TEXT {
            return None;
        }
        self.tokens = 0;
        let before = out.len();
        let place = Place {
            at: start,
            end,
            values: &[],
            depth: 0,
            in_template: false,
        };
        let whole = self.fragment(place, before + LONGEST, out);
        self.all_tokens += self.tokens;
        self.all_text += out.len() - before;
        whole?;
        (out.len() > before).then_some(())
    }

    fn byte(&self, place: &mut Place<'_>) -> Option<u8> {
        let byte = self.chunk.get(place.at).filter(|_| place.at < place.end)?;
        place.at += 1;
        Some(*byte)
    }

    fn two(&self, place: &mut Place<'_>) -> Option<u16> {
        let bytes = self.take(place, 2)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    }

    fn four(&self, place: &mut Place<'_>) -> Option<u32> {
        let bytes = self.take(place, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn take(&self, place: &mut Place<'_>, count: usize) -> Option<&'c [u8]> {
        let end = place
            .at
            .checked_add(count)
            .filter(|end| *end <= place.end)?;
        let bytes = self.chunk.get(place.at..end)?;
        place.at = end;
        Some(bytes)
    }

    /// A name: its place in the chunk, and the name itself where it is used first.
    fn name(&mut self, place: &mut Place<'_>) -> Option<u32> {
        let at = self.four(place)?;
        let (start, end) = self.name_at(at as usize)?;
        if at as usize == place.at {
            // Its end has a zero.
            place.at = end.checked_add(2).filter(|end| *end <= place.end)?;
        }
        if !self.names.contains_key(&at) {
            let mut name = Vec::new();
            values::utf16(self.chunk.get(start..end)?, &mut name);
            // What would end the name ends the record.
            let plain = |b: &u8| !b.is_ascii() || b.is_ascii_alphanumeric() || b"_-.:".contains(b);
            if name.is_empty() || !name.iter().all(plain) {
                return None;
            }
            self.names.insert(at, name);
        }
        Some(at)
    }

    /// The letters of the name at a place, behind the place of the next, a hash and their count.
    fn name_at(&self, at: usize) -> Option<(usize, usize)> {
        let count = self.chunk.get(at.checked_add(6)?..at.checked_add(8)?)?;
        let count = usize::from(u16::from_le_bytes(count.try_into().ok()?));
        let start = at + 8;
        let end = start + 2 * count;
        (end <= self.chunk.len()).then_some((start, end))
    }

    fn write_name(&self, name: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(self.names.get(&name).map_or(&[][..], Vec::as_slice));
    }

    /// Writes tokens up to their end.
    fn fragment(&mut self, mut place: Place<'_>, limit: usize, out: &mut Vec<u8>) -> Option<usize> {
        if place.depth > DEPTH {
            return None;
        }
        // The elements that are open, and whether the start of the last is.
        let mut open: Vec<u32> = Vec::new();
        let mut in_start = false;
        // Where the attribute at hand began, and where its value does.
        let mut attribute: Option<(usize, usize)> = None;
        // The start of the element that was opened last.
        let mut start = (usize::MAX, usize::MAX);
        // It is one that Windows leaves out, because nothing is known for it.
        let mut unknown = false;
        while place.at < place.end {
            self.tokens += 1;
            if self.tokens > TOKENS || out.len() > limit {
                return None;
            }
            let token = self.byte(&mut place)?;
            let bare = token & !token::MORE;
            if let Some((from, value)) = attribute
                && matches!(
                    bare,
                    token::ATTRIBUTE | token::CLOSE_START | token::CLOSE_EMPTY
                )
            {
                // Windows leaves out attributes that nothing is known for.
                if out.len() == value {
                    out.truncate(from);
                } else {
                    let said = out.split_off(value);
                    for byte in said {
                        match byte {
                            b'"' => out.extend_from_slice(b"&quot;"),
                            other => out.push(other),
                        }
                    }
                    out.push(b'"');
                }
                attribute = None;
            }
            match bare {
                token::END => break,
                token::FRAGMENT => {
                    self.take(&mut place, 3)?;
                }
                token::OPEN => {
                    if in_start || open.len() >= NESTED {
                        return None;
                    }
                    if place.in_template {
                        self.two(&mut place)?;
                    }
                    self.four(&mut place)?;
                    let name = self.name(&mut place)?;
                    if token & token::MORE != 0 {
                        self.four(&mut place)?;
                    }
                    unknown = false;
                    start = (out.len(), usize::MAX);
                    out.push(b'<');
                    self.write_name(name, out);
                    open.push(name);
                    in_start = true;
                }
                token::ATTRIBUTE if in_start => {
                    let name = self.name(&mut place)?;
                    let from = out.len();
                    out.push(b' ');
                    self.write_name(name, out);
                    out.extend_from_slice(b"=\"");
                    attribute = Some((from, out.len()));
                }
                token::CLOSE_START if in_start => {
                    out.push(b'>');
                    start.1 = out.len();
                    in_start = false;
                }
                token::CLOSE_EMPTY if in_start => {
                    out.extend_from_slice(b"/>");
                    in_start = false;
                    open.pop();
                }
                token::CLOSE if !in_start => {
                    let name = open.pop()?;
                    if std::mem::take(&mut unknown) && out.len() == start.1 {
                        out.truncate(start.0);
                        continue;
                    }
                    start = (usize::MAX, usize::MAX);
                    out.extend_from_slice(b"</");
                    self.write_name(name, out);
                    out.push(b'>');
                }
                token::VALUE => {
                    // Only text stands in the open.
                    if self.byte(&mut place)? != 0x01 {
                        return None;
                    }
                    let count = usize::from(self.two(&mut place)?);
                    values::utf16(self.take(&mut place, 2 * count)?, out);
                }
                token::CDATA => {
                    let count = usize::from(self.two(&mut place)?);
                    values::utf16(self.take(&mut place, 2 * count)?, out);
                }
                token::CHARACTER => {
                    let c = char::from_u32(u32::from(self.two(&mut place)?))?;
                    values::escaped(c, out);
                }
                token::ENTITY => {
                    let name = self.name(&mut place)?;
                    out.push(b'&');
                    self.write_name(name, out);
                    out.push(b';');
                }
                // Instructions to programs say nothing about the event.
                token::PI_TARGET => {
                    self.name(&mut place)?;
                }
                token::PI_DATA => {
                    let count = usize::from(self.two(&mut place)?);
                    self.take(&mut place, 2 * count)?;
                }
                token::TEMPLATE => self.template(&mut place, limit, out)?,
                token::NORMAL | token::OPTIONAL => {
                    let index = usize::from(self.two(&mut place)?);
                    self.byte(&mut place)?;
                    if let Some(value) = place.values.get(index).copied() {
                        // An element of nothing but several values is so many elements.
                        let between = match open.last() {
                            Some(name) if !in_start && out.len() == start.1 => {
                                let mut text = b"</".to_vec();
                                self.write_name(*name, &mut text);
                                text.push(b'>');
                                text.extend_from_slice(out.get(start.0..start.1)?);
                                text
                            }
                            _ => b" ".to_vec(),
                        };
                        unknown = bare == token::OPTIONAL && value.kind == 0 && !in_start;
                        self.value(value, &between, place.depth, limit, out)?;
                    }
                }
                _ => return None,
            }
        }
        (open.is_empty() && attribute.is_none()).then_some(place.at)
    }

    /// A template and the values that it is filled with.
    fn template(&mut self, place: &mut Place<'_>, limit: usize, out: &mut Vec<u8>) -> Option<()> {
        self.byte(place)?;
        self.four(place)?;
        let at = self.four(place)? as usize;
        // The place of the next, an identifier and the length of the tokens.
        let length = super::number(self.chunk, at.checked_add(20)?)? as usize;
        let body = at + 24;
        let body_end = body
            .checked_add(length)
            .filter(|end| *end <= self.chunk.len())?;
        if at == place.at {
            place.at = body_end;
        }
        let count = self.four(place)? as usize;
        if count > VALUES {
            return None;
        }
        let mut told = Vec::with_capacity(count);
        for _ in 0..count {
            let length = usize::from(self.two(place)?);
            let kind = self.byte(place)?;
            self.byte(place)?;
            told.push((length, kind));
        }
        let mut filled = Vec::with_capacity(count);
        for (length, kind) in told {
            let start = place.at;
            self.take(place, length)?;
            filled.push(Value {
                kind,
                start,
                end: start + length,
            });
        }
        let inner = Place {
            at: body,
            end: body_end,
            values: &filled,
            depth: place.depth + 1,
            in_template: true,
        };
        self.fragment(inner, limit, out)?;
        Some(())
    }

    /// Writes a value; `between` stands between the items of an array.
    fn value(
        &mut self,
        value: Value,
        between: &[u8],
        depth: usize,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let Value { kind, start, end } = value;
        if start == end {
            return Some(());
        }
        if kind == BINARY_XML {
            let inner = Place {
                at: start,
                end,
                values: &[],
                depth: depth + 1,
                in_template: false,
            };
            self.fragment(inner, limit, out)?;
            return Some(());
        }
        let bytes = self.chunk.get(start..end)?;
        if kind & ARRAY == 0 {
            return values::plain(kind, bytes, out);
        }
        let kind = kind & !ARRAY;
        let mut first = true;
        let mut item = |bytes: &[u8], out: &mut Vec<u8>| {
            if !std::mem::take(&mut first) {
                out.extend_from_slice(between);
            }
            if out.len() > limit {
                return None;
            }
            values::plain(kind, bytes, out)
        };
        match values::item_length(kind)? {
            0 => {
                let mut rest = bytes;
                while rest.len() >= 2 {
                    let length = rest
                        .chunks_exact(2)
                        .position(|two| two == [0, 0])
                        .map_or(rest.len() & !1, |n| 2 * n);
                    item(rest.get(..length)?, out)?;
                    rest = rest.get(length + 2..).unwrap_or_default();
                }
            }
            length => {
                for bytes in bytes.chunks_exact(length) {
                    item(bytes, out)?;
                }
            }
        }
        Some(())
    }
}
