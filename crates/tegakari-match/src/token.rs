//! What one token means: a dotted token, a group with colons, a digest.

use std::net::{IpAddr, Ipv6Addr};
use std::ops::Range;

use tegakari_model::Relation;

use crate::Hit;
use crate::address::{Match, parse_literal, parse_reverse, parse_url_v4, parse_v4, parse_v4_at};
use crate::classify::{Masks, Run, is_host, run_before, window};
use crate::colons;
use crate::compile::{Sets, nibble};
use crate::names::{ROOT, Role, add_label, name_key};
use crate::table::key_of;
use crate::text::{char_at, char_before, is_escape_letter, joins_word};
use crate::url;

/// The tokens of one chunk.
pub(crate) struct Tokens<'a> {
    pub(crate) sets: &'a Sets,
    pub(crate) text: &'a [u8],
    pub(crate) masks: &'a [Masks],
}

/// How many bytes at the start of a token are the rest of a terminal's control sequence (`ESC [ 1 ; 31 m`).
#[cold]
fn control_rest(text: &[u8], start: usize, end: usize) -> usize {
    let digits = text[start..end]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let front = text[..start]
        .iter()
        .rev()
        .take(16)
        .position(|b| !(b.is_ascii_digit() || *b == b';'));
    let opened = front.is_some_and(|at| text[..start - at].ends_with(b"\x1b["));
    let letter = text[start..end].get(digits) == Some(&b'm');
    if opened && letter { digits + 1 } else { 0 }
}

/// A dotted token and what was taken off its front.
#[derive(Clone, Copy)]
struct Token {
    start: usize,
    end: usize,
    /// The front was the rest of an escape: `%2F`, `\n`.
    decoded: bool,
}

/// Without the lowest bit that is set.
#[inline]
fn without_lowest(bits: u64) -> u64 {
    bits & bits.wrapping_sub(1)
}

impl Tokens<'_> {
    /// A run of name characters with a dot in it, from its end.
    #[inline]
    pub(crate) fn dotted(&self, end: usize, hits: &mut Vec<Hit>) {
        let text = self.text;
        let run = run_before(self.masks, end);
        let start = end - run.len;
        // What stands before may take something off its front.
        let plain = match start.checked_sub(1).map_or(b' ', |i| text[i]) {
            b'%' | b'\\' | b';' => false,
            b'[' => start < 2 || text[start - 2] != 0x1b,
            _ => true,
        };
        if !(plain && run.len <= 64 && self.is_dismissed(&run, start, end, hits)) {
            self.looked_at(start, end, hits);
        }
    }

    /// Whether a run is told by few looks: numbers with dots by what they are, names by how they end. Nearly all are.
    #[inline]
    fn is_dismissed(&self, run: &Run, start: usize, end: usize, hits: &mut Vec<Hit>) -> bool {
        let (text, sets) = (self.text, self.sets);
        if run.alpha != 0 {
            // Times behind a hyphen, addresses joined by one, numbers of a URL, and what is taken off the end.
            let last = text[end - 1];
            return last.is_ascii_alphabetic()
                && !sets.endings.may_end(text, end)
                && !(text[start].is_ascii_digit() && self.follows_authority(start));
        }
        // Most have one dot (times, versions): nothing but the host of a URL makes an address of them.
        let two = without_lowest(run.dots);
        let three = without_lowest(two);
        if three == 0 {
            return !self.follows_authority(start);
        }
        if without_lowest(three) != 0 || !sets.addresses.has_v4() {
            return false;
        }
        match parse_v4_at(text, start, end, run.dots >> (64 - run.len)) {
            Some(address) => {
                let token = Token {
                    start,
                    end,
                    decoded: false,
                };
                self.v4(address, token, hits);
                true
            }
            None => !self.follows_authority(start),
        }
    }

    /// A run that was not dismissed.
    fn looked_at(&self, start: usize, end: usize, hits: &mut Vec<Hit>) {
        let text = self.text;
        let before = start.checked_sub(1).map_or(b' ', |i| text[i]);
        let mut token = Token {
            start,
            end,
            decoded: false,
        };
        match before {
            b'%' => {
                let code = text.get(start..(start + 2).min(end));
                if code.is_some_and(|c| c.len() == 2 && c.iter().all(u8::is_ascii_hexdigit)) {
                    token.start += 2;
                    token.decoded = true;
                }
            }
            b'[' | b';' => token.start += control_rest(text, start, end),
            b'\\' if is_escape_letter(text, start) => {
                self.token(
                    Token {
                        start: start + 1,
                        end,
                        decoded: true,
                    },
                    hits,
                );
            }
            _ => {}
        }
        self.token(token, hits);
    }

    #[inline]
    fn token(&self, mut token: Token, hits: &mut Vec<Hit>) {
        while token.start < token.end && self.text[token.start] == b'.' {
            token.start += 1;
        }
        while token.end > token.start && self.text[token.end - 1] == b'.' {
            token.end -= 1;
        }
        let len = token.end - token.start;
        if len > 64 || window(self.masks, token.start, len, |m| m.alpha) != 0 {
            return self.name(token, hits);
        }
        if !self.sets.addresses.has_v4() {
            return;
        }
        let dots = window(self.masks, token.start, len, |m| m.dot);
        if let Some(address) = parse_v4_at(self.text, token.start, token.end, dots) {
            self.v4(address, token, hits);
        } else if self.follows_authority(token.start) {
            self.url_number(token.start, token.end, hits);
        } else if dots.count_ones() == 4 && len <= 21 {
            self.with_port(token, hits);
        }
    }

    /// Whether what begins at `at` may be the host of a URL.
    #[inline]
    fn follows_authority(&self, at: usize) -> bool {
        match at.checked_sub(1).map(|i| self.text[i]) {
            Some(b'@') => true,
            Some(b'/') => at > 1 && matches!(self.text[at - 2], b'/' | b'\\'),
            _ => false,
        }
    }

    /// The host of a URL, written as numbers that browsers take for an address: `http://0xC6336417/`.
    #[cold]
    #[inline(never)]
    pub(crate) fn url_number(&self, start: usize, end: usize, hits: &mut Vec<Hit>) {
        let text = self.text;
        let Some(address) = parse_url_v4(&text[start..end]) else {
            return;
        };
        if !url::is_web(text, start) || parse_v4(&text[start..end]).is_some() {
            return;
        }
        // Behind it the host must be over.
        if text
            .get(end)
            .is_some_and(|b| !b.is_ascii() || b"@%".contains(b))
        {
            return;
        }
        self.v4(
            address,
            Token {
                start,
                end,
                decoded: true,
            },
            hits,
        );
    }

    /// An address and its port behind a dot, as packet dumps write both ends: `IP 10.0.0.1.5555 > 10.0.0.2.443:`.
    #[cold]
    fn with_port(&self, token: Token, hits: &mut Vec<Hit>) {
        let text = self.text;
        let front = &text[..token.start];
        let back = text.get(token.end..).unwrap_or_default();
        let dumped = (front.ends_with(b"IP ") || front.ends_with(b"> "))
            && (back.starts_with(b" >") || back.starts_with(b":"));
        let bytes = &text[token.start..token.end];
        let Some(dot) = bytes.iter().rposition(|b| *b == b'.').filter(|_| dumped) else {
            return;
        };
        if let Some(address) = parse_v4(&bytes[..dot]) {
            let end = token.start + dot;
            self.v4(address, Token { end, ..token }, hits);
        }
    }

    fn v4(&self, address: u32, token: Token, hits: &mut Vec<Hit>) {
        self.sets.addresses.v4(address, |m| {
            self.address(m, token.start..token.end, token.decoded, hits)
        });
    }

    fn address(&self, meaning: Match, place: Range<usize>, decoded: bool, hits: &mut Vec<Hit>) {
        let (entry, relation) = match meaning {
            Match::UrlHost => return self.url(place, decoded, hits),
            Match::InNetwork(entry) => (entry, Relation::InNetwork),
            Match::Exact(entry) if decoded => (entry, Relation::Decoded),
            // With a port it is an address still: flows and connections are written so.
            Match::Exact(entry) if self.is_in_url(&place) => (entry, Relation::Host),
            Match::Exact(entry) => (entry, Relation::Exact),
        };
        hits.push(Hit {
            start: place.start,
            end: place.end,
            entry,
            relation,
        });
    }

    /// Whether the place is the host of a URL.
    fn is_in_url(&self, place: &Range<usize>) -> bool {
        let front = &self.text[..place.start];
        let front = front.strip_suffix(b"[").unwrap_or(front);
        front.ends_with(b"//") || front.ends_with(b"\\/")
    }

    /// Whether the place is the host of a URL or of `host:port`.
    fn is_host_of(&self, place: &Range<usize>) -> bool {
        let back = &self.text[place.end..];
        let port = back.first() == Some(&b':') && back.get(1).is_some_and(u8::is_ascii_digit);
        port || self.is_in_url(place)
    }

    /// Asks for every suffix of a token that is a name, from its last label to the left.
    #[inline]
    fn name(&self, mut token: Token, hits: &mut Vec<Hit>) {
        let (sets, text) = (self.sets, self.text);
        // A name neither begins nor ends with a hyphen: `-evil.example` is an option and a name.
        while token.start < token.end && text[token.start] == b'-' {
            token.start += 1;
        }
        while token.end > token.start && b"-_.".contains(&text[token.end - 1]) {
            token.end -= 1;
        }
        let (start, end) = (token.start, token.end);
        if start < end
            && text[start].is_ascii_digit()
            && self.follows_authority(start)
            && sets.addresses.has_v4()
        {
            self.url_number(start, end, hits);
        }
        let mut low = start.max(end.saturating_sub(64));
        let mut dots = window(self.masks, low, end - low, |m| m.dot);
        let (mut hash, mut label_end, mut first) = (ROOT, end, true);
        loop {
            let label = loop {
                if dots != 0 {
                    let bit = 63 - dots.leading_zeros();
                    dots &= !(1 << bit);
                    break low + bit as usize + 1;
                }
                if low == start {
                    break start;
                }
                let lower = start.max(low.saturating_sub(64));
                dots = window(self.masks, lower, low - lower, |m| m.dot);
                low = lower;
            };
            if label >= label_end || end - label > sets.longest_name {
                return;
            }
            hash = add_label(hash, text, label, label_end);
            if first {
                first = false;
                if text[end - 1].is_ascii_digit() {
                    self.hyphenated(token, hits);
                }
                if !sets.last_labels.may_hold(hash) {
                    return;
                }
            } else if sets.name_table.may_hold(hash) {
                self.named(hash, label, token, hits);
            }
            if label == start {
                break;
            }
            label_end = label - 1;
        }
        if text[..end].ends_with(b"arpa") || text[..end].ends_with(b"ARPA") {
            self.reverse(token, hits);
        } else if sets.addresses.has_v6() && end - start <= 64 {
            self.literal(token, hits);
        }
    }

    /// An IPv6 address where colons are not allowed, as Windows writes it in names of shares.
    #[inline]
    fn literal(&self, token: Token, hits: &mut Vec<Hit>) {
        const SUFFIX: &[u8] = b".ipv6-literal.net";
        let name = &self.text[token.start..token.end];
        let Some((front, suffix)) = name
            .len()
            .checked_sub(SUFFIX.len())
            .map(|at| name.split_at(at))
        else {
            return;
        };
        if suffix.eq_ignore_ascii_case(SUFFIX)
            && let Some(address) = parse_literal(front)
        {
            let (start, end) = (token.start, token.end);
            self.sets.addresses.v6(address, &mut |m| {
                let (entry, relation) = match m {
                    Match::Exact(entry) => (entry, Relation::Decoded),
                    Match::InNetwork(entry) => (entry, Relation::InNetwork),
                    Match::UrlHost => return,
                };
                hits.push(Hit {
                    start,
                    end,
                    entry,
                    relation,
                });
            });
        }
    }

    /// A reverse name.
    fn reverse(&self, token: Token, hits: &mut Vec<Hit>) {
        let name = &self.text[token.start..token.end];
        let front = name.len().checked_sub(5).and_then(|len| name.get(..len));
        let mut found = |m: Match| {
            if let Match::Exact(entry) | Match::InNetwork(entry) = m {
                let (start, end) = (token.start, token.end);
                hits.push(Hit {
                    start,
                    end,
                    entry,
                    relation: Relation::ReverseName,
                });
            }
        };
        match front.and_then(parse_reverse) {
            Some(IpAddr::V4(address)) => self.sets.addresses.v4(u32::from(address), found),
            Some(IpAddr::V6(address)) => self.sets.addresses.v6(address, &mut found),
            None => {}
        }
    }

    /// Addresses joined by `-` or `_` to one another or to ports: `10.0.0.1-10.0.0.9`, `10.0.0.1_443`.
    #[inline]
    fn hyphenated(&self, token: Token, hits: &mut Vec<Hit>) {
        let text = self.text;
        let (start, end) = (token.start, token.end);
        // Two addresses of 15 characters and two ports of 5 make 43.
        if end - start > 64 {
            return;
        }
        let bytes = &text[start..end];
        if !self.sets.addresses.has_v4() || bytes.iter().any(u8::is_ascii_alphabetic) {
            return;
        }
        let mut at = start;
        for piece in bytes.split(|b| *b == b'-' || *b == b'_') {
            if let Some(address) = parse_v4(piece) {
                self.v4(
                    address,
                    Token {
                        start: at,
                        end: at + piece.len(),
                        ..token
                    },
                    hits,
                );
            }
            at += piece.len() + 1;
        }
    }

    /// The names with this key, when the text from `label` to the end of the token is one.
    #[cold]
    #[inline(never)]
    fn named(&self, key: u64, label: usize, token: Token, hits: &mut Vec<Hit>) {
        let sets = self.sets;
        let whole = label == token.start;
        let place = label..token.end;
        for id in sets.name_table.candidates(key) {
            let Some((role, id, name)) = sets.values.name(id) else {
                continue;
            };
            if !self.text[place.clone()].eq_ignore_ascii_case(&name) {
                continue;
            }
            match role {
                Role::Domain => self.domain(id, place.clone(), token, hits),
                Role::File if whole => self.file(id, place.clone(), token, hits),
                Role::UrlHost if whole => self.url(place.clone(), token.decoded, hits),
                Role::MailHost if whole => self.mail(place.clone(), hits),
                Role::Text if whole => {
                    if let Some(text) = sets.texts.get(id as usize)
                        && let Some((place, relation)) = text.found(self.text, label)
                    {
                        hits.push(Hit {
                            start: place.start,
                            end: place.end,
                            entry: text.entry,
                            relation,
                        });
                    }
                }
                _ => {}
            }
        }
    }

    fn domain(&self, entry: u32, place: Range<usize>, token: Token, hits: &mut Vec<Hit>) {
        let text = self.text;
        let whole = place.start == token.start;
        // A name goes on in another script: a longer name, unless it is prose without blanks.
        let glued = (whole && joins_word(char_before_if_high(text, place.start)))
            || joins_word(char_at_if_high(text, token.end));
        let local_part = text.get(token.end) == Some(&b'@');
        if glued || local_part {
            return;
        }
        let before = place.start.checked_sub(1).map(|i| text[i]);
        let relation = if token.decoded {
            Relation::Decoded
        } else if !whole {
            Relation::Subdomain
        } else if before == Some(b'@') && !self.is_user_information(place.start) {
            Relation::MailDomain
        } else if before == Some(b'@') || self.is_host_of(&place) {
            Relation::Host
        } else {
            Relation::Exact
        };
        hits.push(Hit {
            start: place.start,
            end: place.end,
            entry,
            relation,
        });
    }

    /// Whether the `@` before `at` ends the user information of a URL.
    fn is_user_information(&self, at: usize) -> bool {
        let from = at.saturating_sub(256);
        let front = &self.text[from..at];
        let start = front
            .iter()
            .rposition(|b| b.is_ascii_whitespace() || b"\"<>,;/".contains(b));
        start.is_some_and(|p| front[..=p].ends_with(b"//"))
    }

    fn file(&self, entry: u32, place: Range<usize>, token: Token, hits: &mut Vec<Hit>) {
        let text = self.text;
        let before = place.start.checked_sub(1).map(|i| text[i]);
        // These may be part of a longer name.
        if before.is_some_and(|b| b"~$#".contains(&b))
            || joins_word(char_before_if_high(text, place.start))
            || joins_word(char_at_if_high(text, place.end))
            || text
                .get(token.end)
                .is_some_and(|b| b"~$@".contains(b) || is_host(*b) && *b != b'.')
        {
            return;
        }
        let relation = match before {
            _ if token.decoded => Relation::Decoded,
            Some(b'/' | b'\\') => Relation::PathEnd,
            _ => Relation::Exact,
        };
        hits.push(Hit {
            start: place.start,
            end: place.end,
            entry,
            relation,
        });
    }

    /// The URL around a host with listed URLs.
    fn url(&self, place: Range<usize>, decoded: bool, hits: &mut Vec<Hit>) {
        url::candidates(self.text, place, |candidate| {
            let mut any = false;
            self.values(candidate.canonical.as_bytes(), |entry| {
                let relation = if candidate.without_scheme || decoded {
                    Relation::Embedded
                } else {
                    Relation::Exact
                };
                let place = candidate.place.clone();
                hits.push(Hit {
                    start: place.start,
                    end: place.end,
                    entry,
                    relation,
                });
                any = true;
            });
            any
        });
    }

    /// The mail address before a domain with listed addresses.
    fn mail(&self, place: Range<usize>, hits: &mut Vec<Hit>) {
        let text = self.text;
        let Some(at) = place.start.checked_sub(1).filter(|i| text[*i] == b'@') else {
            return;
        };
        let local = |b: &u8| is_host(*b) || *b == b'+' || !b.is_ascii();
        let len = text[..at]
            .iter()
            .rev()
            .take(128)
            .take_while(|b| local(b))
            .count();
        let mut start = at - len;
        let mut starts = [Some(start), None];
        if len > 0 && is_escape_letter(text, start) {
            starts[1] = Some(start + 1);
        }
        if start > 0 && text[start - 1] == b'%' && len > 2 {
            start += 2;
            starts[1] = Some(start);
        }
        for start in starts.into_iter().flatten() {
            // Local parts were brought to lower case when listed, beyond ASCII too.
            let address = String::from_utf8_lossy(&text[start..place.end]).to_lowercase();
            self.values(address.as_bytes(), |entry| {
                let end = place.end;
                hits.push(Hit {
                    start,
                    end,
                    entry,
                    relation: Relation::Exact,
                });
            });
        }
    }

    /// A group of hex digits and colons.
    pub(crate) fn colons(&self, extent: Range<usize>, hits: &mut Vec<Hit>) {
        // A packet filter writes both hardware addresses and the type in one: `dst:src:08:00`.
        if !self.sets.macs.is_empty() && matches!(extent.len(), 17 | 41) {
            for start in (extent.start..extent.end - 16).step_by(18) {
                let found = colons::parse_mac(self.text, start..start + 17);
                if let Some((place, number)) = found
                    && let Some(&entry) = self.sets.macs.get(&number)
                {
                    hits.push(Hit {
                        start: place.start,
                        end: place.end,
                        entry,
                        relation: Relation::Exact,
                    });
                }
            }
        }
        let Some((place, address)) = colons::parse_v6(self.text, extent) else {
            return;
        };
        // `::ffff:198.51.100.23` was found by its dots.
        if self.text[place.clone()].contains(&b'.') {
            return;
        }
        self.v6(address, place, hits);
    }

    fn v6(&self, address: Ipv6Addr, place: Range<usize>, hits: &mut Vec<Hit>) {
        self.sets.addresses.v6(address, |m| {
            // The host of a URL stands in brackets.
            let brackets = place.start > 0
                && self.text[place.start - 1] == b'['
                && self.text.get(place.end) == Some(&b']');
            let place = match m {
                Match::UrlHost if brackets => place.start - 1..place.end + 1,
                _ => place.clone(),
            };
            self.address(m, place, false, hits);
        });
    }

    /// A run of 32, 40, 64 or 128 hex digits.
    pub(crate) fn digest(&self, start: usize, end: usize, hits: &mut Vec<Hit>) {
        let text = self.text;
        let alphanumeric = |at: Option<usize>| {
            at.and_then(|i| text.get(i))
                .is_some_and(u8::is_ascii_alphanumeric)
        };
        let before = start.checked_sub(1);
        let prefixed = text[..start].ends_with(b"0x") && !alphanumeric(start.checked_sub(3));
        let escaped =
            before.is_some_and(|i| is_escape_letter(text, i)) || ends_with_code(&text[..start]);
        let in_word = alphanumeric(before) && !prefixed && !escaped;
        if in_word || alphanumeric(Some(end)) {
            return;
        }
        let mut bytes = [0u8; 64];
        for (byte, pair) in bytes.iter_mut().zip(text[start..end].chunks_exact(2)) {
            *byte = nibble(pair[0]) << 4 | nibble(pair[1]);
        }
        self.values(&bytes[..(end - start) / 2], |entry| {
            hits.push(Hit {
                start,
                end,
                entry,
                relation: Relation::Exact,
            });
        });
    }

    /// Calls `each` with the entry of every stored value that is `bytes`.
    fn values(&self, bytes: &[u8], mut each: impl FnMut(u32)) {
        let sets = self.sets;
        let key = key_of(bytes);
        if sets.value_table.may_hold(key) {
            for id in sets.value_table.candidates(key) {
                if let Some((entry, value)) = sets.values.value(id)
                    && *value == *bytes
                {
                    each(entry);
                }
            }
        }
    }
}

/// Whether there may be listed URLs on a host that stands alone in a field. Anything unusual may.
pub(crate) fn may_list_urls_of(sets: &Sets, host: &[u8]) -> bool {
    let (name, port) = match memchr::memchr(b':', host) {
        Some(at) => (&host[..at], &host[at + 1..]),
        None => (host, &b""[..]),
    };
    if sets.unusual_urls
        || !name.iter().all(|b| is_host(*b))
        || !port.iter().all(u8::is_ascii_digit)
        || !name.first().is_some_and(u8::is_ascii_alphanumeric)
        || !name.last().is_some_and(u8::is_ascii_alphanumeric)
    {
        return true;
    }
    if name.iter().any(u8::is_ascii_alphabetic) && parse_url_v4(name).is_none() {
        return name.contains(&b'.') && sets.name_table.may_hold(name_key(name));
    }
    match parse_url_v4(name) {
        Some(address) => {
            let mut any = false;
            sets.addresses
                .v4(address, |found| any |= found == Match::UrlHost);
            any
        }
        None => true,
    }
}

/// Whether the text ends with a percent code or a JSON escape: `%3D`, `\u003d`.
fn ends_with_code(text: &[u8]) -> bool {
    let hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    let percent = text.len() >= 3 && text[text.len() - 3] == b'%' && hex(&text[text.len() - 2..]);
    let json = text.len() >= 6
        && text[text.len() - 6..].starts_with(b"\\u")
        && hex(&text[text.len() - 4..]);
    percent || json
}

fn char_before_if_high(text: &[u8], at: usize) -> Option<char> {
    let high = at > 0 && !text[at - 1].is_ascii();
    high.then(|| char_before(text, at)).flatten()
}

fn char_at_if_high(text: &[u8], at: usize) -> Option<char> {
    let high = text.get(at).is_some_and(|b| !b.is_ascii());
    high.then(|| char_at(text, at)).flatten()
}

#[cfg(test)]
mod tests {
    use super::Tokens;
    use crate::classify::{classify, run_before};
    use crate::compile::build;
    use proptest::prelude::*;
    use tegakari_model::{Observable, ObservableKind as K};

    /// What logs have around and in names and numbers with dots.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => proptest::sample::select(vec![
                "evil.example", "EVIL.example", "bad.co", "tool.exe", "198.51.100.7", "203.0.113.9", "host.example",
                "7.100.51.198.in-addr.arpa", "2001-db8--1.ipv6-literal.net", "0xC6336407", "0306.063.0144.07", "www",
                "1767571200", "exe", "co",
            ]),
            4 => proptest::sample::select(vec![
                ".", "-", "_", " ", "/", "//", "http://", "@", "%2F", "%", "\\", "\\n", "[", ";", "\x1b[31m", "\x1b[1;",
                "m", ":", "0", "7", "a", "=", "\u{e9}",
            ]),
        ];
        proptest::collection::vec(piece, 1..14)
            .prop_map(|all| format!("a log of names: {}", all.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn what_is_dismissed_would_have_shown_nothing_else(text in text()) {
            let values: Vec<Observable> = [
                (K::Domain, "evil.example"),
                (K::Domain, "bad.co"),
                (K::FileName, "tool.exe"),
                (K::Ipv4, "198.51.100.7"),
                (K::Cidr, "203.0.113.0/28"),
                (K::Ipv6, "2001:db8::1"),
                (K::Url, "http://host.example/a"),
            ]
            .into_iter()
            .map(|(kind, value)| Observable::new(kind, value).unwrap())
            .collect();
            let built = build(&values);
            prop_assert!(built.refused.is_empty());
            let text = text.as_bytes();
            let mut masks = Vec::new();
            classify(text, &built.sets.beginnings, &mut masks);
            let tokens = Tokens { sets: &built.sets, text, masks: &masks };
            for end in 1..=text.len() {
                let run = run_before(&masks, end);
                let goes_on = end < text.len() && run_before(&masks, end + 1).len > 0;
                if run.dots == 0 || goes_on {
                    continue;
                }
                let (mut quick, mut whole) = (Vec::new(), Vec::new());
                tokens.dotted(end, &mut quick);
                tokens.looked_at(end - run.len, end, &mut whole);
                prop_assert_eq!(&quick, &whole, "{}", end);
            }
        }
    }
}
