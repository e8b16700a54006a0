//! What comes in and what goes out.

use serde_json::{Value, json};

use crate::media::MEDIA_TYPE;

/// A request, as far as TAXII asks. Everything in it is hostile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// Path and query as they came (`/taxii2/api/?limit=1`).
    pub target: &'a str,
    /// The header `Accept`.
    pub accept: Option<&'a str>,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// Status of HTTP.
    pub status: u16,
    /// Headers, without those about the length and the connection.
    pub headers: Vec<(&'static str, String)>,
    /// The body; to be left out for `HEAD`.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer of TAXII.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::raw(status, body.to_string().into_bytes())
    }

    pub(crate) fn raw(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", MEDIA_TYPE.to_owned())],
            body,
        }
    }

    /// An error message of TAXII (section 3.6.1).
    pub fn error(status: u16, title: &str, description: &str) -> Self {
        Self::json(
            status,
            &json!({
                "title": title,
                "description": description,
                "http_status": status.to_string(),
            }),
        )
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}
