//! Registry hives in files: keys and values, read from the bytes that a machine left (the format as it is described by
//! M. Suhanov, "Windows registry file format specification"). What is broken costs the key it stands in. Changes that
//! Windows had still in its logs (`.LOG1`, `.LOG2`) are not in it.

/// Where cells are counted from.
const BASE: usize = 4096;
/// Keys below one key that are read.
const MOST_KEYS: usize = 200_000;
/// Values of one key that are read.
const MOST_VALUES: usize = 20_000;
/// Bytes of one value that are read.
const MOST_DATA: usize = 1 << 20;
/// Bytes in a piece of a long value.
const PIECE: usize = 16_344;

/// A hive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hive<'b> {
    bytes: &'b [u8],
}

/// A key of a hive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'b> {
    hive: Hive<'b>,
    cell: &'b [u8],
}

/// A value of a key.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) name: String,
    kind: u32,
    data: Vec<u8>,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(bytes, at)?).ok()
}

impl<'b> Hive<'b> {
    /// The hive in some bytes; `None` when they are none.
    pub(crate) fn open(bytes: &'b [u8]) -> Option<Self> {
        bytes.starts_with(b"regf").then_some(Self { bytes })
    }

    /// Whether it is as long as its head says.
    pub(crate) fn is_all_there(self) -> bool {
        size_at(self.bytes, 40)
            .and_then(|bins| BASE.checked_add(bins))
            .is_some_and(|all| self.bytes.len() >= all)
    }

    pub(crate) fn root(self) -> Option<Key<'b>> {
        self.key_at(size_at(self.bytes, 36)?)
    }

    /// What a cell holds, which is in use.
    fn cell(self, at: usize) -> Option<&'b [u8]> {
        let from = BASE.checked_add(at)?;
        let size = u32_at(self.bytes, from)?.cast_signed();
        let length = usize::try_from(size.checked_neg()?).ok()?;
        self.bytes.get(from + 4..from.checked_add(length)?)
    }

    fn key_at(self, at: usize) -> Option<Key<'b>> {
        let cell = self.cell(at)?;
        cell.starts_with(b"nk").then_some(Key { hive: self, cell })
    }
}

impl<'b> Key<'b> {
    pub(crate) fn name(self) -> String {
        let length = usize::from(u16_at(self.cell, 72).unwrap_or(0));
        let name = self.cell.get(76..76 + length).unwrap_or_default();
        let is_narrow = u16_at(self.cell, 2).unwrap_or(0) & 0x20 != 0;
        text(name, is_narrow)
    }

    /// When it was written last, in 100 nanoseconds since 1601.
    pub(crate) fn written(self) -> Option<u64> {
        Some(u64::from_le_bytes(*self.cell.get(4..)?.first_chunk()?))
    }

    /// The key at a path below this one, whatever the case of its letters.
    pub(crate) fn below(self, path: &str) -> Option<Self> {
        path.split('\\').try_fold(self, |key, part| {
            key.keys()
                .into_iter()
                .find(|one| one.name().eq_ignore_ascii_case(part))
        })
    }

    /// The keys right below this one.
    pub(crate) fn keys(self) -> Vec<Self> {
        let mut keys = Vec::new();
        if let Some(list) = size_at(self.cell, 28).and_then(|at| self.hive.cell(at)) {
            self.collect(list, 0, &mut keys);
        }
        keys
    }

    fn collect(self, list: &[u8], depth: usize, keys: &mut Vec<Self>) {
        let count = usize::from(u16_at(list, 2).unwrap_or(0));
        let step = match list.get(..2) {
            Some(b"lf" | b"lh") => 8,
            Some(b"li" | b"ri") => 4,
            _ => return,
        };
        let is_list_of_lists = list.starts_with(b"ri");
        for number in 0..count {
            if keys.len() >= MOST_KEYS {
                return;
            }
            let Some(at) = size_at(list, 4 + number * step) else {
                return;
            };
            if !is_list_of_lists {
                keys.extend(self.hive.key_at(at));
            } else if depth < 2
                && let Some(inner) = self.hive.cell(at)
            {
                self.collect(inner, depth + 1, keys);
            }
        }
    }

    /// The values of this key.
    pub(crate) fn values(self) -> Vec<Value> {
        let count = size_at(self.cell, 36).unwrap_or(0).min(MOST_VALUES);
        let list = size_at(self.cell, 40).and_then(|at| self.hive.cell(at));
        let list = list.unwrap_or_default();
        (0..count)
            .map_while(|number| size_at(list, 4 * number))
            .filter_map(|at| self.value_at(at))
            .collect()
    }

    /// The value of a name, whatever the case of its letters.
    pub(crate) fn value(self, name: &str) -> Option<Value> {
        self.values()
            .into_iter()
            .find(|one| one.name.eq_ignore_ascii_case(name))
    }

    fn value_at(self, at: usize) -> Option<Value> {
        let cell = self.hive.cell(at)?;
        if !cell.starts_with(b"vk") {
            return None;
        }
        let length = usize::from(u16_at(cell, 2)?);
        let is_narrow = u16_at(cell, 16)? & 1 != 0;
        let told = u32_at(cell, 4)?;
        let size = usize::try_from(told & 0x7fff_ffff).ok()?.min(MOST_DATA);
        let data = if told & 0x8000_0000 != 0 {
            // Up to four bytes stand in the place of where they would be.
            cell.get(8..8 + size.min(4))?.to_vec()
        } else {
            self.data(size_at(cell, 8)?, size)?
        };
        Some(Value {
            name: text(cell.get(20..20 + length)?, is_narrow),
            kind: u32_at(cell, 12)?,
            data,
        })
    }

    fn data(self, at: usize, size: usize) -> Option<Vec<u8>> {
        let cell = self.hive.cell(at)?;
        if size <= PIECE || !cell.starts_with(b"db") {
            return Some(cell.get(..size.min(cell.len()))?.to_vec());
        }
        let pieces = self.hive.cell(size_at(cell, 4)?)?;
        let mut data = Vec::new();
        for number in 0..usize::from(u16_at(cell, 2)?) {
            let piece = self.hive.cell(size_at(pieces, 4 * number)?)?;
            let rest = size - data.len();
            data.extend_from_slice(piece.get(..rest.min(PIECE).min(piece.len()))?);
            if data.len() >= size {
                break;
            }
        }
        Some(data)
    }
}

impl Value {
    /// Its bytes, whatever they are.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.data
    }

    /// As people read it: several texts with `; ` between them, numbers in digits; `None` for other data.
    pub(crate) fn text(&self) -> Option<String> {
        match self.kind {
            1 | 2 => Some(text(&self.data, false).trim_end_matches('\0').to_owned()),
            4 => u32_at(&self.data, 0).map(|number| number.to_string()),
            7 => {
                let all = text(&self.data, false);
                let parts: Vec<&str> = all.split('\0').filter(|part| !part.is_empty()).collect();
                Some(parts.join("; "))
            }
            _ => None,
        }
    }
}

fn text(bytes: &[u8], is_narrow: bool) -> String {
    if is_narrow {
        return bytes.iter().map(|byte| char::from(*byte)).collect();
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)))
        .collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{BASE, Hive};

    /// A key to write: name, values (name, kind, data) and keys below.
    pub(crate) struct Written(
        pub(crate) &'static str,
        pub(crate) Vec<(&'static str, u32, Vec<u8>)>,
        pub(crate) Vec<Written>,
    );

    pub(crate) fn wide(text: &str) -> Vec<u8> {
        let all = text.encode_utf16().chain([0]);
        all.flat_map(u16::to_le_bytes).collect()
    }

    fn put(out: &mut Vec<u8>, content: &[u8]) -> u32 {
        let at = out.len() - BASE;
        let size = (content.len() + 4).next_multiple_of(8);
        let told = i32::try_from(size).unwrap();
        out.extend((-told).to_le_bytes());
        out.extend(content);
        out.resize(BASE + at + size, 0);
        u32::try_from(at).unwrap()
    }

    fn put_key(out: &mut Vec<u8>, key: &Written) -> u32 {
        let Written(name, values, keys) = key;
        let below: Vec<u32> = keys.iter().map(|one| put_key(out, one)).collect();
        let mut list = b"lh".to_vec();
        list.extend(u16::try_from(below.len()).unwrap().to_le_bytes());
        for at in &below {
            list.extend(at.to_le_bytes());
            list.extend([0; 4]);
        }
        let list = put(out, &list);
        let mut places = Vec::new();
        for (name, kind, data) in values {
            let mut cell = b"vk".to_vec();
            cell.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            let size = u32::try_from(data.len()).unwrap();
            if data.len() <= 4 {
                cell.extend((size | 0x8000_0000).to_le_bytes());
                let mut four = data.clone();
                four.resize(4, 0);
                cell.extend(four);
            } else if data.len() > super::PIECE {
                let pieces: Vec<u32> = data.chunks(super::PIECE).map(|one| put(out, one)).collect();
                let bytes: Vec<u8> = pieces.iter().flat_map(|at| at.to_le_bytes()).collect();
                let mut big = b"db".to_vec();
                big.extend(u16::try_from(pieces.len()).unwrap().to_le_bytes());
                big.extend(put(out, &bytes).to_le_bytes());
                cell.extend(size.to_le_bytes());
                cell.extend(put(out, &big).to_le_bytes());
            } else {
                cell.extend(size.to_le_bytes());
                cell.extend(put(out, data).to_le_bytes());
            }
            cell.extend(kind.to_le_bytes());
            cell.extend([1, 0, 0, 0]);
            cell.extend(name.as_bytes());
            places.push(put(out, &cell));
        }
        let bytes: Vec<u8> = places.iter().flat_map(|at| at.to_le_bytes()).collect();
        let value_list = put(out, &bytes);
        let mut cell = vec![0; 76];
        cell[..4].copy_from_slice(b"nk\x20\0");
        cell[20..24].copy_from_slice(&u32::try_from(below.len()).unwrap().to_le_bytes());
        cell[28..32].copy_from_slice(&list.to_le_bytes());
        cell[36..40].copy_from_slice(&u32::try_from(places.len()).unwrap().to_le_bytes());
        cell[40..44].copy_from_slice(&value_list.to_le_bytes());
        cell[72..74].copy_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        cell.extend(name.as_bytes());
        put(out, &cell)
    }

    /// A hive with a root key.
    pub(crate) fn hive(root: &Written) -> Vec<u8> {
        let mut out = vec![0; BASE];
        out[..4].copy_from_slice(b"regf");
        let at = put_key(&mut out, root);
        out[36..40].copy_from_slice(&at.to_le_bytes());
        out
    }

    #[test]
    fn keys_and_values_are_read_as_they_were_written() {
        let long = "x".repeat(20_000);
        let values = vec![
            ("a", 1, wide("C:\\a.exe")),
            ("n", 4, 7_u32.to_le_bytes().to_vec()),
            ("m", 7, [wide("one"), wide("two"), vec![0, 0]].concat()),
            ("long", 2, wide(&long)),
            ("raw", 3, vec![1, 2, 3, 4, 5]),
        ];
        let bytes = hive(&Written(
            "ROOT",
            vec![],
            vec![Written("Below", values, vec![])],
        ));
        let root = Hive::open(&bytes).unwrap().root().unwrap();
        assert_eq!(root.name(), "ROOT");
        let key = root.below("bELOW").unwrap();
        let text = |name: &str| key.value(name).unwrap().text();
        assert_eq!(text("A").as_deref(), Some("C:\\a.exe"));
        assert_eq!(text("n").as_deref(), Some("7"));
        assert_eq!(text("m").as_deref(), Some("one; two"));
        assert_eq!(text("long"), Some(long));
        assert_eq!(text("raw"), None);
        assert!(root.below("none").is_none());
    }

    #[test]
    fn a_hive_that_is_cut_is_not_all_there() {
        let mut bytes = hive(&Written("ROOT", vec![], vec![]));
        let bins = u32::try_from(bytes.len() - BASE).unwrap();
        bytes[40..44].copy_from_slice(&bins.to_le_bytes());
        assert!(Hive::open(&bytes).unwrap().is_all_there());
        bytes.pop();
        assert!(!Hive::open(&bytes).unwrap().is_all_there());
        assert!(!Hive::open(b"regf").unwrap().is_all_there());
    }

    #[test]
    fn damage_costs_what_is_damaged_and_nothing_else() {
        let one = Written("One", vec![("v", 1, wide("abc"))], vec![]);
        let bytes = hive(&Written("ROOT", vec![], vec![one]));
        for at in 0..bytes.len() {
            for value in [0, 0x41, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                if let Some(root) = Hive::open(&damaged).and_then(Hive::root) {
                    for key in root.keys() {
                        key.name();
                        key.values().iter().for_each(|one| drop(one.text()));
                    }
                }
                // The header has fields that are not looked at.
                if (44..BASE).contains(&at) {
                    break;
                }
            }
            let cut = &bytes[..at];
            if let Some(root) = Hive::open(cut).and_then(Hive::root) {
                root.keys();
            }
        }
    }
}
