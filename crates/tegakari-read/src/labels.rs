//! The words in which labelled documents say what a reader should find: types and meanings as the scorer of
//! readers takes them (`cargo xtask score-reader`).

use tegakari_model::{Disposition, Observable, ObservableKind as K};

/// The scorer's name of a value's type, in a document of a report format.
pub fn type_name(format: &str, observable: &Observable) -> &'static str {
    let value = observable.value();
    match observable.kind() {
        K::Wallet if value.starts_with("0x") => "eth",
        K::Wallet if value.len() > 90 => "xmr",
        K::Wallet => "btc",
        // MISP's type `filename` holds paths as well.
        K::FilePath if format == "misp-event" => "filename",
        K::FilePath => "filepath",
        K::FileName => "filename",
        K::RegistryKey => "registry",
        K::ServiceName => "service",
        K::NamedPipe => "pipe",
        other => other.name(),
    }
}

/// The scorer's name of a meaning.
pub fn role(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Ioc => "ioc",
        Disposition::Reference => "reference",
        Disposition::Benign => "benign",
        Disposition::Victim => "victim",
        Disposition::Research => "research",
        Disposition::Unsure => "unsure",
    }
}
