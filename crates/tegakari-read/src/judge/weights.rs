//! The whole model: one weight for each sign, in log-odds of "is an indicator".
//!
//! `cargo xtask fit-roles` fits these numbers on labelled documents and says whether fitted ones generalise
//! better than those that stand here (see `docs/reading.md`); nothing else decides.

/// A sign that a value is or is not an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the table says what each means")]
pub(crate) enum Sign {
    // What the kind says by itself.
    Hash,
    Fingerprint,
    Vulnerability,
    NamedObject,
    Detection,
    Wallet,
    PathOrKey,
    FileName,
    Address,
    Domain,
    DomainInProse,
    UrlOnAddress,
    Url,
    Email,
    SharedNumber,
    Package,
    // The place.
    Defanged,
    IndicatorSection,
    CommandSection,
    AllowedSection,
    ReferenceSection,
    AboutSection,
    NewsSection,
    MitigationSection,
    VictimSection,
    ValueColumn,
    CommandLabel,
    LegitimateColumn,
    ReferenceLabel,
    VerdictMalicious,
    VerdictClean,
    LinkTarget,
    Linked,
    Aside,
    UrlPart,
    Record,
    List,
    Code,
    // The document.
    NotDefanged,
    NeverDefangs,
    HostDefanged,
    OwnHost,
    // Words about it.
    StrongVerb,
    Verb,
    Topic,
    Introduced,
    IntroducedClean,
    ReferenceWord,
    ContactWord,
    ResearchWord,
    VictimWord,
    LegitimateWord,
    ConnectivityWord,
    LeftAloneWord,
    // What is known of the value.
    ReferenceHost,
    AnalysisHost,
    ArticlePath,
    AbusedService,
    Shortener,
    PayloadPath,
    Unlisted,
    PrivateMail,
    MailInCode,
    SenderWord,
    SystemFile,
    SharedTool,
    SpecialPurpose,
    PublicResolver,
    CommonFile,
    PublicSuffix,
    PopularPage,
    Popular,
    OnWarningList,
    Shared,
    // What a structured format states.
    StatedIndicator,
    StatedReference,
}

/// Every sign with its weight, in the order of [`Sign`].
pub(crate) const WEIGHTS: [(Sign, &str, f32); 76] = [
    (Sign::Hash, "hash", 2.0),
    (Sign::Fingerprint, "fingerprint", 2.0),
    (Sign::Vulnerability, "vulnerability", 4.0),
    (Sign::NamedObject, "named-object", 1.0),
    (Sign::Detection, "detection", 1.5),
    (Sign::Wallet, "wallet", 1.5),
    (Sign::PathOrKey, "path-or-key", 1.0),
    (Sign::FileName, "file-name", 0.1),
    (Sign::Address, "address", 0.2),
    (Sign::Domain, "domain", -0.2),
    (Sign::DomainInProse, "domain-in-prose", -1.2),
    (Sign::UrlOnAddress, "url-on-address", 1.0),
    (Sign::Url, "url", -1.0),
    (Sign::Email, "email", -1.5),
    (Sign::SharedNumber, "shared-number", -1.5),
    (Sign::Package, "package", 1.0),
    (Sign::Defanged, "defanged", 3.0),
    (Sign::IndicatorSection, "indicator-section", 2.5),
    (Sign::CommandSection, "command-section", 3.0),
    (Sign::AllowedSection, "allowed-section", -10.0),
    (Sign::ReferenceSection, "reference-section", -3.0),
    (Sign::AboutSection, "about-section", -3.0),
    (Sign::NewsSection, "news-section", -1.5),
    (Sign::MitigationSection, "mitigation-section", -1.5),
    (Sign::VictimSection, "victim-section", -1.0),
    (Sign::ValueColumn, "value-column", 2.0),
    (Sign::CommandLabel, "command-label", 3.0),
    (Sign::LegitimateColumn, "legitimate-column", -7.0),
    (Sign::ReferenceLabel, "reference-label", -6.0),
    (Sign::VerdictMalicious, "verdict-malicious", 3.0),
    (Sign::VerdictClean, "verdict-clean", -14.0),
    (Sign::LinkTarget, "link-target", -3.5),
    (Sign::Linked, "linked", -1.0),
    (Sign::Aside, "aside", -6.0),
    (Sign::UrlPart, "url-part", -6.0),
    (Sign::Record, "record", 2.0),
    (Sign::List, "list", 2.5),
    (Sign::Code, "code", -0.4),
    (Sign::NotDefanged, "not-defanged", -0.7),
    (Sign::NeverDefangs, "never-defangs", 0.6),
    (Sign::HostDefanged, "host-defanged", 2.5),
    (Sign::OwnHost, "own-host", -5.0),
    (Sign::StrongVerb, "strong-verb", 2.2),
    (Sign::Verb, "verb", 1.2),
    (Sign::Topic, "topic", 0.6),
    (Sign::Introduced, "introduced", 1.2),
    (Sign::IntroducedClean, "introduced-clean", -5.0),
    (Sign::ReferenceWord, "reference-word", -1.0),
    (Sign::ContactWord, "contact-word", -3.0),
    (Sign::ResearchWord, "research-word", -6.0),
    (Sign::VictimWord, "victim-word", -2.0),
    (Sign::LegitimateWord, "legitimate-word", -5.0),
    (Sign::ConnectivityWord, "connectivity-word", -4.0),
    (Sign::LeftAloneWord, "left-alone-word", -2.5),
    (Sign::ReferenceHost, "reference-host", -3.5),
    (Sign::AnalysisHost, "analysis-host", -8.0),
    (Sign::ArticlePath, "article-path", -2.5),
    (Sign::AbusedService, "abused-service", 2.5),
    (Sign::Shortener, "shortener", -12.0),
    (Sign::PayloadPath, "payload-path", 1.5),
    (Sign::Unlisted, "unlisted", 1.0),
    (Sign::PrivateMail, "private-mail", 3.0),
    (Sign::MailInCode, "mail-in-code", 2.2),
    (Sign::SenderWord, "sender-word", 2.8),
    (Sign::SystemFile, "system-file", -6.0),
    (Sign::SharedTool, "shared-tool", -4.0),
    (Sign::SpecialPurpose, "special-purpose", -6.0),
    (Sign::PublicResolver, "public-resolver", -4.5),
    (Sign::CommonFile, "common-file", -12.0),
    (Sign::PublicSuffix, "public-suffix", -2.5),
    (Sign::PopularPage, "popular-page", -0.4),
    (Sign::Popular, "popular", -2.5),
    (Sign::OnWarningList, "on-warning-list", -2.0),
    (Sign::Shared, "shared", -0.5),
    (Sign::StatedIndicator, "stated-indicator", 8.0),
    (Sign::StatedReference, "stated-reference", -8.0),
];

impl Sign {
    /// Its weight.
    pub(crate) fn weight(self) -> f32 {
        WEIGHTS.get(self as usize).map_or(0.0, |(_, _, w)| *w)
    }

    /// Its name in the tables of `fit-roles`.
    pub(crate) fn name(self) -> &'static str {
        WEIGHTS.get(self as usize).map_or("", |(_, name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::WEIGHTS;

    #[test]
    fn the_table_is_in_the_order_of_the_signs() {
        for (i, (sign, name, _)) in WEIGHTS.iter().enumerate() {
            assert_eq!(*sign as usize, i, "{name}");
        }
    }
}
