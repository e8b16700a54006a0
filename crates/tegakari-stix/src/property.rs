//! From a STIX property (`file:hashes.'SHA-256'`, `network-traffic:dst_ref.value`) to an observable.
//!
//! One table for patterns and for cyber-observable objects, with the spellings of STIX 2.0, of 2.1 and
//! of exporters that follow neither (`hashes.SHA256`, `domain-name:value` holding an address).

use tegakari_model::{FileRecord, Observable, ObservableKind as K, url_form};

/// Why a property yields no observable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The property is none that names something to look for.
    Property(String),
    /// The property is right, its value is not.
    Value(String),
}

impl Unfit {
    pub(crate) fn because(why: &str) -> Self {
        Self::Property(why.to_owned())
    }

    /// The reason: short, lower case.
    pub(crate) fn why(self) -> String {
        match self {
            Self::Property(why) | Self::Value(why) => why,
        }
    }
}

/// What is said about one object or in one alternative of a pattern.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    /// The values, in the order found.
    pub(crate) observables: Vec<Observable>,
    /// The file they describe, when at least two things are said about one.
    pub(crate) file: Option<FileRecord>,
    /// A port that goes with an address or domain.
    pub(crate) port: Option<u16>,
    record: FileRecord,
    file_facts: usize,
    directory: Option<String>,
}

impl Facts {
    /// Takes in one property. Properties that only describe others (a reference's type, a port, a
    /// size, a directory) are taken in as well and yield no observable of their own.
    ///
    /// # Errors
    /// Says why the property names no observable: short, lower case.
    pub(crate) fn add(&mut self, object: &str, keys: &[&str], text: &str) -> Result<(), Unfit> {
        let object = object.to_ascii_lowercase();
        let names: Vec<String> = keys.iter().map(|k| k.to_ascii_lowercase()).collect();
        // `dst_ref.value`, `parent_directory_ref.path`: what is said of the object referred to.
        let after_ref = names
            .iter()
            .rposition(|n| n.ends_with("_ref") || n.ends_with("_refs"));
        let reference = after_ref.and_then(|i| names.get(i)).map(String::as_str);
        let tail: Vec<&str> = names
            .iter()
            .skip(after_ref.map_or(0, |i| i + 1))
            .map(String::as_str)
            .collect();
        let last = tail.last().copied().unwrap_or_default();

        if tail.first() == Some(&"hashes") {
            if object == "x509-certificate" {
                return Err(Unfit::because(
                    "the hash is of a certificate, not of a file",
                ));
            }
            let algorithm = tail.get(1).copied().unwrap_or_default();
            return self.hash(algorithm, text);
        }
        // Deep inside extensions the same words mean something else (a section's name, a stream's size).
        let plain = if tail.len() == 1 { last } else { "" };
        match last {
            "user-agent" | "user_agent" => return self.push(K::UserAgent, text),
            "imphash" => return self.push(K::Imphash, text),
            "ja3" | "ja3_hash" | "ja3-fingerprint-md5" => return self.push(K::Ja3, text),
            "service_name" => return self.push(K::ServiceName, text),
            _ => {}
        }
        match (object.as_str(), reference, plain) {
            (_, Some(_), "type") => Ok(()),
            (_, Some("parent_directory_ref"), "path") => {
                self.directory = Some(text.trim().to_owned());
                Ok(())
            }
            ("network-traffic", _, "dst_port" | "src_port") => {
                self.port = text.trim().parse().ok();
                Ok(())
            }
            ("network-traffic", _, "protocols" | "type" | "is_active") => Ok(()),
            (_, _, "command_line") => self.push(K::CommandLine, text),
            ("ipv4-addr" | "ipv6-addr", _, "value") => self.network(text),
            ("domain-name" | "hostname" | "x-opencti-hostname", _, "value") => self.host(text),
            ("url", _, "value") => self.url(text),
            ("email-addr", _, "value") => self.push(K::Email, text),
            ("email-message", Some(_), "value") => self.push(K::Email, text),
            ("email-message", _, "from" | "sender" | "to" | "cc" | "bcc") => {
                self.push(K::Email, text)
            }
            ("mac-addr", _, "value") => self.push(K::Mac, text),
            (_, Some(_), "value") => self.any_network(text),
            ("file" | "artifact", _, "name") | ("process", _, "name") | (_, Some(_), "name") => {
                self.name(&object, text)
            }
            ("file" | "artifact", _, "size") => {
                let size = text
                    .trim()
                    .parse()
                    .map_err(|_| Unfit::Value("the size is no number".to_owned()))?;
                self.record.size = Some(size);
                self.file_facts += 1;
                Ok(())
            }
            ("file", _, "mime_type") => Ok(()),
            ("directory", _, "path") | ("file", _, "path" | "file_path") => {
                self.push(K::FilePath, text)
            }
            ("process", _, "image" | "path") => self.push(K::FilePath, text),
            ("windows-registry-key" | "win-registry-key", _, "key") => {
                self.push(K::RegistryKey, text)
            }
            ("mutex", _, "name") => self.push(K::Mutex, text),
            ("autonomous-system", _, "number") => self.push(K::Asn, text),
            ("vulnerability", _, "name") => self.push(K::Cve, text),
            ("cryptocurrency-wallet" | "x-cryptocurrency-wallet", _, "value" | "address") => {
                self.push(K::Wallet, text)
            }
            ("user-agent" | "x-user-agent", _, "value") => self.push(K::UserAgent, text),
            ("x-named-pipe" | "named-pipe", _, "name") => self.push(K::NamedPipe, text),
            _ => Err(Unfit::Property(format!(
                "{object}:{} is no property that is looked for",
                keys.join(".")
            ))),
        }
    }

    /// Joins directory and name and settles whether a file is described.
    pub(crate) fn finish(mut self) -> Self {
        if let (Some(directory), Some(name)) = (self.directory.take(), self.record.names.first()) {
            let separator = if directory.contains('\\') || !directory.contains('/') {
                '\\'
            } else {
                '/'
            };
            let path = format!(
                "{}{separator}{name}",
                directory.trim_end_matches(['\\', '/'])
            );
            if let Ok(path) = Observable::new(K::FilePath, &path) {
                self.observables.push(path);
            }
        }
        if self.file_facts >= 2 {
            self.file = Some(std::mem::take(&mut self.record));
        }
        self
    }

    fn push(&mut self, kind: K, text: &str) -> Result<(), Unfit> {
        let observable = Observable::new(kind, text).map_err(|e| Unfit::Value(e.to_string()))?;
        self.observables.push(observable);
        Ok(())
    }

    fn network(&mut self, text: &str) -> Result<(), Unfit> {
        match address(text) {
            Some(address) => {
                self.observables.push(address);
                Ok(())
            }
            None => self.push(K::Ipv4, text),
        }
    }

    fn host(&mut self, text: &str) -> Result<(), Unfit> {
        match address(text) {
            Some(address) => {
                self.observables.push(address);
                Ok(())
            }
            None => self.push(K::Domain, text),
        }
    }

    fn any_network(&mut self, text: &str) -> Result<(), Unfit> {
        if text.contains("://") {
            self.url(text)
        } else if text.contains('@') {
            self.push(K::Email, text)
        } else if Observable::new(K::Mac, text).is_ok()
            && text.contains([':', '-'])
            && text.len() == 17
        {
            self.push(K::Mac, text)
        } else {
            self.host(text)
        }
    }

    /// A URL; a bare host, and a host with a path but no scheme, are taken for what they mean.
    fn url(&mut self, text: &str) -> Result<(), Unfit> {
        let text = text.trim();
        if text.contains("://") {
            if url_form::several(text).is_some() {
                return Err(Unfit::Value("it holds several URLs".to_owned()));
            }
            url_form::checked(text).map_err(|why| Unfit::Value(why.to_owned()))?;
            return self.push(K::Url, text);
        }
        if text.starts_with("\\\\") {
            // A share of Windows, often WebDAV: `\\host@80\folder\a.cmd`.
            return self.push(K::FilePath, text);
        }
        if self.host(text).is_ok() {
            return Ok(());
        }
        let host = text.split(['/', '?', '#']).next().unwrap_or_default();
        let bare = host.rsplit_once(':').map_or(host, |(front, _)| front);
        let is_host = address(bare).is_some() || Observable::new(K::Domain, bare).is_ok();
        if is_host {
            self.push(K::Url, &format!("http://{text}"))
        } else {
            self.push(K::Url, text)
        }
    }

    fn name(&mut self, object: &str, text: &str) -> Result<(), Unfit> {
        let text = text.trim();
        if text.contains(['/', '\\']) {
            self.push(K::FilePath, text)?;
        } else {
            self.push(K::FileName, text)?;
        }
        if object != "process" {
            self.file_facts += 1;
        }
        self.record.names.push(text.to_owned());
        Ok(())
    }

    fn hash(&mut self, algorithm: &str, text: &str) -> Result<(), Unfit> {
        let plain: String = algorithm
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let text = text.trim();
        let kind = match plain.as_str() {
            "md5" => K::Md5,
            "sha1" => K::Sha1,
            "sha256" => K::Sha256,
            "sha512" => K::Sha512,
            "imphash" => K::Imphash,
            "ssdeep" => K::Ssdeep,
            other => {
                return Err(Unfit::Property(format!(
                    "hashes by {other:?} are not looked for"
                )));
            }
        };
        // Exporters mislabel hashes; the number of digits cannot be wrong.
        let kind = match (kind, text.len()) {
            (K::Md5 | K::Sha1 | K::Sha256 | K::Sha512, 32) => K::Md5,
            (K::Md5 | K::Sha1 | K::Sha256 | K::Sha512, 40) => K::Sha1,
            (K::Md5 | K::Sha1 | K::Sha256 | K::Sha512, 64) => K::Sha256,
            (K::Md5 | K::Sha1 | K::Sha256 | K::Sha512, 128) => K::Sha512,
            (kind, _) => kind,
        };
        self.push(kind, text)?;
        let value = self.observables.last().map(|o| o.value().to_owned());
        if let Some(slot) = self.record.hash_mut(kind) {
            *slot = value;
        }
        self.file_facts += usize::from(kind.is_file_hash());
        Ok(())
    }
}

/// An address or network of either family. A network of one address is that address.
fn address(text: &str) -> Option<Observable> {
    let text = text.trim();
    let bare = text
        .strip_suffix("/32")
        .filter(|t| t.contains('.'))
        .or_else(|| text.strip_suffix("/128"))
        .unwrap_or(text);
    [K::Ipv4, K::Ipv6, K::Cidr]
        .into_iter()
        .find_map(|kind| Observable::new(kind, bare).ok())
}
