//! What the negatives are worth, in sentences that can be said to somebody who decides.

use tegakari_model::{AssetOrigin, HuntResult, Improvement, Measure, Strength};

use crate::format;
use crate::i18n::{Words, say};

/// How many names a sentence holds.
const MOST_NAMES: usize = 3;

impl Words {
    /// The sentence for a manager, then where it is weakest and what it assumes.
    pub(crate) fn strength(self, strength: &Strength) -> Vec<String> {
        let share = format::percent(strength.organisation);
        let asked = strength.techniques.iter().filter(|one| one.visible > 0.0);
        let asked = asked.count();
        let mut out = vec![if asked == 0 {
            say!(self, "strength.manager", share = share)
        } else {
            say!(self, "strength.manager_behaviours", share = share)
        }];
        match (asked, strength.techniques.len()) {
            (_, 0) => {}
            (0, n) if strength.techniques.iter().all(|one| one.rules == 0) => {
                out.push(say!(self, "strength.no_rules", n = n));
            }
            (asked, n) => out.push(say!(self, "strength.asked", n = n, asked = asked)),
        }
        let blind: Vec<&str> = strength
            .assets
            .iter()
            .filter(|one| one.probability == 0.0)
            .map(|one| one.asset.as_str())
            .collect();
        match (blind.as_slice(), strength.assets.first()) {
            ([], Some(weakest)) if strength.assets.len() > 1 => {
                let share = format::percent(weakest.probability);
                out.push(say!(
                    self,
                    "strength.weakest",
                    asset = weakest.asset,
                    share = share
                ));
            }
            ([], _) => {}
            (blind, _) => {
                let assets = self.list_of(blind, MOST_NAMES);
                out.push(say!(
                    self,
                    "strength.blind",
                    n = blind.len(),
                    assets = assets
                ));
            }
        }
        out
    }

    /// What it was worked out from.
    pub(crate) fn strength_basis(self, strength: &Strength) -> Vec<String> {
        let kinds: Vec<String> = strength
            .kinds
            .iter()
            .filter(|part| part.used > 0.0)
            .map(|part| {
                let used = format::percent(part.used);
                say!(
                    self,
                    "strength.kind",
                    kind = self.kind(part.kind),
                    used = used
                )
            })
            .collect();
        let mut out = Vec::new();
        if !kinds.is_empty() {
            out.push(say!(self, "strength.assumed", kinds = self.list(&kinds)));
        }
        if let Some(one) = strength.techniques.iter().find(|one| one.visible > 0.0) {
            out.push(say!(
                self,
                "strength.assumed_techniques",
                used = format::percent(one.used),
                matched = format::percent(one.matched)
            ));
        }
        if !strength.measured.is_empty() {
            out.push(say!(self, "strength.measured", n = strength.measured.len()));
        }
        if strength.improvements_from < strength.assets.len() as u64 {
            out.push(say!(
                self,
                "strength.sampled",
                n = strength.improvements_from
            ));
        }
        out
    }

    /// What to turn on where, and what it would raise the probability to.
    pub(crate) fn improvement(self, one: &Improvement) -> String {
        say!(
            self,
            "strength.improvement",
            measure = self.measure(one.measure),
            n = one.assets.len(),
            assets = self.list_of(&one.assets, MOST_NAMES),
            from = format::percent(one.from),
            to = format::percent(one.to)
        )
    }

    /// Machines that nobody listed, and listed ones of which there is no record; nothing without an inventory.
    pub(crate) fn inventory(self, hunt: &HuntResult) -> Vec<String> {
        let with = |origin: AssetOrigin| -> Vec<&str> {
            let all = hunt.coverage.assets.iter();
            all.filter(|asset| asset.origin == origin)
                .map(|asset| asset.name.as_str())
                .collect()
        };
        let unlisted = with(AssetOrigin::LogsOnly);
        let silent = with(AssetOrigin::InventoryOnly);
        if silent.is_empty() && with(AssetOrigin::Both).is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        if !unlisted.is_empty() {
            let assets = self.list_of(&unlisted, MOST_NAMES);
            out.push(say!(
                self,
                "inventory.unlisted",
                n = unlisted.len(),
                assets = assets
            ));
        }
        if !silent.is_empty() {
            let assets = self.list_of(&silent, MOST_NAMES);
            out.push(say!(
                self,
                "inventory.silent",
                n = silent.len(),
                assets = assets
            ));
        }
        out
    }

    fn measure(self, measure: Measure) -> &'static str {
        self.get(match measure {
            Measure::DnsLog => "measure.dns_log",
            Measure::FlowRecords => "measure.flow_records",
            Measure::ProxyLog => "measure.proxy_log",
            Measure::TlsSensor => "measure.tls_sensor",
            Measure::ProcessAudit => "measure.process_audit",
            Measure::EndpointSensor => "measure.endpoint_sensor",
            Measure::SystemEvents => "measure.system_events",
            Measure::MailLog => "measure.mail_log",
            Measure::AskRules => "measure.ask_rules",
        })
    }
}
