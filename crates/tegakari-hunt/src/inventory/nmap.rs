//! XML of nmap (`nmap -oX`; nmap.org/book/output-formats-xml-output.html): hosts that were up.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use tegakari_model::Problem;

use super::{InventoryAsset, nameless};
use crate::address;

/// Whether a text is a scan of nmap.
pub(super) fn is(text: &str) -> bool {
    let head: String = text.chars().take(4096).collect();
    text.starts_with('<') && head.contains("<nmaprun")
}

/// The hosts that were up, with their names and addresses.
pub(super) fn read(text: &str) -> (Vec<InventoryAsset>, Vec<Problem>) {
    let mut assets = Vec::new();
    let mut problems = Vec::new();
    let mut unnamed = 0;
    let mut host: Option<Host> = None;
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.name().as_ref() == "host" => host = Some(Host::default()),
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                if let Some(host) = &mut host {
                    host.take(&tag);
                }
            }
            Ok(Event::End(tag)) if tag.name().as_ref() == "host" => {
                if let Some(asset) = host.take().and_then(Host::asset) {
                    unnamed += u64::from(address::parse(asset.name.as_bytes()).is_some());
                    assets.push(asset);
                }
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                problems.push(
                    Problem::new(
                        format!("inventory, byte {}", reader.error_position()),
                        format!("the XML is broken from here on: {error}"),
                        "let nmap finish, or write the scan again",
                    )
                    .losing_records(1),
                );
                break;
            }
        }
    }
    problems.extend(nameless(unnamed, "hosts"));
    (assets, problems)
}

#[derive(Default)]
struct Host {
    down: bool,
    names: Vec<String>,
    addresses: Vec<String>,
    facts: Vec<(String, String)>,
}

impl Host {
    fn take(&mut self, tag: &BytesStart<'_>) {
        let value = |name: &str| -> Option<String> {
            let found = tag.try_get_attribute(name).ok().flatten()?;
            let raw = found.value.into_owned();
            Some(quick_xml::escape::unescape(&raw).map_or(raw.clone(), |text| text.into_owned()))
        };
        match tag.name().as_ref() {
            "status" => self.down = value("state").as_deref() == Some("down"),
            "address" => match (value("addrtype").as_deref(), value("addr")) {
                (Some("mac"), Some(mac)) => self.facts.push(("mac".to_owned(), mac)),
                (_, Some(ip)) if address::parse(ip.as_bytes()).is_some() => self.addresses.push(ip),
                _ => {}
            },
            "hostname" => self
                .names
                .extend(value("name").filter(|name| !name.is_empty())),
            "osmatch" if !self.facts.iter().any(|(name, _)| name == "os") => {
                self.facts
                    .extend(value("name").map(|os| ("os".to_owned(), os)));
            }
            _ => {}
        }
    }

    fn asset(self) -> Option<InventoryAsset> {
        if self.down {
            return None;
        }
        let name = self
            .names
            .into_iter()
            .next()
            .or_else(|| self.addresses.first().cloned())?;
        Some(InventoryAsset {
            name,
            addresses: self.addresses,
            held: Vec::new(),
            facts: self.facts,
        })
    }
}
