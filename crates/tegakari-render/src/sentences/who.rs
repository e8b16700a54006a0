//! Who it may be: likelihood in one sentence, confidence in another.

use tegakari_model::{
    Alternative, Assessment, Assumption, ChangeTrigger, ConfidenceReason, Evidence, EvidenceKind,
    Hypothesis, Likelihood,
};

use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// The judgement about one hypothesis, with word, band, estimate and range. Nothing of confidence.
    pub(crate) fn judgement(self, h: &Hypothesis) -> String {
        let band = self.likelihood(h.likelihood);
        let (percent, low, high) = (
            format::percent(h.probability),
            format::percent(h.low),
            format::percent(h.high),
        );
        let args = [
            ("band", band.as_str()),
            ("percent", percent.as_str()),
            ("low", low.as_str()),
            ("high", high.as_str()),
        ];
        let Some(actor) = &h.actor else {
            return match h.likelihood {
                Likelihood::AlmostNoChance => self.say("who.none_no_chance", &args),
                Likelihood::RoughlyEvenChance => self.say("who.none_even", &args),
                _ => self.say("who.none", &args),
            };
        };
        let mut args = args.to_vec();
        args.push(("actor", actor.name.as_str()));
        match h.likelihood {
            Likelihood::AlmostNoChance => self.say("who.actor_no_chance", &args),
            Likelihood::RoughlyEvenChance => self.say("who.actor_even", &args),
            _ => self.say("who.actor", &args),
        }
    }

    /// How good the basis is. Nothing of likelihood.
    pub(crate) fn confidence_sentence(self, assessment: &Assessment) -> String {
        say!(
            self,
            "confidence.sentence",
            grade = self.confidence(assessment.confidence)
        )
    }

    /// Why the confidence is what it is: a sentence each.
    pub(crate) fn confidence_reason(self, reason: &ConfidenceReason) -> String {
        match reason {
            ConfidenceReason::IndependentReports { count } => {
                say!(self, "reason.reports", n = count)
            }
            ConfidenceReason::VerticesCovered { count } => say!(self, "reason.vertices", n = count),
            ConfidenceReason::RestsOnOneItem { without } => say!(
                self,
                "reason.one_item",
                probability = self.probability(*without)
            ),
            ConfidenceReason::NothingObserved => self.get("reason.nothing_observed").to_owned(),
            ConfidenceReason::Observed { indicators } => {
                say!(self, "reason.observed", n = indicators)
            }
            ConfidenceReason::LowVisibility { share } => {
                say!(
                    self,
                    "reason.low_visibility",
                    share = format::percent(*share)
                )
            }
            ConfidenceReason::ThinProfile { features } => {
                say!(self, "reason.thin_profile", n = features)
            }
            ConfidenceReason::NoEvidence => self.get("reason.no_evidence").to_owned(),
        }
    }

    /// A fact in a few words, for charts and tables.
    pub(crate) fn evidence_short(self, kind: &EvidenceKind) -> String {
        match kind {
            EvidenceKind::PublisherClaim { name } => say!(self, "evidence.claim", name = name),
            EvidenceKind::Software { name, .. } => say!(self, "evidence.software", name = name),
            EvidenceKind::Technique { id, name, .. } => {
                say!(self, "evidence.technique", id = id, name = name)
            }
            EvidenceKind::Infrastructure { value, .. } => {
                say!(self, "evidence.infrastructure", value = defang(value))
            }
            EvidenceKind::TargetCountry(country) => {
                say!(self, "evidence.country", place = self.country(country))
            }
            EvidenceKind::TargetSector(sector) => {
                say!(self, "evidence.sector", sector = self.sector(sector))
            }
        }
    }

    /// What makes a fact telling or not: how many others share it, who says it.
    pub(crate) fn evidence_note(self, evidence: &Evidence) -> String {
        match &evidence.kind {
            EvidenceKind::PublisherClaim { .. } => self.get("evidence.claim_note").to_owned(),
            EvidenceKind::Software { used_by, .. } => say!(self, "evidence.used_by", n = used_by),
            EvidenceKind::Technique { used_by, .. } => say!(self, "evidence.used_by", n = used_by),
            EvidenceKind::Infrastructure { source, .. } => {
                say!(self, "evidence.known_from", source = source)
            }
            EvidenceKind::TargetCountry(_) | EvidenceKind::TargetSector(_) => {
                self.get("evidence.target_note").to_owned()
            }
        }
    }

    /// Something taken for granted.
    pub(crate) fn assumption(self, assumption: &Assumption) -> String {
        match assumption {
            Assumption::SoftwareNotShared { name } => {
                say!(self, "assumption.software", name = name)
            }
            Assumption::ReportRight { report } => say!(self, "assumption.report", report = report),
            Assumption::OneActor => self.get("assumption.one_actor").to_owned(),
            Assumption::InfrastructureNotReused => self.get("assumption.infrastructure").to_owned(),
        }
    }

    /// Another reading that was considered.
    pub(crate) fn alternative(self, alternative: &Alternative, evidence: &[Evidence]) -> String {
        match alternative {
            Alternative::Planted {
                items,
                with,
                without,
            } => {
                let items = items.iter().filter_map(|item| evidence.get(*item));
                let items: Vec<String> = items.map(|e| self.evidence_short(&e.kind)).collect();
                say!(
                    self,
                    "alternative.together",
                    items = self.list(&items),
                    with = self.probability(*with),
                    without = self.probability(*without)
                )
            }
            Alternative::OtherActor { name, probability } => say!(
                self,
                "alternative.other",
                name = name,
                probability = self.probability(*probability)
            ),
            Alternative::Unknown { probability } => say!(
                self,
                "alternative.unknown",
                probability = self.probability(*probability)
            ),
            Alternative::FalseFlag { without } => say!(
                self,
                "alternative.planted",
                probability = self.probability(*without)
            ),
        }
    }

    /// What would change the judgement.
    pub(crate) fn trigger(self, trigger: &ChangeTrigger) -> String {
        match trigger {
            ChangeTrigger::SoftwareElsewhere { name } => {
                say!(self, "trigger.software", name = name)
            }
            ChangeTrigger::SecondSource => self.get("trigger.second_source").to_owned(),
            ChangeTrigger::MissingTelemetry { needs, assets } => {
                let needs: Vec<&str> = needs.iter().map(|t| self.telemetry(*t)).collect();
                if assets.is_empty() {
                    say!(self, "trigger.telemetry", needs = self.any_of(&needs))
                } else {
                    say!(
                        self,
                        "trigger.telemetry_on",
                        needs = self.any_of(&needs),
                        assets = self.list_of(assets, 5)
                    )
                }
            }
            ChangeTrigger::IdentifyMalware => self.get("trigger.malware").to_owned(),
        }
    }
}

/// A value of unknown kind, made unclickable.
fn defang(value: &str) -> String {
    use tegakari_model::{Observable, ObservableKind as K};
    [K::Ipv4, K::Ipv6, K::Cidr, K::Url, K::Email, K::Domain]
        .into_iter()
        .find_map(|kind| Observable::new(kind, value).ok())
        .map_or_else(|| value.to_owned(), |o| o.defanged())
}
