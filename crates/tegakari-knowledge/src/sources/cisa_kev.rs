//! CISA's catalogue of known exploited vulnerabilities, as JSON or CSV: what is exploited in the wild, and since when
//! CISA says so. Its prose (descriptions, required actions, notes) is not taken over.

use serde::Deserialize;
use serde_json::value::RawValue;
use tegakari_model::{Observable, ObservableKind};

use super::dates::{day_of, is_day};
use super::{KnowledgeSource, SourceError, SourceFile};
use crate::facts::Facts;
use crate::order::{sort, sort_by};
use crate::record::Exploited;
use crate::source_facts::{Licence, Redistribution};

/// The catalogue.
pub(super) struct CisaKev;

const FILE: &str = "cisa-kev/known_exploited_vulnerabilities";
const AGAIN: &str = "get the file again from CISA";

#[derive(Deserialize)]
struct Catalogue<'a> {
    #[serde(rename = "catalogVersion", default)]
    version: String,
    #[serde(rename = "dateReleased", default)]
    released: String,
    #[serde(borrow)]
    vulnerabilities: Vec<&'a RawValue>,
}

/// A row of the catalogue; the two forms name their fields alike.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    #[serde(rename = "cveID")]
    cve: String,
    vendor_project: String,
    product: String,
    vulnerability_name: String,
    date_added: String,
    due_date: String,
    known_ransomware_campaign_use: String,
    cwes: Vec<String>,
}

impl KnowledgeSource for CisaKev {
    fn id(&self) -> &'static str {
        "cisa-kev"
    }

    fn title(&self) -> &'static str {
        "CISA known exploited vulnerabilities"
    }

    fn publisher(&self) -> &'static str {
        "Cybersecurity and Infrastructure Security Agency"
    }

    fn about(&self) -> &'static str {
        "vulnerabilities exploited in the wild, since when they are listed, and whether ransomware is known to use them (https://www.cisa.gov/known-exploited-vulnerabilities-catalog)"
    }

    fn licence(&self) -> Licence {
        Licence {
            id: "CC0-1.0",
            notice: "Known Exploited Vulnerabilities catalogue by CISA, dedicated to the public domain under CC0 1.0. CISA does not endorse this program.",
            text: "",
            redistribution: Redistribution::Allowed,
        }
    }

    fn takes(&self, path: &str) -> bool {
        path.strip_prefix(FILE)
            .is_some_and(|end| matches!(end, ".json" | ".csv" | ".json.gz" | ".csv.gz"))
    }

    fn parse(&self, files: &[SourceFile<'_>]) -> Result<Facts, SourceError> {
        let mut facts = Facts::default();
        let mut odd = 0_u64;
        for file in files {
            let bytes = file.bytes.strip_prefix(b"\xEF\xBB\xBF");
            let bytes = bytes.unwrap_or(file.bytes);
            let rows = if bytes.trim_ascii_start().starts_with(b"{") {
                self.json(file.path, bytes, &mut facts, &mut odd)?
            } else {
                csv_rows(file.path, bytes, &mut odd)?
            };
            for row in rows {
                match exploited(row) {
                    Some(one) => {
                        facts.date = facts.date.max(one.listed.clone());
                        facts.exploited.push(one);
                    }
                    None => odd += 1,
                }
            }
        }
        // Of two rows of one id the later is the newer.
        facts.exploited.reverse();
        sort_by(&mut facts.exploited, |a, b| a.cve.cmp(&b.cve));
        facts
            .exploited
            .dedup_by(|later, kept| later.cve == kept.cve);
        if facts.version.is_empty() {
            facts.version.clone_from(&facts.date);
        }
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let used = facts.exploited.iter();
        let used = used.filter(|e| e.ransomware == Some(true)).count();
        facts.counts = vec![
            ("vulnerabilities".into(), count(facts.exploited.len())),
            ("known to be used by ransomware".into(), count(used)),
        ];
        if odd > 0 {
            facts.counts.push(("rows not understood".into(), odd));
        }
        Ok(facts)
    }
}

impl CisaKev {
    fn json(
        &self,
        path: &str,
        bytes: &[u8],
        facts: &mut Facts,
        odd: &mut u64,
    ) -> Result<Vec<Row>, SourceError> {
        let catalogue: Catalogue<'_> = serde_json::from_slice(bytes).map_err(|e| {
            let what = format!("not CISA's whole catalogue of exploited vulnerabilities ({e})");
            SourceError::new(path, what, AGAIN)
        })?;
        facts.version = catalogue.version;
        facts.date = facts.date.clone().max(day_of(&catalogue.released));
        let mut rows = Vec::new();
        for one in catalogue.vulnerabilities {
            match serde_json::from_str(one.get()) {
                Ok(row) => rows.push(row),
                Err(_) => *odd += 1,
            }
        }
        Ok(rows)
    }
}

fn csv_rows(path: &str, bytes: &[u8], odd: &mut u64) -> Result<Vec<Row>, SourceError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let heads = reader.headers().cloned().unwrap_or_default();
    let at = |name: &str| heads.iter().position(|h| h.trim() == name);
    let (Some(cve), Some(added)) = (at("cveID"), at("dateAdded")) else {
        let what =
            "not CISA's catalogue of exploited vulnerabilities (no columns cveID and dateAdded)";
        return Err(SourceError::new(path, what, AGAIN));
    };
    let others = [
        "vendorProject",
        "product",
        "vulnerabilityName",
        "dueDate",
        "knownRansomwareCampaignUse",
        "cwes",
    ]
    .map(at);
    let mut rows = Vec::new();
    for record in reader.records() {
        // A record cut off in the middle has too few fields.
        let Some(record) = record.ok().filter(|r| r.len() == heads.len()) else {
            *odd += 1;
            continue;
        };
        let text = |at: Option<usize>| at.and_then(|i| record.get(i)).unwrap_or("").to_owned();
        let [vendor, product, name, due, ransomware, cwes] = others;
        rows.push(Row {
            cve: text(Some(cve)),
            vendor_project: text(vendor),
            product: text(product),
            vulnerability_name: text(name),
            date_added: text(Some(added)),
            due_date: text(due),
            known_ransomware_campaign_use: text(ransomware),
            cwes: text(cwes).split(',').map(str::to_owned).collect(),
        });
    }
    Ok(rows)
}

/// `None` without a CVE id.
fn exploited(row: Row) -> Option<Exploited> {
    let cve = Observable::new(ObservableKind::Cve, row.cve.trim()).ok()?;
    let day = |text: &str| {
        let text = text.trim();
        if is_day(text) {
            text.to_owned()
        } else {
            day_of(text)
        }
    };
    let mut weaknesses: Vec<String> = row
        .cwes
        .iter()
        .map(|c| c.trim().to_owned())
        .filter(|c| c.starts_with("CWE-"))
        .collect();
    sort(&mut weaknesses);
    weaknesses.dedup();
    Some(Exploited {
        cve: cve.value().to_owned(),
        source: "cisa-kev".to_owned(),
        vendor: row.vendor_project.trim().to_owned(),
        product: row.product.trim().to_owned(),
        name: row.vulnerability_name.trim().to_owned(),
        listed: day(&row.date_added),
        due: day(&row.due_date),
        // CISA writes `Known` or `Unknown`.
        ransomware: row
            .known_ransomware_campaign_use
            .trim()
            .eq_ignore_ascii_case("known")
            .then_some(true),
        weaknesses,
    })
}
