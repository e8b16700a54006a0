//! ZIP packages: what kind of document they hold, and their members by name.

use std::io::Cursor;

use tegakari_model::Problem;
use zip::ZipArchive;

use super::Source;
use super::nested::Loss;
use crate::content::Content;
use crate::decode::decode;

/// What a ZIP holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text document of Office Open XML (ECMA-376).
    WordDocument,
    /// A sheet of Office Open XML, XML or binary.
    Workbook,
    /// A text, presentation or drawing of OpenDocument (ISO/IEC 26300).
    OpenDocument,
    /// A sheet of OpenDocument.
    OpenSheet,
    /// Anything else.
    Archive,
}

/// Whether there is a directory of members.
pub(crate) fn opens(bytes: &[u8]) -> bool {
    ZipArchive::new(Cursor::new(bytes)).is_ok()
}

/// What kind of package the bytes are; `None` when they are no ZIP.
pub(crate) fn kind(bytes: &[u8]) -> Option<Kind> {
    if !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"PK\x05\x06") {
        return None;
    }
    // OpenDocument says what it is at a fixed place (part 2, 3.3).
    let mimetype = bytes.get(30..200).unwrap_or_default();
    if let Some(rest) = mimetype.strip_prefix(b"mimetypeapplication/vnd.oasis.opendocument.") {
        return Some(if rest.starts_with(b"spreadsheet") {
            Kind::OpenSheet
        } else {
            Kind::OpenDocument
        });
    }
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else {
        // Cut off, perhaps: still nothing but an archive.
        return Some(Kind::Archive);
    };
    let has = |name: &str| archive.index_for_name(name).is_some();
    let under = |folder: &str| {
        archive
            .file_names()
            .flatten()
            .any(|n| n.starts_with(folder))
    };
    Some(if has("[Content_Types].xml") && under("word/") {
        Kind::WordDocument
    } else if has("[Content_Types].xml") && under("xl/") {
        Kind::Workbook
    } else if has("META-INF/manifest.xml") && has("content.xml") {
        Kind::OpenDocument
    } else {
        Kind::Archive
    })
}

/// The members of a package.
pub(crate) struct Package<'s, 'a> {
    source: &'s Source<'a>,
    archive: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'s, 'a> Package<'s, 'a> {
    /// Opens a package; what is wrong with it goes to the problems.
    pub(crate) fn open(source: &'s Source<'a>, content: &mut Content) -> Option<Self> {
        match ZipArchive::new(Cursor::new(source.bytes)) {
            Ok(archive) => Some(Self { source, archive }),
            Err(error) => {
                content.problems.push(
                    Problem::new(
                        source.name,
                        format!("the package cannot be opened: {error}"),
                        "it may be cut off; fetch it again or save it anew",
                    )
                    .losing_bytes(source.bytes.len() as u64),
                );
                None
            }
        }
    }

    /// Names of the members under a folder, in order of the package.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        self.archive
            .file_names()
            .flatten()
            .filter(|n| n.starts_with(folder) && !n.ends_with('/'))
            .map(|n| n.into_owned())
            .collect()
    }

    /// A member as bytes; `None` when there is none of the name.
    pub(crate) fn bytes(&mut self, name: &str, content: &mut Content) -> Option<Vec<u8>> {
        let member = self.archive.by_name(name).ok()?;
        let packed = member.compressed_size();
        let (bytes, loss) = self.source.unpack(packed, member);
        if let Some(loss) = loss {
            content
                .problems
                .push(lost(&format!("{}!{name}", self.source.name), loss));
        }
        Some(bytes)
    }

    /// Whether a member stays within the limits when it is unpacked, without keeping it.
    pub(crate) fn fits(&mut self, name: &str, content: &mut Content) -> bool {
        let Ok(member) = self.archive.by_name(name) else {
            return true;
        };
        let packed = member.compressed_size();
        let loss = self.source.measure(packed, member);
        if let Some(loss) = loss {
            content
                .problems
                .push(lost(&format!("{}!{name}", self.source.name), loss));
        }
        loss != Some(Loss::TooLarge)
    }

    /// A member as text, in whatever encoding; empty when there is none of the name.
    pub(crate) fn text(&mut self, name: &str, content: &mut Content) -> String {
        let bytes = self.bytes(name, content).unwrap_or_default();
        decode(&bytes).text.into_owned()
    }
}

/// What is said of a member that could not be unpacked.
pub(crate) fn lost(place: &str, loss: Loss) -> Problem {
    match loss {
        Loss::TooLarge => Problem::new(
            place,
            "unpacks to more than is allowed",
            "it may be made to exhaust memory; unpack it yourself and give what it holds",
        ),
        Loss::Damaged => Problem::new(
            place,
            "is damaged, read only up to there",
            "fetch it again or save it anew",
        ),
    }
    .losing_records(1)
}
