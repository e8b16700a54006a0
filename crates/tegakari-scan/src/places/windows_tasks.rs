//! Scheduled tasks of Windows: one file of XML each, in UTF-16 or UTF-8 (Task Scheduler schema).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{decoded, on_windows};

pub(super) struct WindowsTasks;

impl Place for WindowsTasks {
    fn id(&self) -> &'static str {
        "windows_tasks"
    }

    fn about(&self) -> &'static str {
        "scheduled tasks of Windows"
    }

    fn technique(&self) -> &'static str {
        "T1053.005"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Windows/System32/Tasks/**", "Windows/SysWOW64/Tasks/**"]
    }

    fn minds_case(&self) -> bool {
        false
    }

    fn is_whole(&self, bytes: &[u8]) -> bool {
        let text = decoded(bytes);
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || c == '\0');
        text.ends_with("</Task>") || text.ends_with("</task>")
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let text = decoded(bytes);
        let user = inside(&text, "UserId").or_else(|| inside(&text, "GroupId"));
        let triggers: Vec<&str> = [
            "BootTrigger",
            "LogonTrigger",
            "TimeTrigger",
            "CalendarTrigger",
            "EventTrigger",
            "IdleTrigger",
            "RegistrationTrigger",
            "SessionStateChangeTrigger",
        ]
        .into_iter()
        .filter(|trigger| text.contains(&format!("<{trigger}")))
        .collect();
        let mut rest = text.as_str();
        let mut found = Vec::new();
        while let Some((_, action)) = rest.split_once("<Exec") {
            let (action, behind) = action.split_once("</Exec>").unwrap_or((action, ""));
            let command = inside(action, "Command").unwrap_or_default();
            let arguments = inside(action, "Arguments").unwrap_or_default();
            let runs = format!("{command} {arguments}").trim().to_owned();
            if !runs.is_empty() {
                found.push(StartEntry {
                    kind: self.id().to_owned(),
                    stated: file.to_owned(),
                    runs: runs.chars().take(2000).collect(),
                    user: user.clone(),
                    when: (!triggers.is_empty()).then(|| triggers.join(", ")),
                    // The command is a path by itself, whatever blanks are in it.
                    target: on_windows(&format!("\"{}\" {arguments}", command.trim_matches('"'))),
                    sha256: None,
                });
            }
            rest = behind;
        }
        if let Some(class) = inside(&text, "ClassId") {
            found.push(StartEntry {
                kind: self.id().to_owned(),
                stated: file.to_owned(),
                runs: format!("COM {class}"),
                user,
                when: (!triggers.is_empty()).then(|| triggers.join(", ")),
                target: None,
                sha256: None,
            });
        }
        found
    }
}

/// What stands in the first element of a name, its references resolved.
fn inside(text: &str, element: &str) -> Option<String> {
    let (_, behind) = text.split_once(&format!("<{element}>"))?;
    let (value, _) = behind.split_once("</")?;
    let value = value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&");
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Place, WindowsTasks};

    #[test]
    fn tasks_are_read_in_either_encoding() {
        let xml = "<Task><Triggers><LogonTrigger/></Triggers><Principals><UserId>S-1-5-18</UserId></Principals>\
                   <Actions><Exec><Command>C:\\ProgramData\\x.exe</Command><Arguments>-a &amp; b</Arguments></Exec></Actions></Task>";
        let wide: Vec<u8> = [0xfeff_u16]
            .into_iter()
            .chain(xml.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [xml.as_bytes(), &wide] {
            let got = WindowsTasks.entries("/Windows/System32/Tasks/Update", bytes);
            assert!(WindowsTasks.is_whole(bytes) && !WindowsTasks.is_whole(&bytes[..200]));
            assert_eq!(got.len(), 1);
            assert_eq!(got[0].runs, "C:\\ProgramData\\x.exe -a & b");
            assert_eq!(got[0].target.as_deref(), Some("/ProgramData/x.exe"));
            assert_eq!(got[0].when.as_deref(), Some("LogonTrigger"));
            assert_eq!(got[0].user.as_deref(), Some("S-1-5-18"));
        }
    }
}
