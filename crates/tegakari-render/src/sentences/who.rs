//! Who it may be: likelihood in one sentence, confidence in another.

use tegakari_model::{
    AbsenceBasis, Alternative, Asked, Assessment, Assumption, ChangeTrigger, ConfidenceReason,
    Evidence, EvidenceKind, Hypothesis, Likelihood, Script,
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
            ConfidenceReason::RestsOnOneItem {
                actor: Some(actor),
                without,
            } => say!(
                self,
                "reason.one_item",
                actor = actor,
                probability = self.probability(*without)
            ),
            ConfidenceReason::RestsOnOneItem {
                actor: None,
                without,
            } => say!(
                self,
                "reason.one_item_old",
                probability = self.probability(*without)
            ),
            ConfidenceReason::OriginsContradict { countries } => {
                let places: Vec<String> = countries.iter().map(|c| self.country(c)).collect();
                say!(
                    self,
                    "reason.origins_contradict",
                    places = self.list(&places)
                )
            }
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
            ConfidenceReason::ThinProfile {
                actor: Some(actor),
                features,
            } => say!(self, "reason.thin_profile", actor = actor, n = features),
            ConfidenceReason::ThinProfile {
                actor: None,
                features,
            } => say!(self, "reason.thin_profile_old", n = features),
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
            EvidenceKind::StatedOrigin(country) => {
                say!(self, "evidence.origin", place = self.country(country))
            }
            EvidenceKind::Absent { what, .. } => {
                say!(self, "evidence.absent", what = self.asked_short(what))
            }
            EvidenceKind::Vulnerability { cve, .. } => {
                say!(self, "evidence.vulnerability", cve = cve)
            }
            EvidenceKind::Published { year } => {
                say!(self, "evidence.published", year = year)
            }
            EvidenceKind::WorkingHours { from, .. } => say!(
                self,
                "evidence.hours",
                from = format!("{from:02}:00"),
                until = format!("{:02}:00", (from + 9) % 24)
            ),
            EvidenceKind::Lure { name } => say!(self, "evidence.lure", name = name),
            EvidenceKind::Writing { script, text } => say!(
                self,
                "evidence.writing",
                script = self.script(*script),
                text = text
            ),
        }
    }

    /// What was asked after, in a few words.
    fn asked_short(self, asked: &Asked) -> String {
        match asked {
            Asked::Software { name, .. } => say!(self, "evidence.software", name = name),
            Asked::Technique { id, name, .. } => {
                say!(self, "evidence.technique", id = id, name = name)
            }
            Asked::Infrastructure { actor } => {
                say!(self, "evidence.contact", actor = actor.name)
            }
            Asked::Country { country } => {
                say!(self, "evidence.country", place = self.country(country))
            }
            Asked::Sector { sector } => {
                say!(self, "evidence.sector", sector = self.sector(sector))
            }
        }
    }

    fn script(self, script: Script) -> &'static str {
        self.get(match script {
            Script::Cyrillic => "script.cyrillic",
            Script::Hangul => "script.hangul",
            Script::Kana => "script.kana",
            Script::Han => "script.han",
            Script::Arabic => "script.arabic",
            Script::Hebrew => "script.hebrew",
            Script::Thai => "script.thai",
            Script::Devanagari => "script.devanagari",
        })
    }

    /// What is stated and not weighed: a sentence that says so, each.
    pub(crate) fn only_stated(self, assessment: &Assessment) -> Vec<String> {
        let stated = assessment.evidence.iter();
        stated
            .filter(|e| e.kind.is_only_stated())
            .map(|e| self.stated(e))
            .collect()
    }

    fn stated(self, evidence: &Evidence) -> String {
        let note = self.evidence_note(evidence);
        let says = match &evidence.kind {
            EvidenceKind::WorkingHours {
                from,
                counted,
                inside,
                days,
                offsets,
            } => {
                let zones: Vec<String> = offsets
                    .iter()
                    .map(|offset| format!("UTC{offset:+}"))
                    .collect();
                say!(
                    self,
                    "stated.hours",
                    from = format!("{from:02}:00"),
                    until = format!("{:02}:00", (from + 9) % 24),
                    inside = inside,
                    counted = counted,
                    days = days,
                    zones = self.list(&zones)
                )
            }
            other => say!(self, "stated.other", what = self.evidence_short(other)),
        };
        [says, note].join(self.get("sentence.space"))
    }

    /// What was looked for and not found: a sentence each.
    pub(crate) fn not_found(self, assessment: &Assessment) -> Vec<String> {
        let absent = assessment.evidence.iter();
        absent
            .filter_map(|e| match &e.kind {
                EvidenceKind::Absent {
                    what,
                    visibility,
                    basis,
                } => Some(self.absence(e, what, *visibility, *basis)),
                _ => None,
            })
            .collect()
    }

    fn absence(
        self,
        evidence: &Evidence,
        what: &Asked,
        visibility: f64,
        basis: AbsenceBasis,
    ) -> String {
        let what = self.asked_short(what);
        let share = format::percent(visibility);
        let says = match (basis, evidence.stated.first()) {
            (AbsenceBasis::Answer, Some(stated)) => say!(
                self,
                "absent.answer",
                what = what,
                share = share,
                day = format::day(stated.at),
                why = stated.why
            ),
            _ => say!(self, "absent.hunt", what = what, share = share),
        };
        if visibility > 0.0 {
            return says;
        }
        [says, self.get("absent.nothing").to_owned()].join(self.get("sentence.space"))
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
            EvidenceKind::StatedOrigin(_) => self.get("evidence.origin_note").to_owned(),
            EvidenceKind::Absent { visibility, .. } => say!(
                self,
                "evidence.absent_note",
                share = format::percent(*visibility)
            ),
            EvidenceKind::Vulnerability { used_by, .. } => {
                say!(self, "evidence.exploited_by", n = used_by)
            }
            EvidenceKind::Published { .. } => self.get("evidence.published_note").to_owned(),
            EvidenceKind::WorkingHours { .. } => self.get("evidence.hours_note").to_owned(),
            EvidenceKind::Lure { .. } => self.get("evidence.lure_note").to_owned(),
            EvidenceKind::Writing { .. } => self.get("evidence.writing_note").to_owned(),
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
