//! `tegakari correct`: the last word is a person's.

use anyhow::{Result, bail, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;
use tegakari_model::{
    Correction, Country, Disposition, IndicatorRole, Meaning, NameKind, Observable, ObservableKind,
    Report, Ruling, Sector, TargetKind, TechniqueId,
};
use tegakari_pipeline::{CorrectionRequest, stored_report, value_meant};
use tegakari_render::{is_place, told};

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// Say what a value, technique or name of a report means. It is kept with its reason, and holds whenever
/// the document is read again.
///
///   tegakari correct R-0123456789ab cdn.example.net --means benign --why "our own CDN"
///   tegakari correct R-0123456789ab 203.0.113.9 --means ioc --role c2
///   tegakari correct R-0123456789ab T1105 --means told
///   tegakari correct R-0123456789ab --name "Red Lamp" --means actor
///   tegakari correct R-0123456789ab --country VN --means victim
///   tegakari correct R-0123456789ab --sector government --means nothing
///   tegakari correct R-0123456789ab --one-file 0cc175b9c0f1b6a831c399e269772661 a.exe
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Correct {
    /// Id of the report, or its beginning
    #[arg(value_name = "REPORT")]
    report: String,
    /// Values in any spelling, or technique ids
    #[arg(value_name = "VALUE")]
    values: Vec<String>,
    /// What they mean
    #[arg(
        long,
        value_enum,
        required_unless_present_any = ["withdraw", "one_file"],
        conflicts_with = "one_file"
    )]
    means: Option<Means>,
    /// What an indicator was used for
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// What kind of value it is, where its form does not tell (`domain`, `file_name`, `mutex`, …), or where the text does
    /// not have it (a picture does)
    #[arg(long, value_parser = kind)]
    kind: Option<ObservableKind>,
    /// A name of an actor, malware, tool or campaign, as the report writes it
    #[arg(long, conflicts_with_all = ["values", "one_file"])]
    name: Option<String>,
    /// A country or territory by its two letters: victim, or nothing
    #[arg(long, value_name = "CC", conflicts_with_all = ["values", "one_file", "name"])]
    country: Option<String>,
    /// A trade by its name in STIX 2.1 (government, telecommunications, …): victim, or nothing
    #[arg(long, value_name = "TRADE", conflicts_with_all = ["values", "one_file", "name", "country"])]
    sector: Option<String>,
    /// The values are facts about one file
    #[arg(long, conflicts_with = "name")]
    one_file: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Take back what was said of them: the reading holds again
    #[arg(long, conflicts_with = "means")]
    withdraw: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Means {
    /// A sign of the attack
    Ioc,
    /// A link to read on, a source, the publisher
    Reference,
    /// Harmless, or an abused service
    Benign,
    /// Belongs to a victim or is impersonated; (country, sector) was attacked
    Victim,
    /// Belongs to researchers
    Research,
    /// A person should look again
    Unsure,
    /// (technique) The report tells of it
    Told,
    /// (name) An intrusion set
    Actor,
    /// (name) Malware
    Malware,
    /// (name) A dual-use tool
    Tool,
    /// (name) A campaign
    Campaign,
    /// No such value, technique or name is in the text
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Command and control
    C2,
    /// Delivery of malware or lures
    Delivery,
    /// Further parts, exfiltration
    Staging,
    /// A malicious file
    Malware,
    /// A tool of the attacker
    Tool,
}

fn kind(text: &str) -> Result<ObservableKind, String> {
    let all = ObservableKind::ALL;
    all.into_iter().find(|k| k.name() == text).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|k| k.name()).collect();
        format!("one of {} is needed", names.join(", "))
    })
}

impl Means {
    fn disposition(self) -> Option<Disposition> {
        Some(match self {
            Self::Ioc => Disposition::Ioc,
            Self::Reference => Disposition::Reference,
            Self::Benign => Disposition::Benign,
            Self::Victim => Disposition::Victim,
            Self::Research => Disposition::Research,
            Self::Unsure => Disposition::Unsure,
            _ => return None,
        })
    }

    fn name_kind(self) -> Option<NameKind> {
        Some(match self {
            Self::Actor => NameKind::IntrusionSet,
            Self::Malware => NameKind::Malware,
            Self::Tool => NameKind::Tool,
            Self::Campaign => NameKind::Campaign,
            _ => return None,
        })
    }
}

#[derive(Serialize)]
struct Corrected<'a> {
    report: &'a Report,
    corrections: Vec<Correction>,
}

impl Correct {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let mut store = database::open(globals)?;
        let report = stored_report(&store, &self.report)?;
        let rulings = self.rulings(&report)?;
        let request = CorrectionRequest {
            rulings,
            withdrawn: self.withdraw,
            why: self.why,
            unseen: self.kind.is_some(),
        };
        let report = tegakari_pipeline::correct(&mut store, report, request)?;
        let made = store.corrections(Some(&report.id))?;
        let holding: Vec<Correction> = Correction::in_force(&made).into_iter().cloned().collect();
        match globals.format {
            Format::Text if self.withdraw => {
                output::told(globals, &told::withdrawn(report.id.as_str(), holding.len()));
                if !holding.is_empty() {
                    output::text(&super::corrections::table(&holding, globals))?;
                }
            }
            Format::Text => output::text(&super::corrections::table(&holding, globals))?,
            _ => output::json(
                "tegakari/correct/1",
                &Corrected {
                    report: &report,
                    corrections: holding,
                },
            )?,
        }
        Ok(Exit::Fine)
    }

    fn rulings(&self, report: &Report) -> Result<Vec<Ruling>> {
        if let Some(name) = &self.name {
            let kind = match self.means {
                Some(Means::Nothing) | None => None,
                Some(means) => match means.name_kind() {
                    Some(kind) => Some(kind),
                    None => bail!(
                        "a name means actor, malware, tool, campaign or nothing; give one of them with --means"
                    ),
                },
            };
            ensure!(
                !name.trim().is_empty(),
                "the name is empty; give it as the report writes it"
            );
            let name = name.trim().to_owned();
            return Ok(vec![Ruling::Name { name, kind }]);
        }
        if let Some(target) = self.target()? {
            let attacked = match self.means {
                Some(Means::Victim) => true,
                Some(Means::Nothing) | None => false,
                Some(_) => bail!("a country or sector means victim or nothing"),
            };
            return Ok(vec![Ruling::Target { target, attacked }]);
        }
        ensure!(
            !self.values.is_empty(),
            "what is corrected? give a value, a technique id, a name with --name, or a victim with --country or --sector"
        );
        if self.one_file {
            return Ok(vec![Ruling::OneFile {
                values: self.one_file(report)?,
            }]);
        }
        self.values.iter().map(|v| self.ruling(report, v)).collect()
    }

    /// The place or trade that is given.
    fn target(&self) -> Result<Option<TargetKind>> {
        if let Some(code) = &self.country {
            let country = Country::new(code).map(TargetKind::Country);
            ensure!(
                country.as_ref().is_some_and(is_place),
                "{code:?} is no country: give its two letters (VN)"
            );
            return Ok(country);
        }
        let Some(name) = &self.sector else {
            return Ok(None);
        };
        let sector = TargetKind::Sector(Sector::new(name));
        ensure!(
            is_place(&sector),
            "{name:?} is no trade: give its name in STIX 2.1 (government, telecommunications, …)"
        );
        Ok(Some(sector))
    }

    fn ruling(&self, report: &Report, typed: &str) -> Result<Ruling> {
        if let Some(id) = TechniqueId::parse(typed).filter(|_| self.kind.is_none()) {
            return match self.means {
                Some(Means::Told) => Ok(Ruling::Technique { id, told: true }),
                Some(Means::Nothing) | None => Ok(Ruling::Technique { id, told: false }),
                Some(_) => bail!("a technique is told or nothing; {id} got another --means"),
            };
        }
        let observable = value_meant(report, typed, self.kind)?;
        let meaning = match self.means {
            Some(Means::Nothing) | None => None,
            Some(means) => match means.disposition() {
                Some(disposition) => Some(Meaning {
                    disposition,
                    role: self.role.map(Role::into),
                }),
                None => bail!(
                    "{} is a value: it means ioc, reference, benign, victim, research, unsure or nothing",
                    observable.value()
                ),
            },
        };
        ensure!(
            self.role.is_none() || matches!(self.means, Some(Means::Ioc)),
            "--role says what an indicator was used for; it needs --means ioc"
        );
        Ok(Ruling::Value {
            observable,
            meaning,
        })
    }

    /// The values of one file: at least two, at most one hash of a kind.
    fn one_file(&self, report: &Report) -> Result<Vec<Observable>> {
        let mut values = Vec::new();
        for typed in &self.values {
            values.push(value_meant(report, typed, self.kind)?);
        }
        values.sort();
        values.dedup();
        for value in &values {
            let kind = value.kind();
            ensure!(
                kind.is_file_hash()
                    || matches!(
                        kind,
                        ObservableKind::FileName | ObservableKind::DetectionName
                    ),
                "{} is no fact about a file: hashes, file names and detection names are",
                value.value()
            );
            let same = values.iter().filter(|v| v.kind() == kind).count();
            ensure!(
                !kind.is_file_hash() || same == 1,
                "one file has one {}; {same} were given",
                kind.name()
            );
        }
        ensure!(
            values.len() > 1 && values.iter().any(|v| v.kind().is_file_hash()),
            "one file needs a hash and something else that belongs to it"
        );
        Ok(values)
    }
}

impl From<Role> for IndicatorRole {
    fn from(role: Role) -> Self {
        match role {
            Role::C2 => Self::C2,
            Role::Delivery => Self::Delivery,
            Role::Staging => Self::Staging,
            Role::Malware => Self::Malware,
            Role::Tool => Self::Tool,
        }
    }
}
