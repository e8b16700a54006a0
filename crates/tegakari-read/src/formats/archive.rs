//! Archives and packings of reports: every member is sniffed and read as a part. Nothing in an archive is run or
//! stored, and what is no report is named.

use std::io::{self, Cursor, Read};

use tegakari_model::Problem;
use zip::ZipArchive;
use zip::result::ZipError;

use super::nested::{Loss, Skipped, read_part, read_whole};
use super::package::{Kind, kind, lost};
use super::{Head, ReportFormat, Sniff, Source};
use crate::content::Content;

/// What researchers lock samples with, so that no scanner removes them.
const PASSWORD: &[u8] = b"infected";

/// ZIP archives.
pub(super) struct Zip;

impl ReportFormat for Zip {
    fn id(&self) -> &'static str {
        "zip"
    }

    fn about(&self) -> &'static str {
        "ZIP archives of reports, each member read as what it is; also with the password \"infected\""
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if kind(head.whole) == Some(Kind::Archive) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let mut archive = match ZipArchive::new(Cursor::new(source.bytes)) {
            Ok(archive) => archive,
            Err(error) => {
                content.problems.push(
                    Problem::new(
                        source.name,
                        format!("the archive cannot be opened: {error}"),
                        "it may be cut off; fetch it again",
                    )
                    .losing_bytes(source.bytes.len() as u64),
                );
                return;
            }
        };
        let mut skipped = Skipped::default();
        for i in 0..archive.len() {
            let (name, locked) = match archive.by_index_raw(i) {
                Ok(member) if member.is_dir() => continue,
                Ok(member) => (member_name(member.name_raw()), member.encrypted()),
                Err(error) => {
                    skipped.add(&format!("member {}", i + 1), &error.to_string());
                    continue;
                }
            };
            if is_bookkeeping(&name) {
                continue;
            }
            let opened = if locked {
                archive.by_index_decrypt(i, PASSWORD)
            } else {
                archive.by_index(i)
            };
            let member = match opened {
                Ok(member) => member,
                Err(ZipError::InvalidPassword) => {
                    skipped.add(&name, "locked with another password than \"infected\"");
                    continue;
                }
                Err(error) => {
                    skipped.add(&name, &error.to_string());
                    continue;
                }
            };
            let packed = member.compressed_size();
            let (bytes, loss) = source.unpack(packed, member);
            if let Some(loss) = loss {
                content
                    .problems
                    .push(lost(&format!("{}!{name}", source.name), loss));
            }
            // A wrong password may pass the one byte that ZipCrypto checks, and yields noise.
            read_part(source, &name, &bytes, content, &mut skipped);
        }
        skipped.report(source.name, content);
        conclude(content);
    }
}

/// Memory a xz stream may ask for. Its highest preset (9) needs 65 MiB.
const XZ_MEMORY: u64 = 512 << 20;

/// A report packed with gzip, zstd, xz or bzip2.
pub(super) struct Packed;

impl ReportFormat for Packed {
    fn id(&self) -> &'static str {
        "packed"
    }

    fn about(&self) -> &'static str {
        "reports packed with gzip, zstd, xz or bzip2"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if packing(head.bytes).is_some() {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let opened = packing(source.bytes).map(|p| open(p, source.bytes));
        let Some(Ok(reader)) = opened else {
            content.problems.push(lost(source.name, Loss::Damaged));
            return;
        };
        let (bytes, loss) = source.unpack(source.bytes.len() as u64, reader);
        if let Some(loss) = loss {
            content.problems.push(lost(source.name, loss));
        }
        // `report.html.gz` holds `report.html`.
        let name = source
            .name
            .rsplit_once('.')
            .filter(|(_, ending)| ending.len() <= 5)
            .map_or(source.name, |(name, _)| name);
        read_whole(source, name, &bytes, content);
    }
}

#[derive(Clone, Copy)]
enum Packing {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// A packing by its first bytes (RFC 1952, RFC 8878, the xz file format, bzip2).
fn packing(head: &[u8]) -> Option<Packing> {
    match head {
        [0x1f, 0x8b, 0x08, ..] => Some(Packing::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packing::Xz),
        [
            b'B',
            b'Z',
            b'h',
            b'1'..=b'9',
            0x31,
            0x41,
            0x59,
            0x26,
            0x53,
            0x59,
            ..,
        ] => Some(Packing::Bzip2),
        _ => None,
    }
}

fn open(packing: Packing, bytes: &[u8]) -> io::Result<Box<dyn Read + '_>> {
    Ok(match packing {
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(bytes)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(bytes)?),
        Packing::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(
                XZ_MEMORY,
                liblzma::stream::CONCATENATED,
            )
            .map_err(io::Error::other)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(bytes, stream))
        }
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(bytes)),
    })
}

/// Tape archives.
pub(super) struct Tar;

impl ReportFormat for Tar {
    fn id(&self) -> &'static str {
        "tar"
    }

    fn about(&self) -> &'static str {
        "tar archives of reports (POSIX ustar and GNU), packed or not"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if head.bytes.get(257..262) == Some(b"ustar") {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let mut archive = tar::Archive::new(source.bytes);
        let mut skipped = Skipped::default();
        let entries = archive.entries().into_iter().flatten();
        for entry in entries {
            let Ok(entry) = entry else {
                content.problems.push(lost(source.name, Loss::Damaged));
                break;
            };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let name = member_name(&entry.path_bytes());
            if is_bookkeeping(&name) {
                continue;
            }
            let (bytes, loss) = source.unpack(entry.size(), entry);
            if let Some(loss) = loss {
                content
                    .problems
                    .push(lost(&format!("{}!{name}", source.name), loss));
            }
            read_part(source, &name, &bytes, content, &mut skipped);
        }
        skipped.report(source.name, content);
        conclude(content);
    }
}

/// Whether the bytes are a packing or a tape archive that is read.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    packing(bytes).is_some() || bytes.get(257..262) == Some(b"ustar")
}

/// A member's name: UTF-8, or what Windows writes in Japan or the West.
fn member_name(raw: &[u8]) -> String {
    crate::decode::decode(raw).text.into_owned()
}

/// What systems add to archives by themselves.
fn is_bookkeeping(name: &str) -> bool {
    name.starts_with("__MACOSX/")
        || name
            .rsplit('/')
            .next()
            .is_some_and(|n| matches!(n, ".DS_Store" | "Thumbs.db" | "desktop.ini"))
}

/// What an archive says about itself is what its reports say: lists and other appendices have no say
/// beside a report.
pub(crate) fn conclude(content: &mut Content) {
    let all = || content.parts.iter().filter(|p| !p.name.contains('!'));
    let only_lists = all().all(|p| p.is_list);
    let chosen: Vec<_> = all().filter(|p| only_lists || !p.is_list).collect();
    let same = |of: &dyn Fn(&crate::content::Part) -> Option<String>| {
        let mut values: Vec<String> = chosen.iter().filter_map(|p| of(p)).collect();
        values.dedup();
        values
    };
    let titles = same(&|p| p.title.clone());
    let publishers = same(&|p| p.publisher.clone());
    let dates = same(&|p| p.published.clone());
    let is_list = !content.parts.is_empty() && only_lists;
    let joined: String = titles.join("; ").chars().take(300).collect();
    content.title = content
        .title
        .take()
        .or(Some(joined).filter(|t| !t.is_empty()));
    if let [publisher] = publishers.as_slice() {
        content.publisher.get_or_insert_with(|| publisher.clone());
    }
    // Of several reports the newest says how old the archive is.
    if let Some(date) = dates.into_iter().max() {
        content.published.get_or_insert(date);
    }
    content.is_list |= is_list;
}
