//! Identifiers derived from content: the same input always has the same id.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Derives the id from the parts that make the thing what it is.
            pub fn derive(parts: &[&[u8]]) -> Self {
                let mut hash = Sha256::new();
                for part in parts {
                    hash.update((part.len() as u64).to_le_bytes());
                    hash.update(part);
                }
                let digest = hash.finalize();
                let hex: String = digest[..6].iter().map(|b| format!("{b:02x}")).collect();
                Self(format!(concat!($prefix, "-{}"), hex))
            }

            /// Reads an id as a person types it. `None` when it has not the form of this kind of id.
            pub fn parse(text: &str) -> Option<Self> {
                let (prefix, hex) = text.trim().split_once('-')?;
                let right = prefix.eq_ignore_ascii_case($prefix)
                    && hex.len() == 12
                    && hex.bytes().all(|b| b.is_ascii_hexdigit());
                right.then(|| Self(format!(concat!($prefix, "-{}"), hex.to_ascii_lowercase())))
            }

            /// The id as shown and typed.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A report, derived from the bytes of the document: `R-` and twelve hexadecimal digits.
    ReportId,
    "R"
);
id!(
    /// A hunt, derived from its plan and its outcome.
    HuntId,
    "H"
);
id!(
    /// An assessment, derived from its evidence and the version of the knowledge.
    AssessmentId,
    "A"
);
id!(
    /// An indicator, derived from the kind and canonical value of its observable.
    IndicatorId,
    "I"
);
id!(
    /// What is assessed, derived from the reports and the hunt. All assessments of it are one history.
    CaseId,
    "K"
);
id!(
    /// A user's own cluster of activity, derived from its first name and the time it was made.
    ClusterId,
    "C"
);
id!(
    /// A drill, derived from its plan.
    DrillId,
    "D"
);
