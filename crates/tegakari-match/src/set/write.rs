//! Writing a set to a file.

use std::io::{self, Write};

use tegakari_model::{Observable, ObservableKind as K};

use super::{BLOCK, HEADER, MAGIC, Values};
use crate::compile::Sets;
use crate::names::Role;
use crate::table::Table;

/// The front as it grows.
#[derive(Default)]
struct Front(Vec<u64>);

impl Front {
    fn number(&mut self, number: u64) {
        self.0.push(number);
    }

    fn words(&mut self, words: impl ExactSizeIterator<Item = u64>) {
        self.number(words.len() as u64);
        self.0.extend(words);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.number(u64::from_le_bytes(word));
        }
    }

    fn table(&mut self, table: &Table) {
        let (filter, slots) = table.parts();
        self.words(filter.iter().copied());
        self.words(slots.iter().copied());
    }
}

/// Writes `sets`, compiled from `values`.
pub(crate) fn write(sets: &Sets, values: &[Observable], out: &mut dyn Write) -> io::Result<()> {
    let stored = stored(sets, values)?;
    let mut front = Front::default();
    front.words(counts(&stored, values).into_iter());
    front.words(sums(&stored.bytes).into_iter());
    front.table(&sets.name_table);
    front.table(&sets.value_table);
    front.table(&sets.word_table);
    front.words(sets.last_labels.words().iter().copied());
    let (lengths, endings) = sets.endings.parts();
    front.number(lengths);
    front.words(endings.iter().copied());
    front.words(sets.word_starts.iter().copied());
    front.bytes(&sets.beginnings.first);
    front.bytes(&sets.beginnings.second);
    front.number(sets.longest_name as u64);
    front.number(sets.shortest_word as u64);
    let flags = [
        sets.beyond_ascii,
        sets.entities,
        sets.unusual_urls,
        sets.digest_lengths[0],
        sets.digest_lengths[1],
        sets.digest_lengths[2],
        sets.digest_lengths[3],
    ];
    front.number(
        flags
            .iter()
            .enumerate()
            .fold(0, |bits, (i, on)| bits | u64::from(*on) << i),
    );
    let addresses = &sets.addresses;
    front.words(
        addresses
            .v4
            .iter()
            .map(|(address, entry)| u64::from(*address) << 32 | u64::from(*entry)),
    );
    front.table(&addresses.v4_table);
    front.number(addresses.v6.len() as u64);
    for &(address, entry) in &addresses.v6 {
        front.number((address >> 64) as u64);
        front.number(address as u64);
        front.number(u64::from(entry));
    }
    front.table(&addresses.v6_table);
    front.number(addresses.networks.len() as u64);
    for network in &addresses.networks {
        front.number((network.address >> 64) as u64);
        front.number(network.address as u64);
        front.number(u64::from(network.bits) << 32 | u64::from(network.entry));
    }
    front.table(&addresses.network_table);
    front.bytes(&addresses.v4_bits);
    front.bytes(&addresses.v6_bits);
    front.words(addresses.v4_halves.iter().copied());
    let mut macs: Vec<(u64, u32)> = sets
        .macs
        .iter()
        .map(|(mac, entry)| (*mac, *entry))
        .collect();
    macs.sort_unstable();
    front.number(macs.len() as u64);
    for (mac, entry) in macs {
        front.number(mac);
        front.number(u64::from(entry));
    }
    front.number(sets.texts.len() as u64);
    for text in &sets.texts {
        let (start, end) = text.anchor;
        front.number(u64::from(text.entry) << 32 | u64::from(start) << 16 | u64::from(end));
        front.number(text.frame.code());
        front.bytes(&text.needle);
    }

    let bytes: Vec<u8> = front.0.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut header = Vec::with_capacity(HEADER as usize);
    header.extend(MAGIC);
    header.extend((front.0.len() as u64).to_le_bytes());
    header.extend((stored.bytes.len() as u64).to_le_bytes());
    let sums = u64::from(crc32fast::hash(&header)) << 32 | u64::from(crc32fast::hash(&bytes));
    header.extend(sums.to_le_bytes());
    out.write_all(&header)?;
    out.write_all(&bytes)?;
    out.write_all(&stored.bytes)
}

/// The values as they stand in the file.
struct Laid {
    names: u64,
    values: u64,
    bytes: Vec<u8>,
}

fn stored(sets: &Sets, entries: &[Observable]) -> io::Result<Laid> {
    let Values::Memory {
        names,
        values,
        bytes,
    } = &sets.values
    else {
        return Err(io::Error::other("the set comes from a file"));
    };
    let mut texts = bytes.clone();
    // Where the text of each entry stands; it need not stand twice.
    let mut places: Vec<Option<(u32, u16)>> = vec![None; entries.len()];
    for name in names {
        if matches!(name.role, Role::Domain | Role::File)
            && let Some(place) = places.get_mut(name.id as usize)
        {
            *place = Some((name.from, name.len));
        }
    }
    for value in values {
        let entry = value.entry as usize;
        if matches!(
            entries.get(entry).map(Observable::kind),
            Some(K::Url | K::Email)
        ) && let Some(place) = places.get_mut(entry)
        {
            *place = Some((value.from, value.len));
        }
    }
    let mut records = Vec::new();
    for name in names {
        records.extend(name.from.to_le_bytes());
        records.extend(name.len.to_le_bytes());
        records.push(name.role.code());
        records.extend(name.id.to_le_bytes());
    }
    for value in values {
        records.extend(value.from.to_le_bytes());
        records.extend(value.len.to_le_bytes());
        records.extend(value.entry.to_le_bytes());
    }
    let full =
        || io::Error::other("the set is full: its values would take more than four gigabytes");
    for (entry, place) in entries.iter().zip(places) {
        let text = entry.value().as_bytes();
        let (from, len) = match place {
            Some(place) => place,
            None => {
                let from = u32::try_from(texts.len()).map_err(|_| full())?;
                texts.extend_from_slice(text);
                (from, u16::try_from(text.len()).map_err(|_| full())?)
            }
        };
        records.extend(from.to_le_bytes());
        records.extend(len.to_le_bytes());
        let kind = K::ALL.iter().position(|kind| *kind == entry.kind());
        records.push(kind.and_then(|k| u8::try_from(k).ok()).unwrap_or(u8::MAX));
    }
    records.append(&mut texts);
    Ok(Laid {
        names: names.len() as u64,
        values: values.len() as u64,
        bytes: records,
    })
}

/// Names, stored values, entries; then how many entries of each kind there are.
fn counts(laid: &Laid, entries: &[Observable]) -> Vec<u64> {
    let mut counts = vec![laid.names, laid.values, entries.len() as u64];
    counts.extend(
        K::ALL
            .iter()
            .map(|kind| entries.iter().filter(|e| e.kind() == *kind).count() as u64),
    );
    counts
}

fn sums(bytes: &[u8]) -> Vec<u64> {
    let sums: Vec<u32> = bytes.chunks(BLOCK).map(crc32fast::hash).collect();
    sums.chunks(2)
        .map(|two| {
            let low = two.first().copied().unwrap_or_default();
            let high = two.get(1).copied().unwrap_or_default();
            u64::from(high) << 32 | u64::from(low)
        })
        .collect()
}
