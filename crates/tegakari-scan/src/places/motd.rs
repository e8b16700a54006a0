//! Scripts that make the message of the day, run as root at every login (update-motd(5)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::whole;

pub(super) struct Motd;

impl Place for Motd {
    fn id(&self) -> &'static str {
        "motd"
    }

    fn about(&self) -> &'static str {
        "scripts that make the message of the day at every login"
    }

    fn technique(&self) -> &'static str {
        "T1037"
    }

    fn files(&self) -> &'static [&'static str] {
        &["etc/update-motd.d/*", "etc/profile.d/motd*"]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let _ = bytes;
        let mut script = whole(self.id(), file);
        script.user = Some("root".to_owned());
        vec![script]
    }
}
