//! Events of Windows: which rules they are for, and how rules call their fields.

use crate::labels::Labels;

/// What an event is. Empty when no rule is for such an event but those for all of Windows.
pub fn labels(channel: &str, provider: &str, event_id: u32) -> Vec<Labels> {
    let _ = (channel, provider, event_id);
    vec![Labels::new("windows", "", "")]
}

/// How the event itself calls a field that rules call `name`: the names to look for, in order, before `name` itself.
pub fn field_name(channel: &str, provider: &str, event_id: u32, name: &str) -> &'static [&'static str] {
    let _ = (channel, provider, event_id, name);
    &[]
}
