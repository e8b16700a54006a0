//! What rules of behaviour see of a record: its fields, by the names that rules use, and what kind of record it is.
//!
//! A reader that has a log source gives fields in [`RecordReader::fields`](crate::formats::RecordReader::fields); how it
//! does stands here, a file for each family of logs. Nothing here runs in a hunt without rules.

pub(crate) mod json;
pub(crate) mod labels;
pub(crate) mod linux;
pub(crate) mod network;
pub(crate) mod web;
pub(crate) mod windows;

use std::borrow::Cow;

/// Fields of one record beyond which no more are taken.
const MOST_FIELDS: usize = 1024;

/// What kind of record it is, as far as its reader knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) enum Origin<'r> {
    /// Nothing that a rule could be for.
    #[default]
    Unknown,
    /// An event of Windows.
    Windows {
        channel: Cow<'r, str>,
        provider: Cow<'r, str>,
        id: u32,
    },
    /// An event of Sysmon for Linux, by its number.
    LinuxSysmon(u32),
    /// A record of another format (`squid`, `syslog`), and the program, log or service in it that wrote it.
    Other {
        format: &'static str,
        part: Cow<'r, str>,
    },
}

impl Origin<'_> {
    /// The same, owning its texts.
    pub(crate) fn kept(&self) -> Origin<'static> {
        let own = |text: &str| Cow::Owned(text.to_owned());
        match self {
            Self::Unknown => Origin::Unknown,
            Self::Windows {
                channel,
                provider,
                id,
            } => Origin::Windows {
                channel: own(channel),
                provider: own(provider),
                id: *id,
            },
            Self::LinuxSysmon(id) => Origin::LinuxSysmon(*id),
            Self::Other { format, part } => Origin::Other {
                format,
                part: own(part),
            },
        }
    }

    /// What people call it: channel and number of an event, or format and program.
    pub(crate) fn name(&self, format: &str) -> String {
        let text = match self {
            Self::Unknown => format.to_owned(),
            Self::Windows {
                channel,
                provider,
                id,
            } => {
                let log = if channel.is_empty() {
                    provider
                } else {
                    channel
                };
                // Many programs write to these, each with its own numbers.
                let shared = matches!(channel.as_ref(), "Application" | "System" | "Setup");
                if shared && !provider.is_empty() {
                    format!("{log} {provider} {id}")
                } else {
                    format!("{log} {id}")
                }
            }
            Self::LinuxSysmon(id) => format!("Linux-Sysmon/Operational {id}"),
            Self::Other { format, part } if part.is_empty() => (*format).to_owned(),
            Self::Other { format, part } => format!("{format} {part}"),
        };
        text.chars().filter(|c| !c.is_control()).take(160).collect()
    }
}

/// The fields of one record.
#[derive(Debug, Clone, Default)]
pub struct Fields<'r> {
    pub(crate) origin: Origin<'r>,
    pairs: Vec<(Cow<'r, str>, Cow<'r, str>)>,
    /// The record as it stands, where searches without a field look at more than the values.
    text: Option<Cow<'r, str>>,
}

impl<'r> Fields<'r> {
    /// Adds a field. A name that comes again is a list.
    pub(crate) fn add(&mut self, name: impl Into<Cow<'r, str>>, value: impl Into<Cow<'r, str>>) {
        if self.pairs.len() < MOST_FIELDS {
            self.pairs.push((name.into(), value.into()));
        }
    }

    /// Adds a field from bytes, unless they say that there is none.
    pub(crate) fn add_bytes(&mut self, name: &'static str, value: &'r [u8]) {
        if !value.is_empty() && value != b"-" {
            self.add(name, String::from_utf8_lossy(value));
        }
    }

    /// Adds a field whose name is in the record, without the backslashes that CEF puts before its own signs.
    pub(crate) fn add_escaped(&mut self, name: &'r [u8], value: &'r [u8]) {
        if value.is_empty() || value == b"-" {
            return;
        }
        let text = String::from_utf8_lossy(value);
        let text = if text.contains('\\') {
            let plain = text.replace("\\=", "=").replace("\\|", "|");
            Cow::Owned(plain.replace("\\\\", "\\"))
        } else {
            text
        };
        self.add(String::from_utf8_lossy(name), text);
    }

    /// Sets what searches without a field look at.
    pub(crate) fn set_text(&mut self, text: &'r [u8]) {
        self.text = Some(String::from_utf8_lossy(text));
    }

    /// A further name for a field that is there, unless that name is taken.
    pub(crate) fn also(&mut self, name: &'static str, known: &str) {
        if self.first(name).is_none()
            && let Some(value) = self.first(known).map(ToOwned::to_owned)
        {
            self.add(name, value);
        }
    }

    /// The first value of a field.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_ref())
    }

    /// All values of a field.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_ref())
    }

    /// Names and values, in the order of the record.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Everything that is text in the record.
    pub(crate) fn each_text(&self, each: &mut dyn FnMut(&str)) {
        if let Some(text) = &self.text {
            return each(text);
        }
        for (_, value) in &self.pairs {
            each(value);
        }
    }

    /// The account that the record is about.
    pub(crate) fn user(&self) -> Option<&str> {
        // Those that tell who did it stand before those that tell to whom it was done.
        const NAMES: [&str; 20] = [
            "User",
            "SubjectUserName",
            "TargetUserName",
            "AccountName",
            "UserName",
            "user",
            "userIdentity.userName",
            "userIdentity.arn",
            "actor.alternateId",
            "UserId",
            "user.name",
            "properties.userPrincipalName",
            "userPrincipalName",
            "actor",
            "cs-username",
            "actor.email",
            "protoPayload.authenticationInfo.principalEmail",
            "acct",
            "auid",
            "USER",
        ];
        NAMES
            .iter()
            .find_map(|name| self.first(name).filter(|user| !is_nobody(user)))
    }
}

/// Whether a value says that there is nobody.
fn is_nobody(user: &str) -> bool {
    matches!(user, "" | "-" | "(null)" | "N/A" | "4294967295" | "unset")
        || user.eq_ignore_ascii_case("none")
}

impl tegakari_sigma::Record for Fields<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        self.first(name).map(Cow::Borrowed)
    }

    fn each_value(&self, name: &str, each: &mut dyn FnMut(&str)) {
        self.all(name).for_each(each);
    }

    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        self.each_text(each);
    }
}
