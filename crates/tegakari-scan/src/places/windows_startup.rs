//! Folders of Windows whose files are opened at every log-on.

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{owner, whole};

pub(super) struct WindowsStartup;

impl Place for WindowsStartup {
    fn id(&self) -> &'static str {
        "windows_startup"
    }

    fn about(&self) -> &'static str {
        "folders of Windows whose files are opened at every log-on"
    }

    fn technique(&self) -> &'static str {
        "T1547.001"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "ProgramData/Microsoft/Windows/Start Menu/Programs/Startup/*",
            "Users/*/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Startup/*",
            "Windows/System32/GroupPolicy/Machine/Scripts/Startup/*",
            "Windows/System32/GroupPolicy/User/Scripts/Logon/*",
        ]
    }

    fn minds_case(&self) -> bool {
        false
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let _ = bytes;
        if file.to_ascii_lowercase().ends_with("/desktop.ini") {
            return Vec::new();
        }
        let mut found = whole(self.id(), file);
        found.user = owner(file);
        vec![found]
    }
}
