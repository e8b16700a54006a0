//! Mails (RFC 5322, MIME) and mailboxes, through `mail-parser`: one body, never both versions of it, and
//! every attachment read as what it is.
//!
//! A newsletter and a saved phishing mail look alike. What tells them apart is how they were sent and
//! whether the text defangs: only a newsletter's own links are links to read on.

use std::net::IpAddr;
use std::panic::catch_unwind;

use mail_parser::mailbox::mbox::MessageIterator;
use mail_parser::{Address, Message, MessageParser, MimeHeaders, PartType};
use tegakari_model::{Observable, ObservableKind as K, Problem};

use super::archive::conclude;
use super::html::Html;
use super::nested::{Skipped, read_part, read_piece};
use super::plain::Plain;
use super::{Head, ReportFormat, Sniff, Source, has_extension};
use crate::content::{Block, BlockKind, Content, Stated, StatedObservable};
use crate::front_matter;

/// Hops of the route that are kept.
const HOPS: usize = 30;
/// Attachments of one mail that are read.
const ATTACHMENTS: usize = 500;

/// Mails.
pub(super) struct Mail;

impl ReportFormat for Mail {
    fn id(&self) -> &'static str {
        "mail"
    }

    fn about(&self) -> &'static str {
        "e-mail (RFC 5322, MIME) and mbox: the body and every attachment"
    }

    fn sniff(&self, name: &str, head: Head<'_>) -> Sniff {
        let (mut known, mut transport) = (0, 0);
        let text = head.text.trim_start_matches(['\u{feff}', '\r', '\n']);
        for (i, line) in text.lines().take(400).enumerate() {
            if line.is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) || (i == 0 && line.starts_with("From ")) {
                continue;
            }
            let Some((field, _)) = line.split_once(':') else {
                return Sniff::No;
            };
            if field.is_empty() || field.bytes().any(|b| b <= b' ' || b > b'~') {
                return Sniff::No;
            }
            match field.to_ascii_lowercase().as_str() {
                "received"
                | "message-id"
                | "mime-version"
                | "return-path"
                | "delivered-to"
                | "content-transfer-encoding"
                | "dkim-signature"
                | "authentication-results" => {
                    transport += 1;
                }
                "from" | "to" | "subject" | "date" | "cc" | "reply-to" | "sender"
                | "content-type" => known += 1,
                _ => {}
            }
        }
        let named = has_extension(name, &["eml", "mbox", "emlx", "mht", "mhtml"]);
        match (known, transport) {
            (1.., 1..) if known + transport >= 3 => Sniff::Certain,
            (2.., _) if named => Sniff::Certain,
            (3.., _) => Sniff::Likely,
            _ => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let start = source
            .bytes
            .iter()
            .position(|b| !b.is_ascii_whitespace())
            .unwrap_or(0);
        let bytes = source.bytes.get(start..).unwrap_or_default();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if !bytes.starts_with(b"From ") {
            message(source, bytes, content);
            return;
        }
        let mut mails: Vec<Vec<u8>> = MessageIterator::new(bytes)
            .map_while(Result::ok)
            .map(|m| m.unwrap_contents())
            .collect();
        if let [only] = mails.as_mut_slice() {
            message(source, only, content);
            return;
        }
        let mut skipped = Skipped::default();
        for (i, mail) in mails.iter().enumerate() {
            let name = format!("message {}.eml", i + 1);
            read_part(source, &name, mail, content, &mut skipped);
        }
        skipped.report(source.name, content);
        conclude(content);
    }
}

fn message(source: &Source<'_>, bytes: &[u8], content: &mut Content) {
    // The library panics on parts that close what was never opened; what it has read is lost, the text is not.
    let parsed = catch_unwind(|| MessageParser::default().parse(bytes));
    let Ok(Some(mail)) = parsed else {
        content.problems.push(Problem::new(
            source.name,
            "not a mail that can be parsed, read as plain text",
            "save the mail again with its headers",
        ));
        super::plain::lines(source.text(), content);
        return;
    };
    let subject = mail.subject().unwrap_or("").trim();
    if !subject.is_empty() {
        content.title = Some(subject.split_whitespace().collect::<Vec<_>>().join(" "));
        content.tlp = front_matter::tlp_in(subject);
        // It may name what the mail is about, but is no heading: "weekly news" is no section of news.
        let mut block = Block::new(BlockKind::Paragraph, subject, 0);
        block.path = Some("Subject".to_owned());
        content.push(block);
        content.new_group();
    }
    content.published = mail.date().map(mail_parser::DateTime::to_rfc3339);
    let first = content.blocks.len();
    body(source, &mail, content);
    let newsletter = is_newsletter(&mail, content.blocks.get(first..).unwrap_or_default());
    sender(&mail, newsletter, content);
    route(&mail, content);
    attachments(source, &mail, bytes, content);
}

/// Reads the version of the body that says more.
fn body(source: &Source<'_>, mail: &Message<'_>, content: &mut Content) {
    // A body of several parts (text, then what a list server adds) is read in order.
    let mut rich = Content::default();
    let mut has_html = false;
    for part in mail.html_bodies() {
        match &part.body {
            PartType::Html(html) => {
                has_html = true;
                read_piece(source, &Html, html, None, &mut rich);
            }
            PartType::Text(text) => plain(source, text, &mut rich),
            _ => {}
        }
    }
    if has_html {
        let mut simple = Content::default();
        for part in mail.text_bodies() {
            if let PartType::Text(text) = &part.body {
                plain(source, text, &mut simple);
            }
        }
        // "This mail needs a viewer of HTML" says less than the HTML, and a stub of HTML less than the text.
        if size(&simple) > 2 * size(&rich) {
            rich = simple;
        }
    }
    content.include(rich, None);
}

fn size(content: &Content) -> usize {
    content.blocks.iter().map(|b| b.text.len()).sum()
}

/// Plain text; what follows the mark of a signature (RFC 3676, 4.3) is set aside.
fn plain(source: &Source<'_>, text: &str, content: &mut Content) {
    let (text, signature) = match text.find("\n-- \n").or_else(|| text.find("\n-- \r\n")) {
        Some(at) => (
            text.get(..at).unwrap_or(text),
            text.get(at + 4..).unwrap_or(""),
        ),
        None => (text, ""),
    };
    read_piece(source, &Plain, text, None, content);
    let first = content.blocks.len();
    read_piece(source, &Plain, signature, None, content);
    for block in content.blocks.iter_mut().skip(first) {
        block.aside = true;
    }
}

/// Whether the mail was sent to a list of readers, or speaks of indicators the way reports do.
fn is_newsletter(mail: &Message<'_>, body: &[Block]) -> bool {
    let bulk = ["List-Id", "List-Unsubscribe", "List-Post"]
        .iter()
        .any(|h| mail.header(*h).is_some());
    bulk || body.iter().any(|b| {
        ["[.]", "hxxp", "(dot)", "[dot]", "[:]"]
            .iter()
            .any(|mark| b.text.contains(mark))
    })
}

fn sender(mail: &Message<'_>, newsletter: bool, content: &mut Content) {
    let from = mail.from().and_then(Address::first);
    let address = from.and_then(|a| a.address()).unwrap_or("");
    let name = from.and_then(|a| a.name()).unwrap_or("").trim();
    let known = front_matter::known_publisher(name).or_else(|| {
        address
            .rsplit('@')
            .next()
            .and_then(front_matter::known_publisher)
    });
    content.publisher = match known {
        Some(known) => Some(known.to_owned()),
        None => [name, address]
            .into_iter()
            .find(|t| !t.is_empty())
            .map(str::to_owned),
    };
    let own = newsletter || known.is_some();
    if own && let Some((_, host)) = address.rsplit_once('@') {
        content.own_urls.push(format!("https://{host}/"));
    }
    let stated = if own {
        Stated::Research
    } else {
        Stated::Observed
    };
    for (addresses, reason, path) in [
        (mail.from(), "sender of the mail", "From"),
        (mail.sender(), "sender of the mail", "Sender"),
        (mail.reply_to(), "answers to the mail go there", "Reply-To"),
    ] {
        let one = addresses.and_then(Address::first).and_then(|a| a.address());
        if let Some(Ok(email)) = one.map(|a| Observable::new(K::Email, a)) {
            content
                .observables
                .push(StatedObservable::new(email, stated, reason, path));
        }
    }
}

/// The hosts that passed the mail on. They are facts about the mail, not what its author reports.
fn route(mail: &Message<'_>, content: &mut Content) {
    let mut hops: Vec<(IpAddr, &str, &str)> = mail
        .received_all()
        .filter_map(|r| r.from_ip)
        .map(|ip| (ip, "passed the mail on (Received header)", "Received"))
        .collect();
    for header in ["X-Originating-IP", "X-Sender-IP", "X-Source-IP"] {
        let text = mail.header_raw(header).unwrap_or("");
        let ip = text.trim().trim_matches(['[', ']']).parse().ok();
        hops.extend(ip.map(|ip| (ip, "the mail says it was sent from there", header)));
    }
    let mut seen: Vec<IpAddr> = Vec::new();
    for (ip, reason, path) in hops.into_iter().take(HOPS) {
        let kind = if ip.is_ipv4() { K::Ipv4 } else { K::Ipv6 };
        if seen.contains(&ip) || !is_global(ip) {
            continue;
        }
        seen.push(ip);
        if let Ok(observable) = Observable::new(kind, &ip.to_string()) {
            content.observables.push(StatedObservable::new(
                observable,
                Stated::Observed,
                reason,
                path,
            ));
        }
    }
}

/// Neither of the machine itself nor of a private network.
fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified())
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local())
        }
    }
}

fn attachments(source: &Source<'_>, mail: &Message<'_>, raw: &[u8], content: &mut Content) {
    let mut skipped = Skipped::default();
    for (i, part) in mail.attachments().enumerate() {
        let kind = part.content_type();
        let subtype = kind.and_then(|c| c.subtype()).unwrap_or("").to_lowercase();
        let name = match part.attachment_name() {
            Some(name) => name.to_owned(),
            None => match &part.body {
                PartType::Message(inner) => {
                    let subject = inner.subject().unwrap_or("").trim();
                    if subject.is_empty() {
                        format!("message {}.eml", i + 1)
                    } else {
                        format!("{subject}.eml")
                    }
                }
                PartType::Html(_) => format!("part {}.html", i + 1),
                _ => format!("part {}", i + 1),
            },
        };
        if i >= ATTACHMENTS {
            skipped.add(&name, "one of too many");
            continue;
        }
        // Signatures speak of the mail, pictures in the text are part of its look.
        let decoration = matches!(
            subtype.as_str(),
            "pgp-signature" | "pkcs7-signature" | "x-pkcs7-signature"
        ) || matches!(&part.body, PartType::InlineBinary(_))
            && kind.is_some_and(|c| c.ctype().eq_ignore_ascii_case("image"));
        if decoration {
            continue;
        }
        match &part.body {
            PartType::Text(text) | PartType::Html(text) => {
                read_part(source, &name, text.as_bytes(), content, &mut skipped);
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                read_part(source, &name, bytes, content, &mut skipped);
            }
            PartType::Message(inner) => {
                // A mail that was encoded has bytes of its own; otherwise it is a range of this one.
                let own: &[u8] = &inner.raw_message;
                let whole = own.len() == raw.len() || own.is_empty();
                let range = part.offset_body as usize..part.offset_end as usize;
                let bytes = if whole {
                    raw.get(range).unwrap_or_default()
                } else {
                    own
                };
                read_part(source, &name, bytes, content, &mut skipped);
            }
            PartType::Multipart(_) => {}
        }
    }
    skipped.report(source.name, content);
}
