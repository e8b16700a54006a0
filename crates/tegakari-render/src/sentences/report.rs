//! What a report says, in sentences and short lines.

use tegakari_model::{
    FileRecord, NameMention, Objection, Report, ReportCitation, TechniqueMention,
};

use crate::ExploitedNote;
use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// The title of a report, or its file name.
    pub(crate) fn report_title(self, report: &Report) -> String {
        report
            .title
            .clone()
            .filter(|t| !t.trim().is_empty())
            .unwrap_or_else(|| report.source.name.clone())
    }

    /// That a vulnerability is exploited in the wild: since when it is listed, by whom, and whether by ransomware.
    pub(crate) fn exploited(self, note: &ExploitedNote) -> String {
        let (cve, product) = (&note.cve, &note.product);
        let (listed, source) = (&note.listed, &note.said_by);
        if note.ransomware {
            say!(
                self,
                "exploited.known",
                cve = cve,
                product = product,
                listed = listed,
                source = source
            )
        } else {
            say!(
                self,
                "exploited.unknown",
                cve = cve,
                product = product,
                listed = listed,
                source = source
            )
        }
    }

    /// What was read in it, counted.
    pub(crate) fn report_counts(self, report: &Report) -> String {
        let indicators = report
            .mentions
            .iter()
            .filter(|m| m.disposition == tegakari_model::Disposition::Ioc)
            .count();
        say!(
            self,
            "report.counts",
            indicators = indicators,
            files = report.files.len(),
            techniques = report.techniques.len(),
            names = report.names.len()
        )
    }

    /// Publisher, date, marking: what is known of where it comes from.
    pub(crate) fn report_origin(self, report: &Report) -> String {
        let mut parts = vec![report.id.to_string()];
        parts.extend(report.publisher.clone());
        parts.extend(report.published.as_ref().map(|d| d.0.clone()));
        parts.push(match report.tlp {
            Some(tlp) => tlp.label().to_owned(),
            None => self.get("report.no_tlp").to_owned(),
        });
        parts.push(report.source.format.clone());
        parts.join(" · ")
    }

    /// Where in a report: `line 14`, `page 3`, a JSON pointer, a section.
    pub(crate) fn place(self, citation: &ReportCitation) -> String {
        let mut parts = vec![citation.report.to_string()];
        if let Some(page) = citation.page {
            parts.push(say!(self, "place.page", page = page));
        }
        if let Some(line) = citation.line {
            parts.push(say!(self, "place.line", line = line));
        }
        if let (None, None, Some(path)) = (citation.page, citation.line, &citation.path) {
            parts.push(path.clone());
        }
        parts.join(" ")
    }

    /// What is to be known of a name: spellings, what it is matched to, how often.
    pub(crate) fn name_note(self, name: &NameMention) -> String {
        let mut notes = Vec::new();
        match &name.known_as {
            Some(known) if name.misspelt => notes.push(say!(self, "name.misspelt", name = known)),
            Some(known) if *known != name.text => {
                notes.push(say!(self, "name.known_as", name = known));
            }
            Some(_) => {}
            None => notes.push(self.get("name.unknown").to_owned()),
        }
        if name.denied {
            notes.push(self.get("name.denied").to_owned());
        }
        if !name.also_written.is_empty() {
            notes.push(say!(
                self,
                "name.also",
                names = self.list_of(&name.also_written, 4)
            ));
        }
        if name.actors.len() > 1 {
            notes.push(say!(self, "name.records", n = name.actors.len()));
        }
        notes.join(self.get("list.semicolon"))
    }
}

impl Words {
    /// What is known of a file, label and value, in the order people ask.
    pub(crate) fn file_facts(self, file: &FileRecord) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        let mut fact = |label: &'static str, value: Option<String>| {
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                facts.push((label, value));
            }
        };
        fact(self.get("kind.sha512"), file.sha512.clone());
        fact(self.get("kind.sha256"), file.sha256.clone());
        fact(self.get("kind.sha1"), file.sha1.clone());
        fact(self.get("kind.md5"), file.md5.clone());
        fact(self.get("kind.ssdeep"), file.ssdeep.clone());
        fact(self.get("file.size"), file.size.map(format::bytes));
        fact(
            self.get("kind.detection_name"),
            Some(file.detections.join(self.get("list.comma"))),
        );
        let claimed = file.claimed_product.clone().or_else(|| {
            file.claimed_product_stated
                .then(|| self.get("file.claims_none").to_owned())
        });
        fact(self.get("file.claims"), claimed);
        facts
    }

    /// What is to be known of a technique's mention.
    pub(crate) fn technique_note(self, technique: &TechniqueMention) -> String {
        match (&technique.retired_id, technique.probability) {
            (Some(old), _) => say!(self, "technique.retired", id = old),
            (None, Some(p)) => {
                let percent = format!("{:.0} %", 100.0 * p);
                let or: Vec<&str> = technique
                    .alternatives
                    .iter()
                    .map(|a| a.id.as_str())
                    .collect();
                if or.is_empty() {
                    say!(self, "technique.told", percent = percent)
                } else {
                    let or = or.join(self.get("list.comma"));
                    say!(self, "technique.told_or", percent = percent, others = or)
                }
            }
            (None, None) if technique.explicit => self.get("technique.explicit").to_owned(),
            (None, None) => self.get("technique.described").to_owned(),
        }
    }

    /// One objection with the list that says so.
    pub(crate) fn objected(self, objection: &Objection) -> String {
        let why = self.objection(objection.kind);
        let source = objection.source.as_str();
        match (source.is_empty(), objection.matched.is_empty()) {
            (true, _) => why.to_owned(),
            (false, true) => say!(self, "objection.by", why = why, source = source),
            (false, false) => say!(
                self,
                "objection.by_entry",
                why = why,
                source = source,
                matched = objection.matched
            ),
        }
    }
}
