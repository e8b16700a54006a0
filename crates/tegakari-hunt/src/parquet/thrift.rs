//! As much of Thrift's compact protocol as the headers of pages need, and a check of the description of the file before it is
//! given to the library (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>).

/// Structures inside each other that are gone into.
const DEEPEST: usize = 32;

/// Bytes that are read from the front.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Bool(bool),
    Integer(i64),
    /// Anything else, which was passed over, or a structure, which is still to be read.
    Other,
    Struct,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn taken(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn pass(&mut self, length: usize) -> Option<()> {
        self.at = self.at.checked_add(length)?;
        (self.at <= self.bytes.len()).then_some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// The next field's number and kind; `None` inside at the end of the structure.
    fn field(&mut self, last: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *last = match head >> 4 {
            0 => self.integer()?,
            delta => last.checked_add(i64::from(delta))?,
        };
        Some(Some(head & 15))
    }

    /// The number of items of a list, and their kind. An item has a byte at least.
    fn list(&mut self) -> Option<(usize, u8)> {
        let head = self.byte()?;
        let size = match head >> 4 {
            15 => usize::try_from(self.varint()?).ok()?,
            size => usize::from(size),
        };
        (size <= self.bytes.len() - self.at).then_some((size, head & 15))
    }

    fn skip(&mut self, kind: u8, in_list: bool, depth: usize) -> Option<()> {
        match kind {
            1 | 2 if in_list => self.pass(1),
            1 | 2 => Some(()),
            3 => self.pass(1),
            4..=6 => self.varint().map(drop),
            7 => self.pass(8),
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.pass(length)
            }
            9 | 10 => {
                let (size, kind) = self.list()?;
                for _ in 0..size {
                    self.skip(kind, true, depth)?;
                }
                Some(())
            }
            12 if depth < DEEPEST => {
                let mut last = 0;
                while let Some(kind) = self.field(&mut last)? {
                    self.skip(kind, false, depth + 1)?;
                }
                Some(())
            }
            _ => None, // maps: the format has none
        }
    }

    /// Gives each field of a structure to `take`, which reads the structures among them (by calling this again) and gives false for those that it
    /// leaves. `None` when something is not as it should be.
    pub(super) fn fields(
        &mut self,
        take: &mut dyn FnMut(&mut Self, i64, Value) -> Option<bool>,
    ) -> Option<()> {
        let mut last = 0;
        while let Some(kind) = self.field(&mut last)? {
            match kind {
                1 | 2 => {
                    take(self, last, Value::Bool(kind == 1))?;
                }
                4..=6 => {
                    let value = self.integer()?;
                    take(self, last, Value::Integer(value))?;
                }
                12 => {
                    if !take(self, last, Value::Struct)? {
                        self.skip(12, false, 1)?;
                    }
                }
                _ => {
                    self.skip(kind, false, 1)?;
                    take(self, last, Value::Other)?;
                }
            }
        }
        Some(())
    }
}

/// Whether the description of a file can be given to the library: every list has as many items as it says, and the tree of columns is no
/// deeper and no wider than `deepest` and the list of columns.
pub(super) fn describes(footer: &[u8], deepest: usize) -> bool {
    let whole = Input::new(footer).skip(12, false, 0).is_some();
    whole && columns(footer).is_some_and(|children| is_tree(&children, deepest))
}

/// How many children each element of the schema has (field 2 of the description, field 5 of an element).
fn columns(footer: &[u8]) -> Option<Vec<usize>> {
    let mut input = Input::new(footer);
    let mut last = 0;
    while let Some(kind) = input.field(&mut last)? {
        if last != 2 || kind != 9 {
            input.skip(kind, false, 1)?;
            continue;
        }
        let (size, _) = input.list()?;
        let mut all = Vec::new();
        for _ in 0..size {
            let mut children = 0;
            input.fields(&mut |_, field, value| {
                if let (5, Value::Integer(count)) = (field, value) {
                    children = usize::try_from(count).ok()?;
                }
                Some(false)
            })?;
            all.push(children);
        }
        return Some(all);
    }
    None
}

fn is_tree(children: &[usize], deepest: usize) -> bool {
    // Elements still to come of each level that is open.
    let mut open = vec![1_usize];
    for &count in children {
        let Some(left) = open.last_mut() else {
            return false;
        };
        *left -= 1;
        if count > children.len() {
            return false;
        }
        if count > 0 {
            open.push(count);
        }
        while open.last() == Some(&0) {
            open.pop();
        }
        if open.len() > deepest {
            return false;
        }
    }
    open.is_empty()
}
