//! What a scan of disks, and of the machine it runs on, says about each indicator.
//!
//! A hunt counts machine-hours of records; a scan counts what it read. A negative rests on a [`ScanBasis`]: how many
//! files (or names) were searched for the indicator and how many could not be, each of those with its [`UnreadReason`].

use serde::{Deserialize, Serialize};

use crate::{
    FileRules, Finding, FindingKind, Indicator, Problem, Relation, ReportId, Timestamp, Totals,
};

/// How an indicator was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetBy {
    /// A file has this hash.
    Hash,
    /// A file, folder or link has this name or path.
    Name,
    /// It stands in the bytes of a file.
    Content,
    /// A place from which programs are started by themselves says it.
    Start,
    /// A running process.
    Process,
    /// An open connection.
    Connection,
    /// Windows notes that a program was run.
    Executed,
    /// Windows notes that a file was there, or was loaded.
    Present,
}

/// One place where an indicator was met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScanMatch {
    /// The path; members of archives as `outer!inner`. Bytes that are no UTF-8 stand as `\xff`.
    pub place: String,
    /// How it was met.
    pub by: MetBy,
    /// First byte of it in the file, when it stands in its contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How what stands there relates to the indicator.
    pub relation: Relation,
    /// What stands there, or around there; at most 200 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
    /// The file, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileFacts>,
}

/// What identifies a file that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileFacts {
    /// Bytes read.
    pub bytes: u64,
    /// When it was last written, as the file system says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// MD5 of the bytes read, in lower-case digits.
    pub md5: String,
    /// SHA-1 of them.
    pub sha1: String,
    /// SHA-256 of them.
    pub sha256: String,
    /// The set of known files that holds one of its hashes. It marks and hides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_good: Option<String>,
    /// Size or time of writing changed while it was read: the hashes are of what was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changed: bool,
}

/// Why something was not read. Each is counted; nothing is left out in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum UnreadReason {
    NoPermission,
    ReadError,
    /// It was there when its folder was listed, and is not now.
    Gone,
    /// It was written to while it was read: what was read was searched.
    Changed,
    /// Larger than the user allows.
    TooBig,
    /// Nearly all of it is holes, so that reading it would take longer than all the rest.
    Sparse,
    /// A device, socket or pipe.
    Special,
    /// A link that leads out of what was searched.
    LinkOutside,
    /// A link to nothing, or back to itself.
    LinkBroken,
    /// Another file system, where the user wants only one.
    OtherFileSystem,
    /// A file system that the kernel makes up, as `/proc`.
    Virtual,
    /// A member of an archive that needs a password.
    Encrypted,
    /// An archive that ends early or is damaged, from there on.
    Damaged,
    /// A kind of archive or packing that is not opened here; the file itself was read.
    NotOpened,
    /// An archive beyond the limits for depth or growth, from there on.
    ArchiveLimit,
    /// The scan was stopped before.
    Stopped,
}

impl UnreadReason {
    /// Every reason, in the order in which they are told.
    pub const ALL: [Self; 16] = [
        Self::NoPermission,
        Self::ReadError,
        Self::Gone,
        Self::Changed,
        Self::TooBig,
        Self::Sparse,
        Self::Special,
        Self::LinkOutside,
        Self::LinkBroken,
        Self::OtherFileSystem,
        Self::Virtual,
        Self::Encrypted,
        Self::Damaged,
        Self::NotOpened,
        Self::ArchiveLimit,
        Self::Stopped,
    ];

    /// Whether bytes that could hold what is looked for stayed unread. Devices, pipes and links hold none of their own,
    /// made-up file systems are no disk, and what the user left out was not asked about.
    pub fn hides_content(self) -> bool {
        !matches!(
            self,
            Self::Special
                | Self::LinkOutside
                | Self::LinkBroken
                | Self::OtherFileSystem
                | Self::Virtual
        )
    }
}

/// What was not read for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Why.
    pub reason: UnreadReason,
    /// How many files and members.
    pub files: u64,
    /// How many folders that could not be entered, or not whole.
    pub folders: u64,
    /// Their bytes, as far as known.
    pub bytes: u64,
    /// The first few places, sorted.
    pub examples: Vec<String>,
}

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanTally {
    /// Names looked at: of files, folders, links and members of archives.
    pub names: u64,
    /// Files read to their end.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Members of archives, and what was compressed, read to the end.
    pub members: u64,
    /// Their bytes, unpacked.
    pub member_bytes: u64,
    /// Of both, those that a set of known files holds.
    pub known_good: u64,
}

/// What a scan's answer about one indicator rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanBasis {
    /// What had to be searched for it.
    pub by: SearchedBy,
    /// How many of those were searched.
    pub searched: u64,
    /// Bytes of them.
    pub searched_bytes: u64,
    /// How many could not be; a folder that could not be entered counts as one.
    pub unsearched: u64,
    /// Bytes of them, as far as known.
    pub unsearched_bytes: u64,
}

/// What has to be searched to find an indicator of a kind.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SearchedBy {
    /// Hashes of whole files.
    Hashes,
    /// Names and paths.
    Names,
    /// The bytes of files.
    Contents,
    /// Rules, asked of the bytes of files.
    Rules,
    /// Nothing that this scan looked at.
    #[default]
    Nothing,
}

impl ScanBasis {
    /// The share that was searched, 0 to 1; 0 when there was nothing.
    #[allow(
        clippy::cast_precision_loss,
        reason = "there are fewer than 2^52 files"
    )]
    pub fn share(&self) -> f64 {
        let all = self.searched + self.unsearched;
        if all == 0 {
            0.0
        } else {
            self.searched as f64 / all as f64
        }
    }
}

/// What a scan says about one indicator. A negative cannot be had without its basis: [`ScanAnswer::negative`] is the only
/// way to one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum ScanAnswer {
    /// It was met.
    Seen {
        /// How often.
        count: u64,
        /// The first of the places, sorted.
        matches: Vec<ScanMatch>,
        /// Where else it was looked for.
        basis: ScanBasis,
    },
    /// It was not met in what was searched, which was enough of it.
    NotSeen {
        /// What the negative rests on.
        basis: ScanBasis,
    },
    /// Too little was searched that could have shown it.
    CannotTell {
        /// What little was.
        basis: ScanBasis,
    },
}

impl ScanAnswer {
    /// "Not seen" from the share on at which a hunt says so, otherwise "cannot tell".
    pub fn negative(basis: ScanBasis) -> Self {
        if basis.searched > 0 && basis.share() >= Finding::NOT_SEEN_FROM {
            Self::NotSeen { basis }
        } else {
            Self::CannotTell { basis }
        }
    }

    /// Which of the three.
    pub fn kind(&self) -> FindingKind {
        match self {
            Self::Seen { .. } => FindingKind::Seen,
            Self::NotSeen { .. } => FindingKind::NotSeen,
            Self::CannotTell { .. } => FindingKind::CannotTell,
        }
    }

    /// What it rests on.
    pub fn basis(&self) -> &ScanBasis {
        match self {
            Self::Seen { basis, .. } | Self::NotSeen { basis } | Self::CannotTell { basis } => {
                basis
            }
        }
    }
}

/// One indicator and what the scan says about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanFinding {
    /// What was looked for.
    pub indicator: Indicator,
    /// What was found. In JSON its fields stand beside `indicator`.
    #[serde(flatten)]
    pub answer: ScanAnswer,
}

/// Something that starts a program by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StartEntry {
    /// Which kind of place (`cron`, `systemd`), by its id.
    pub kind: String,
    /// Where it is stated: the file, with line or key.
    pub stated: String,
    /// What is run, or what the place says.
    pub runs: String,
    /// As which user, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When or whereupon, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The file that is run, where it can be told, below the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// SHA-256 of that file; none where it is not there or cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What a note of Windows about a program shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceShows {
    /// It was run.
    Executed,
    /// Its file was there; whether it was run is not told.
    Present,
}

/// A program of which Windows notes that it was run or was there. The program itself may be gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProgramTrace {
    /// Which kind of note (`prefetch`, `shimcache`), by its id.
    pub kind: String,
    /// What it shows.
    pub shows: TraceShows,
    /// Where it is stated: the file, or the key of the registry.
    pub stated: String,
    /// The program, as the note has it; volumes without a letter stand as `C:`.
    pub path: String,
    /// When it was run last, where that is told; of `amcache` when the note was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// The first of the runs whose times are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// How often it was run, where that is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<u64>,
    /// SHA-1 of it, where the note has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// Who ran it, by name or SID, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// A process of the machine the scan ran on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LiveProcess {
    /// Its number.
    pub pid: u32,
    /// The number of its parent.
    pub parent: u32,
    /// The name that the kernel keeps.
    pub name: String,
    /// The program's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe: Option<String>,
    /// The program's file is deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// SHA-256 of the program, also of a deleted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its command line.
    pub command: String,
    /// Its open connections, as `tcp 10.0.0.5:43210 > 198.51.100.23:443 established`, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<String>,
}

/// The outcome of a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanResult {
    /// Reports whose indicators were looked for, sorted.
    pub reports: Vec<ReportId>,
    /// What was searched, as given.
    pub paths: Vec<String>,
    /// One per indicator: seen first, then cannot tell, then not seen; then by kind and value.
    pub findings: Vec<ScanFinding>,
    /// Indicators of a set, of which only those that were seen have a finding.
    #[serde(default)]
    pub of_set: u64,
    /// What rules about the bytes of files say, where some were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<FileRules>,
    /// What was read.
    pub tally: ScanTally,
    /// What was not, by reason.
    pub unread: Vec<Unread>,
    /// What starts by itself, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<StartEntry>,
    /// Programs of which Windows notes that they were run or were there, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<ProgramTrace>,
    /// What runs on this machine, where that was asked for: processes that were met by an indicator, or whose program is deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<LiveProcess>,
    /// How many processes were looked at.
    #[serde(default)]
    pub processes_seen: u64,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// Whether it was stopped before the end.
    #[serde(default)]
    pub partial: bool,
}

impl ScanResult {
    /// How many findings of each kind.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for one in &self.findings {
            match one.answer.kind() {
                FindingKind::Seen => totals.seen += 1,
                FindingKind::NotSeen => totals.not_seen += 1,
                FindingKind::CannotTell => totals.cannot_tell += 1,
            }
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::{ScanAnswer, ScanBasis, SearchedBy};
    use crate::FindingKind;

    #[test]
    fn a_negative_needs_half_of_what_could_show_it() {
        let kind = |searched, unsearched| {
            let basis = ScanBasis {
                by: SearchedBy::Hashes,
                searched,
                unsearched,
                ..ScanBasis::default()
            };
            ScanAnswer::negative(basis).kind()
        };
        assert_eq!(kind(10, 10), FindingKind::NotSeen);
        assert_eq!(kind(10, 11), FindingKind::CannotTell);
        assert_eq!(kind(0, 0), FindingKind::CannotTell);
    }
}
