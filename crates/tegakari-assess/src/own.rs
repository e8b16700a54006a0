//! The user's own clusters as hypotheses beside the known actors.
//!
//! A cluster's record is what its reports say: an account a report, with techniques, software, infrastructure and
//! victims. A report that is part of the case is left out of it, since it cannot be evidence that it is like itself; a
//! cluster without other reports is no hypothesis of that case. Clusters never change how exclusive software of known
//! actors is: that counts what was published.

use std::collections::BTreeSet;

use tegakari_model::{
    ActorId, ActorRef, Cluster, Disposition, NameKind, ObservableKind, Report, ReportDate,
    ReportId, SoftwareId, TargetKind, TechniqueMention,
};

use crate::claim::plain;
use crate::evidence::SURELY_TOLD;
use crate::profiles::{Account, ActorProfile, InfrastructureClaim, Profiles, SoftwareProfile};

/// Where the ids of own clusters begin in the place of a source.
pub(crate) const PREFIX: &str = "cluster:";

/// A cluster with the reports that belong to it.
#[derive(Debug, Clone)]
pub struct OwnCluster {
    /// The cluster.
    pub cluster: Cluster,
    /// Its reports, as far as they are stored.
    pub reports: Vec<Report>,
}

/// The record under which a cluster is weighed.
pub fn cluster_actor(cluster: &Cluster) -> ActorRef {
    ActorRef {
        id: ActorId(format!("{PREFIX}{}", cluster.id)),
        name: cluster.name.clone(),
        aliases: cluster.former_names.clone(),
    }
}

/// The id under which malware without a record is known: its name as reports write it.
pub(crate) fn unrecorded(name: &str) -> SoftwareId {
    SoftwareId(format!("report:{}", plain(name)))
}

/// The profiles with the clusters among them, without what the reports in `except` say of them.
pub(crate) fn with_clusters(
    profiles: &Profiles,
    clusters: &[OwnCluster],
    except: &BTreeSet<&ReportId>,
) -> Profiles {
    let mut builder = profiles.to_builder();
    for own in clusters.iter().filter(|own| own.cluster.is_open()) {
        let mut reports = own.reports.iter();
        if !reports.any(|report| !except.contains(&report.id)) {
            continue;
        }
        let actor = cluster_actor(&own.cluster);
        let mut profile = ActorProfile::named(actor.clone());
        profile.tracked = true;
        profile.own = true;
        for report in own.reports.iter().filter(|r| !except.contains(&r.id)) {
            let mut account = Account {
                year: report.published.as_ref().and_then(ReportDate::year),
                ..Account::default()
            };
            let likely = |m: &&TechniqueMention| m.probability.is_none_or(|p| p >= SURELY_TOLD);
            for mention in report.techniques.iter().filter(likely) {
                if !mention.id.is_tactic() {
                    account.techniques.insert(mention.id.clone());
                }
            }
            for name in &report.names {
                if !matches!(name.kind, NameKind::Malware | NameKind::Tool) {
                    continue;
                }
                let known = name
                    .software
                    .iter()
                    .filter(|id| profiles.software(id).is_some());
                let before = account.software.len();
                account.software.extend(known.cloned());
                if account.software.len() == before
                    && name.kind == NameKind::Malware
                    && name.software.is_empty()
                    && !plain(&name.text).is_empty()
                {
                    let id = unrecorded(&name.text);
                    builder = builder.software(SoftwareProfile {
                        id: id.clone(),
                        name: name.text.clone(),
                        dual_use: false,
                        techniques: BTreeSet::new(),
                    });
                    account.software.insert(id);
                }
            }
            for mention in &report.mentions {
                let kind = mention.observable.kind();
                if mention.disposition == Disposition::Ioc && kind.is_network() {
                    builder = builder.infrastructure(
                        mention.observable.value(),
                        InfrastructureClaim {
                            actor: actor.id.clone(),
                            source: format!("{} {}", own.cluster.id, report.id),
                        },
                    );
                }
            }
            let exploited = report.mentions.iter().filter(|m| {
                m.disposition == Disposition::Ioc && m.observable.kind() == ObservableKind::Cve
            });
            let exploited = exploited.map(|m| m.observable.value().to_owned());
            profile.vulnerabilities.extend(exploited);
            for target in report.targets.iter().filter(|t| t.attacked) {
                match &target.target {
                    TargetKind::Country(country) => {
                        profile.countries.insert(country.clone());
                    }
                    TargetKind::Sector(sector) => {
                        profile.sectors.insert(sector.clone());
                    }
                }
            }
            for id in &account.techniques {
                *profile.techniques.entry(id.clone()).or_default() += 1;
            }
            for id in &account.software {
                *profile.software.entry(id.clone()).or_default() += 1;
            }
            profile.accounts.push(account);
        }
        builder = builder.actor(profile);
    }
    builder.build()
}
