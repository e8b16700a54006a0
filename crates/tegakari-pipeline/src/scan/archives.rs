//! Archives for a scan, through the same readers and limits as for a hunt.

use std::io::{self, Read};

use tegakari_hunt::{Limits, is_limit, look_inside};
use tegakari_model::UnreadReason;
use tegakari_scan::{Closed, Opener};

/// Takes archives apart as hunts do.
pub(super) struct Archives {
    pub(super) limits: Limits,
}

impl Opener for Archives {
    fn open(
        &self,
        reader: &mut dyn Read,
        depth: usize,
        each: &mut dyn FnMut(Option<&str>, &mut dyn Read) -> bool,
    ) -> Vec<Closed> {
        look_inside(reader, depth, &self.limits, each)
            .into_iter()
            .map(|part| Closed {
                member: part.member,
                why: match part.why {
                    tegakari_hunt::Closed::Encrypted => UnreadReason::Encrypted,
                    tegakari_hunt::Closed::Damaged => UnreadReason::Damaged,
                    tegakari_hunt::Closed::Unknown => UnreadReason::NotOpened,
                    tegakari_hunt::Closed::Limit => UnreadReason::ArchiveLimit,
                },
                what: part.what,
                bytes: part.bytes,
            })
            .collect()
    }

    fn is_limit(&self, error: &io::Error) -> bool {
        is_limit(error)
    }
}
