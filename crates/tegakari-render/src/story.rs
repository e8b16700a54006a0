//! What is told: the results of one investigation, borrowed from whoever holds them.

use tegakari_model::{
    Assessment, BlockPlan, Country, HuntResult, IndicatorFinding, Mention, NameKind, Objection,
    Observable, Report, Timestamp,
};

/// Everything one investigation yielded. A part that was not done is absent and is not told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Story<'a> {
    /// The reports read.
    pub reports: &'a [Report],
    /// The hunt in our own logs.
    pub hunt: Option<&'a HuntResult>,
    /// Who it may be.
    pub assessment: Option<&'a Assessment>,
    /// What to block.
    pub block: Option<&'a BlockPlan>,
    /// Files that were written for the reader to use.
    pub written: &'a [WrittenFile],
    /// Vulnerabilities that the reports name and that are exploited in the wild.
    pub exploited: &'a [ExploitedNote],
    /// How this was made.
    pub made: Made<'a>,
}

/// A vulnerability that a source says is exploited in the wild.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExploitedNote {
    /// Its id (`CVE-2021-44228`).
    pub cve: String,
    /// Vendor and product.
    pub product: String,
    /// Title of the source that says so.
    pub said_by: String,
    /// Day since which the source lists it; empty when unknown. It may have been exploited before.
    pub listed: String,
    /// Day by which the source's own audience had to act; empty when unknown.
    pub due: String,
    /// Whether use by ransomware is known; else it is unknown.
    pub ransomware: bool,
}

/// What our logs could show of ATT&CK, without any report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AttackCover {
    /// Data components that a log can show: name, share of machine-hours (0 to 1), techniques that ask for it.
    pub components: Vec<(String, f64, usize)>,
    /// Techniques whose analytics name log sources.
    pub techniques: usize,
    /// Those of which at least one data component is collected.
    pub some: usize,
    /// Those of which every data component is collected.
    pub whole: usize,
    /// The mean, over the techniques, of the share of their data components and machine-hours that is collected.
    pub share: f64,
    /// Techniques that the reports given say were used.
    pub reported: usize,
    /// Of these, those of which nothing is collected.
    pub blind: Vec<String>,
}

/// A file that was written for the reader to use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenFile {
    /// Where it is, as the user would type it.
    pub path: String,
    /// The id of its format (`rpz`, `suricata`, `html`); shown as it stands.
    pub what: String,
    /// Number of entries in it, where that means something.
    pub entries: Option<u64>,
}

/// An entry that came onto the lists or went from them.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockChange {
    /// Which.
    pub observable: Observable,
    /// Why.
    pub why: ChangeReason,
}

/// Why an entry came or went.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeReason {
    /// It was not on the lists before.
    New {
        /// Reports that name it; empty for a list of values.
        reports: Vec<String>,
    },
    /// Something speaks against it now.
    HeldBack {
        /// What, sorted.
        objections: Vec<Objection>,
    },
    /// No report and no list names it any more: it was corrected, or what named it was taken away.
    Gone,
}

/// Versions and sources, for the reader who wants to repeat it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made<'a> {
    /// Version of the program (`0.1.0`); empty when not known.
    pub program: &'a str,
    /// Version of the knowledge; empty when not known.
    pub knowledge: &'a str,
    /// Sources of the knowledge.
    pub sources: &'a [KnowledgeNote],
}

/// One source of the knowledge, with the notice that its licence asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnowledgeNote {
    /// Its name.
    pub name: String,
    /// Its version or date.
    pub version: String,
    /// Its licence (SPDX id where there is one).
    pub licence: String,
    /// The notice that must be shown; may be empty.
    pub notice: String,
}

/// All that is stored about one value, for `tegakari show VALUE`.
#[derive(Debug, Clone, Copy)]
pub struct ValueStory<'a> {
    /// The value.
    pub observable: &'a Observable,
    /// Reports that mention it, and how.
    pub mentions: &'a [(&'a Report, &'a Mention)],
    /// Hunts that looked for it, and what they say.
    pub findings: &'a [(&'a HuntResult, &'a IndicatorFinding)],
    /// Why it should not be blocked; empty when nothing speaks against it.
    pub objections: &'a [Objection],
    /// Names of actors that the knowledge or reports tie to it.
    pub used_by: &'a [String],
    /// How long it is worth blocking, for a value that a report calls a sign of an attack.
    pub worth: Option<WorthNote>,
    /// For a vulnerability: whether it is exploited in the wild, as far as anybody can tell.
    pub exploited: Exploitation<'a>,
}

/// How long a value is worth blocking, and what is left of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorthNote {
    /// The last day on which anybody named it.
    pub last_named: Timestamp,
    /// Until when it is worth blocking.
    pub expires: Timestamp,
    /// Days that a value of its kind lives.
    pub days: u32,
    /// What is left of its worth, 0 to 100.
    pub left: u8,
}

/// Whether a value is a vulnerability that sources say is exploited in the wild. No negative without a list.
#[derive(Debug, Clone, Copy)]
pub enum Exploitation<'a> {
    /// It is no vulnerability.
    NotAsked,
    /// A source lists it.
    Listed(&'a ExploitedNote),
    /// The lists at hand do not have it; it may be exploited all the same.
    NotListed,
    /// No list of exploited vulnerabilities is at hand.
    NoList,
}

/// What the sources claim about a name, for `tegakari show NAME`.
#[derive(Debug, Clone, Copy)]
pub struct NameStory<'a> {
    /// The name as asked.
    pub asked: &'a str,
    /// Every record that bears it; none was chosen among them.
    pub records: &'a [NameRow],
    /// The vendor's naming family.
    pub family: Option<&'a NameFamilyNote>,
    /// How sources say that records relate.
    pub links: &'a [NameLink],
    /// Names about which sources contradict each other.
    pub contradictions: &'a [NameContradiction],
    /// Names one slip away, when nothing bears the name asked.
    pub did_you_mean: &'a [String],
}

/// A vendor's naming family.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameFamilyNote {
    /// The word that its names share.
    pub word: &'static str,
    /// The vendor.
    pub vendor: &'static str,
    /// What it stands for there (`country`, `crime`, `ransomware`, `espionage`, `destruction`, `activists`, `mixed`,
    /// `influence`, `company`, `numbered`, `tracked`, `provisional`).
    pub meaning: &'static str,
    /// The country, when it stands for one.
    pub country: Option<Country>,
}

/// A single assertion of a record and what it rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameCitation {
    /// Kind of assertion: `name`, `technique`, `software`, `target`, `origin`, `link` or `indicator`.
    pub part: String,
    /// What is asserted.
    pub what: String,
    /// The publication; may be empty.
    pub reference: String,
    /// When; may be empty.
    pub date: String,
    /// The source's own certainty, raw; may be empty.
    pub certainty: String,
}

/// A record that bears a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameRow {
    /// Its id (`attack:G0030`).
    pub id: String,
    /// What it is about.
    pub kind: Option<NameKind>,
    /// Its primary name.
    pub name: String,
    /// Its other names.
    pub other_names: Vec<String>,
    /// The source that holds it.
    pub said_by: String,
    /// Who coined the name asked for.
    pub coined_by: Option<String>,
    /// Where the source says it comes from, in its words. A claim, never a conclusion.
    pub origins: Vec<String>,
    /// For each of them: the country it names, the day or version of what says it, and the source's own certainty, raw.
    pub behind: Vec<(Option<Country>, String, String)>,
    /// Labels of places and trades it is said to attack, and whether the claim is an older one that fresher sources go before.
    pub targets: Vec<(String, bool)>,
    /// Single assertions with what they rest on.
    pub cited: Vec<NameCitation>,
    /// Whether it is no longer in force.
    pub retired: bool,
}

/// How two records relate, as a source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameLink {
    /// Name and id of the one.
    pub from: (String, String),
    /// Name and id of the other.
    pub to: (String, String),
    /// `same`, `similar`, `overlaps`, `part_of`, `linked` or `revoked_by`.
    pub relation: &'static str,
    /// The source that says so.
    pub said_by: String,
    /// Its own words.
    pub raw: String,
}

/// A name that some sources give to the same actor and others to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameContradiction {
    /// The other name.
    pub name: String,
    /// One actor for these: source and record.
    pub one: Vec<String>,
    /// Another actor for these: source and records.
    pub apart: Vec<String>,
}
