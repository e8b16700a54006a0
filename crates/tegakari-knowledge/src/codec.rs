//! The compiled file: a head and three sections, each compressed on its own.
//!
//! ```text
//! "TGKNOW" · layout (u16) · length of the version name (u16) · the name
//! 3 × length of a section (u32) · the sections
//! section: length when unpacked (u32) · Zstandard frame with checksum · postcard inside
//! ```
//! Numbers are little-endian. Actors, software, techniques and campaigns come first and are decoded at
//! once; warning lists and trails are decoded when first asked for. Writing is deterministic: the same
//! facts give the same bytes.

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::benign::PackedBenign;
use crate::facts::{CoreFacts, Facts};
use crate::order::sort_by;
use crate::source_facts::SourceFacts;
use crate::trails::PackedTrails;

const MAGIC: &[u8; 6] = b"TGKNOW";
/// Raised whenever a record's shape changes.
const LAYOUT: u16 = 2;
/// No section unpacks to more. The largest now has about 4 MB.
const MAX_SECTION: usize = 64 << 20;
/// Compression level: the slowest that is still worth it; reading is as fast at every level.
const LEVEL: i32 = 22;

/// Why a compiled file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Something else entirely.
    #[error("this is not a compiled knowledge file; make one with `tegakari knowledge compile`")]
    NotKnowledge,
    /// Written by another version of the program.
    #[error(
        "knowledge file has layout {found}, this version reads {LAYOUT}; make it again with `tegakari knowledge update` or `compile`"
    )]
    OtherLayout {
        /// The layout found.
        found: u16,
    },
    /// Shorter or longer than its head says.
    #[error("knowledge file is cut off or has something behind it; copy or compile it again")]
    WrongLength,
    /// The content does not agree with its checksum or its shape.
    #[error("knowledge file is damaged in its {section} section; copy or compile it again")]
    Damaged {
        /// Which section.
        section: &'static str,
    },
    /// Too much to write.
    #[error("section {section} is larger than {} MB; compile fewer sources", MAX_SECTION >> 20)]
    TooLarge {
        /// Which section.
        section: &'static str,
    },
}

pub(crate) struct Parts {
    pub(crate) version: String,
    pub(crate) core: CoreFacts,
    pub(crate) benign: Vec<u8>,
    pub(crate) trails: Vec<u8>,
}

pub(crate) struct Split {
    pub(crate) version: String,
    pub(crate) core: CoreFacts,
    pub(crate) benign: PackedBenign,
    pub(crate) trails: PackedTrails,
}

/// Brings facts into the order in which they are written, and names the result.
pub(crate) fn split(
    mut facts: Facts,
    mut sources: Vec<SourceFacts>,
    benign: Option<PackedBenign>,
) -> Split {
    facts.tidy_references();
    sort_by(&mut sources, |a, b| a.id.cmp(&b.id));
    let newest = sources.iter().map(|s| s.date.as_str()).max().unwrap_or("");
    let day = if newest.is_empty() { "undated" } else { newest }.to_owned();
    let core = CoreFacts {
        sources,
        actors: facts.actors.into_values().collect(),
        software: facts.software.into_values().collect(),
        techniques: facts.techniques.into_values().collect(),
        campaigns: facts.campaigns.into_values().collect(),
        references: facts.references,
        exploited: facts.exploited,
    };
    let benign = benign.unwrap_or_else(|| facts.benign.pack());
    let trails = facts.trails.pack();
    let mut hash = Sha256::new();
    for bytes in [
        postcard::to_allocvec(&core),
        postcard::to_allocvec(&benign),
        postcard::to_allocvec(&trails),
    ] {
        // Plain data in memory always has a postcard form.
        hash.update(bytes.unwrap_or_default());
    }
    let digest: String = hash
        .finalize()
        .iter()
        .take(4)
        .map(|b| format!("{b:02x}"))
        .collect();
    Split {
        version: format!("{day}-{digest}"),
        core,
        benign,
        trails,
    }
}

/// Compiles facts into the bytes of a knowledge file.
///
/// # Errors
/// When a section is too large.
pub fn compile(facts: Facts, sources: Vec<SourceFacts>) -> Result<Vec<u8>, CodecError> {
    compile_with(facts, sources, None)
}

/// The same with warning lists that are packed already, in the place of those of `facts`.
pub(crate) fn compile_with(
    facts: Facts,
    sources: Vec<SourceFacts>,
    benign: Option<PackedBenign>,
) -> Result<Vec<u8>, CodecError> {
    let split = split(facts, sources, benign);
    write(&split.version, &split.core, &split.benign, &split.trails)
}

/// Puts the parts of a knowledge into the form of a file.
pub(crate) fn write(
    version: &str,
    core: &CoreFacts,
    benign: &PackedBenign,
    trails: &PackedTrails,
) -> Result<Vec<u8>, CodecError> {
    let sections = [
        pack_section("facts", core)?,
        pack_section("warning lists", benign)?,
        pack_section("trails", trails)?,
    ];
    let name = version.as_bytes();
    let mut out = MAGIC.to_vec();
    out.extend(LAYOUT.to_le_bytes());
    out.extend(u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
    out.extend(name);
    for section in &sections {
        out.extend(
            u32::try_from(section.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
    }
    for section in sections {
        out.extend(section);
    }
    Ok(out)
}

pub(crate) fn unpack(bytes: &[u8]) -> Result<Parts, CodecError> {
    let mut rest = bytes.strip_prefix(MAGIC).ok_or(CodecError::NotKnowledge)?;
    let layout = u16::from_le_bytes(take(&mut rest)?);
    if layout != LAYOUT {
        return Err(CodecError::OtherLayout { found: layout });
    }
    let name_length = usize::from(u16::from_le_bytes(take(&mut rest)?));
    let name = take_slice(&mut rest, name_length)?;
    let version = std::str::from_utf8(name)
        .map_err(|_| CodecError::Damaged { section: "head" })?
        .to_owned();
    let mut lengths = [0_usize; 3];
    for length in &mut lengths {
        *length = u32::from_le_bytes(take(&mut rest)?) as usize;
    }
    let [core, benign, trails] = lengths;
    let core = take_slice(&mut rest, core)?;
    let benign = take_slice(&mut rest, benign)?.to_vec();
    let trails = take_slice(&mut rest, trails)?.to_vec();
    if !rest.is_empty() {
        return Err(CodecError::WrongLength);
    }
    Ok(Parts {
        version,
        core: unpack_named("facts", core)?,
        benign,
        trails,
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], CodecError> {
    take_slice(rest, N)?
        .try_into()
        .map_err(|_| CodecError::WrongLength)
}

fn take_slice<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], CodecError> {
    let (front, back) = rest
        .split_at_checked(length)
        .ok_or(CodecError::WrongLength)?;
    *rest = back;
    Ok(front)
}

fn pack_section<T: Serialize>(section: &'static str, value: &T) -> Result<Vec<u8>, CodecError> {
    let too_large = CodecError::TooLarge { section };
    let raw = postcard::to_allocvec(value).map_err(|_| CodecError::Damaged { section })?;
    if raw.len() > MAX_SECTION {
        return Err(too_large);
    }
    let damaged = |_| CodecError::Damaged { section };
    let mut compressor = zstd::bulk::Compressor::new(LEVEL).map_err(damaged)?;
    compressor
        .set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))
        .map_err(damaged)?;
    let mut out = u32::try_from(raw.len())
        .map_err(|_| too_large)?
        .to_le_bytes()
        .to_vec();
    out.extend(compressor.compress(&raw).map_err(damaged)?);
    Ok(out)
}

/// Unpacks a section kept for later. An absent section (empty bytes) is an empty value.
pub(crate) fn unpack_section<T: DeserializeOwned + Default>(
    packed: &[u8],
) -> Result<T, CodecError> {
    if packed.is_empty() {
        return Ok(T::default());
    }
    unpack_named("warning list or trail", packed)
}

fn unpack_named<T: DeserializeOwned>(
    section: &'static str,
    packed: &[u8],
) -> Result<T, CodecError> {
    let damaged = CodecError::Damaged { section };
    let mut rest = packed;
    let raw_length = u32::from_le_bytes(take(&mut rest)?) as usize;
    if raw_length > MAX_SECTION {
        return Err(damaged);
    }
    let raw = zstd::bulk::decompress(rest, raw_length).map_err(|_| damaged.clone())?;
    if raw.len() != raw_length {
        return Err(damaged);
    }
    match postcard::take_from_bytes(&raw) {
        Ok((value, [])) => Ok(value),
        _ => Err(damaged),
    }
}
