//! The words for the model's enums. One `match` each and no wildcard, so that a new variant of the
//! model does not compile until it has words.

use tegakari_model::{
    AssetOrigin, Confidence, Disposition, FindingKind, IndicatorRole, Language, Likelihood,
    NameKind, ObjectionKind, ObservableKind, Relation, Scope, Telemetry, Vertex,
};

use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// A kind of observable, in the singular.
    pub(crate) fn kind(self, kind: ObservableKind) -> &'static str {
        use ObservableKind as K;
        self.get(match kind {
            K::Ipv4 => "kind.ipv4",
            K::Ipv6 => "kind.ipv6",
            K::Cidr => "kind.cidr",
            K::Domain => "kind.domain",
            K::Url => "kind.url",
            K::Email => "kind.email",
            K::Md5 => "kind.md5",
            K::Sha1 => "kind.sha1",
            K::Sha256 => "kind.sha256",
            K::Sha512 => "kind.sha512",
            K::FileName => "kind.file_name",
            K::FilePath => "kind.file_path",
            K::RegistryKey => "kind.registry_key",
            K::ServiceName => "kind.service_name",
            K::NamedPipe => "kind.named_pipe",
            K::Mutex => "kind.mutex",
            K::UserAgent => "kind.user_agent",
            K::CommandLine => "kind.command_line",
            K::Cve => "kind.cve",
            K::Asn => "kind.asn",
            K::DetectionName => "kind.detection_name",
            K::Wallet => "kind.wallet",
            K::Mac => "kind.mac",
            K::Ja3 => "kind.ja3",
            K::Imphash => "kind.imphash",
            K::Ssdeep => "kind.ssdeep",
            K::Package => "kind.package",
            K::YaraRule => "kind.yara_rule",
        })
    }

    /// Words for one of the three answers.
    pub(crate) fn finding(self, kind: FindingKind) -> &'static str {
        self.get(match kind {
            FindingKind::Seen => "finding.seen",
            FindingKind::NotSeen => "finding.not_seen",
            FindingKind::CannotTell => "finding.cannot_tell",
        })
    }

    /// What an indicator was used for; empty when the report does not say.
    pub(crate) fn role(self, role: IndicatorRole) -> &'static str {
        match role {
            IndicatorRole::C2 => self.get("role.c2"),
            IndicatorRole::Delivery => self.get("role.delivery"),
            IndicatorRole::Staging => self.get("role.staging"),
            IndicatorRole::Malware => self.get("role.malware"),
            IndicatorRole::Tool => self.get("role.tool"),
            IndicatorRole::Unknown => "",
        }
    }

    /// A kind of telemetry.
    pub(crate) fn telemetry(self, telemetry: Telemetry) -> &'static str {
        use Telemetry as T;
        self.get(match telemetry {
            T::Flow => "telemetry.flow",
            T::Dns => "telemetry.dns",
            T::DnsAnswer => "telemetry.dns_answer",
            T::HttpHost => "telemetry.http_host",
            T::HttpUrl => "telemetry.http_url",
            T::UserAgent => "telemetry.user_agent",
            T::TlsName => "telemetry.tls_name",
            T::Certificate => "telemetry.certificate",
            T::TransferHash => "telemetry.transfer_hash",
            T::Process => "telemetry.process",
            T::CommandLine => "telemetry.command_line",
            T::FileMd5 => "telemetry.file_md5",
            T::FileSha1 => "telemetry.file_sha1",
            T::FileSha256 => "telemetry.file_sha256",
            T::FileName => "telemetry.file_name",
            T::Registry => "telemetry.registry",
            T::Service => "telemetry.service",
            T::ScheduledTask => "telemetry.scheduled_task",
            T::Pipe => "telemetry.pipe",
            T::Logon => "telemetry.logon",
            T::Mail => "telemetry.mail",
            T::Alert => "telemetry.alert",
            T::Other => "telemetry.other",
        })
    }

    /// The cheapest usual way to get a kind of telemetry.
    pub(crate) fn closing(self, telemetry: Telemetry) -> &'static str {
        use Telemetry as T;
        self.get(match telemetry {
            T::Flow => "closing.flow",
            T::Dns | T::DnsAnswer => "closing.dns",
            T::HttpHost | T::HttpUrl | T::UserAgent => "closing.web",
            T::TlsName | T::Certificate => "closing.tls",
            T::TransferHash => "closing.transfer",
            T::Process | T::CommandLine => "closing.process",
            T::FileMd5 | T::FileSha1 | T::FileSha256 => "closing.hash",
            T::FileName => "closing.file",
            T::Registry => "closing.registry",
            T::Service => "closing.service",
            T::ScheduledTask => "closing.task",
            T::Pipe => "closing.pipe",
            T::Logon => "closing.logon",
            T::Mail => "closing.mail",
            T::Alert | T::Other => "closing.other",
        })
    }

    /// How what stands in the log relates to the indicator; empty for the same value.
    pub(crate) fn relation(self, relation: Relation) -> &'static str {
        match relation {
            Relation::Exact => "",
            Relation::Subdomain => self.get("relation.subdomain"),
            Relation::Host => self.get("relation.host"),
            Relation::InNetwork => self.get("relation.in_network"),
            Relation::MailDomain => self.get("relation.mail_domain"),
            Relation::ReverseName => self.get("relation.reverse_name"),
            Relation::Defanged => self.get("relation.defanged"),
            Relation::PathEnd => self.get("relation.path_end"),
            Relation::Embedded => self.get("relation.embedded"),
            Relation::Decoded => self.get("relation.decoded"),
            Relation::Joined => self.get("relation.joined"),
        }
    }

    /// Why something was not taken as an indicator.
    pub(crate) fn disposition(self, disposition: Disposition) -> &'static str {
        self.get(match disposition {
            Disposition::Ioc => "disposition.ioc",
            Disposition::Reference => "disposition.reference",
            Disposition::Benign => "disposition.benign",
            Disposition::Victim => "disposition.victim",
            Disposition::Research => "disposition.research",
            Disposition::Unsure => "disposition.unsure",
        })
    }

    /// What a name stands for.
    pub(crate) fn name_kind(self, kind: NameKind) -> &'static str {
        self.get(match kind {
            NameKind::IntrusionSet => "name.intrusion_set",
            NameKind::Malware => "name.malware",
            NameKind::Tool => "name.tool",
            NameKind::Campaign => "name.campaign",
        })
    }

    /// Why something was held back from the block lists.
    /// How two records relate, by the word that stands in the JSON.
    pub(crate) fn record_relation(self, relation: &str) -> &'static str {
        self.get(match relation {
            "same" => "record_relation.same",
            "similar" => "record_relation.similar",
            "overlaps" => "record_relation.overlaps",
            "part_of" => "record_relation.part_of",
            "revoked_by" => "record_relation.revoked_by",
            _ => "record_relation.linked",
        })
    }

    /// What the word of a vendor's naming scheme stands for, when it is no country.
    pub(crate) fn family_meaning(self, meaning: &str) -> &'static str {
        self.get(match meaning {
            "crime" => "family.crime",
            "ransomware" => "family.ransomware",
            "espionage" => "family.espionage",
            "destruction" => "family.destruction",
            "activists" => "family.activists",
            "mixed" => "family.mixed",
            "influence" => "family.influence",
            "company" => "family.company",
            "numbered" => "family.numbered",
            "provisional" => "family.provisional",
            _ => "family.tracked",
        })
    }

    pub(crate) fn objection(self, kind: ObjectionKind) -> &'static str {
        self.get(match kind {
            ObjectionKind::SpecialPurpose => "objection.special_purpose",
            ObjectionKind::Documentation => "objection.documentation",
            ObjectionKind::PublicResolver => "objection.public_resolver",
            ObjectionKind::PublicSuffix => "objection.public_suffix",
            ObjectionKind::Popular => "objection.popular",
            ObjectionKind::SharedHosting => "objection.shared_hosting",
            ObjectionKind::WarningList => "objection.warning_list",
            ObjectionKind::OwnAsset => "objection.own_asset",
            ObjectionKind::TooWide => "objection.too_wide",
            ObjectionKind::CommonFile => "objection.common_file",
            ObjectionKind::NotBlockable => "objection.not_blockable",
            ObjectionKind::Allowed => "objection.allowed",
            ObjectionKind::CalledBenign => "objection.called_benign",
            ObjectionKind::Expired => "objection.expired",
            ObjectionKind::NotYetValid => "objection.not_yet_valid",
            ObjectionKind::OnlyTogether => "objection.only_together",
        })
    }

    /// How far a block entry reaches; empty for the value itself.
    pub(crate) fn scope(self, scope: Scope) -> &'static str {
        match scope {
            Scope::Exact => "",
            Scope::Tree => self.get("scope.tree"),
        }
    }

    /// A corner of the Diamond Model.
    pub(crate) fn vertex(self, vertex: Vertex) -> &'static str {
        self.get(match vertex {
            Vertex::Adversary => "vertex.adversary",
            Vertex::Capability => "vertex.capability",
            Vertex::Infrastructure => "vertex.infrastructure",
            Vertex::Victim => "vertex.victim",
        })
    }

    /// How an asset is known.
    pub(crate) fn origin(self, origin: AssetOrigin) -> &'static str {
        self.get(match origin {
            AssetOrigin::Both => "origin.both",
            AssetOrigin::InventoryOnly => "origin.inventory",
            AssetOrigin::LogsOnly => "origin.logs",
        })
    }

    /// A grade of confidence.
    pub(crate) fn confidence(self, confidence: Confidence) -> &'static str {
        self.get(match confidence {
            Confidence::Low => "confidence.low",
            Confidence::Moderate => "confidence.moderate",
            Confidence::High => "confidence.high",
        })
    }

    /// ICD 203's word with its band: `likely (55–80 %)`. The word never stands alone.
    pub(crate) fn likelihood(self, likelihood: Likelihood) -> String {
        let word = match self.language {
            Language::En => likelihood.english(),
            Language::Ja => likelihood.japanese(),
        };
        let (low, high) = likelihood.percent();
        say!(self, "likelihood.band", word = word, low = low, high = high)
    }

    /// A probability with its word and band: `61 %, likely (55–80 %)`. No probability stands alone.
    pub(crate) fn probability(self, p: f64) -> String {
        say!(
            self,
            "likelihood.full",
            percent = format::percent(p),
            band = self.likelihood(Likelihood::of(p))
        )
    }
}
