//! Which address is what: a page that says so, block lists, TAXII.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tegakari_export::limits::limit_of;
use tegakari_export::{Context, formats};
use tegakari_model::Timestamp;
use tegakari_store::Store;
use tegakari_taxii::{API_ROOT, Credentials, DISCOVERY, Request, Response, Settings};

use super::collections::{self, Collections};
use super::http::{Head, plain};
use super::lists::Lists;
use super::{Offered, ServeRequest};
use crate::PipelineError;

/// Most bytes that are added at once.
const MOST_BYTES: u64 = 8 << 20;
/// Most objects of a page.
const MOST_ENTRIES: usize = 1000;

/// All that answers need.
#[derive(Debug)]
pub(super) struct Site {
    settings: Settings,
    request: ServeRequest,
    address: SocketAddr,
    state: Mutex<State>,
    requests: AtomicU64,
}

#[derive(Debug)]
struct State {
    store: Store,
    /// Of which state of the database the shared collection is.
    published: Option<(i64, i64)>,
    lists: Lists,
}

impl Site {
    pub(super) fn new(
        store: Store,
        request: &ServeRequest,
        address: SocketAddr,
        credentials: Credentials,
    ) -> Self {
        let base = request
            .public
            .as_deref()
            .map(|base| base.trim_end_matches('/').to_owned());
        Self {
            settings: Settings {
                title: request
                    .producer
                    .clone()
                    .unwrap_or_else(|| "Tegakari".to_owned()),
                description: "Threat intelligence: reports, sightings, assessments".to_owned(),
                base: base.unwrap_or_else(|| format!("http://{address}")),
                most_bytes: MOST_BYTES,
                most_entries: MOST_ENTRIES,
                credentials,
            },
            request: request.clone(),
            address,
            state: Mutex::new(State {
                store,
                published: None,
                lists: Lists::default(),
            }),
            requests: AtomicU64::new(0),
        }
    }

    pub(super) fn most_bytes(&self) -> u64 {
        self.settings.most_bytes
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) fn publish(&self) -> Result<Offered, PipelineError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.publish(&self.request)?;
        let mut objects = 0;
        for collection in [collections::shared(), collections::inbox()] {
            objects += state.store.taxii_count(&collection)?;
        }
        Ok(Offered {
            objects,
            lists: formats::ALL.len(),
        })
    }

    /// Why a request is refused before its body is read.
    pub(super) fn refuse(&self, head: &Head) -> Option<Response> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if self.settings.credentials.is_empty() && !self.is_meant(head.header("host")) {
            // A page in a browser of this machine must not read what its own name was made to point to.
            return Some(plain(403, "ask for this server by its address"));
        }
        if !self
            .settings
            .credentials
            .allow(head.header("authorization"))
        {
            return Some(self.settings.unauthorized());
        }
        None
    }

    /// Whether the name that a client used is this machine's, or the one that was given for it.
    fn is_meant(&self, host: Option<&str>) -> bool {
        let Some(host) = host else {
            return true;
        };
        let public = self
            .request
            .public
            .as_deref()
            .and_then(|p| p.split_once("://"));
        if public.is_some_and(|(_, rest)| rest.trim_end_matches('/').eq_ignore_ascii_case(host)) {
            return true;
        }
        let name = match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or(""),
            None => host.split(':').next().unwrap_or(""),
        };
        name.eq_ignore_ascii_case("localhost")
            || name
                .parse::<IpAddr>()
                .is_ok_and(|ip| ip.is_loopback() || ip == self.address.ip())
    }

    pub(super) fn respond(&self, head: &Head, body: &[u8]) -> Response {
        let path = head.target.split(['?', '#']).next().unwrap_or("");
        if path == DISCOVERY.trim_end_matches('/') || path.starts_with(DISCOVERY) {
            return self.taxii(head, body);
        }
        if matches!(path, "/" | "/lists" | "/lists/") {
            return match head.method.as_str() {
                "GET" | "HEAD" => self.index(),
                _ => plain(405, "this page can only be read"),
            };
        }
        let Some(list) = path.strip_prefix("/lists/") else {
            return plain(
                404,
                "there is nothing at this address; / names what there is",
            );
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { store, lists, .. } = &mut *state;
        let list = list.trim_end_matches('/');
        lists
            .answer(list, head, store, &self.request)
            .unwrap_or_else(|_| plain(503, "the database cannot be read at the moment"))
    }

    fn taxii(&self, head: &Head, body: &[u8]) -> Response {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.publish(&self.request).is_err() {
            return Response::error(
                503,
                "Service Unavailable",
                "the database cannot be read at the moment",
            );
        }
        let mut settings = self.settings.clone();
        if let (None, Some(host)) = (&self.request.public, head.header("host")) {
            let plain =
                |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-' | b'[' | b']');
            if !host.is_empty() && host.len() <= 255 && host.bytes().all(plain) {
                settings.base = format!("http://{host}");
            }
        }
        let request = Request {
            method: &head.method,
            target: &head.target,
            accept: head.header("accept"),
            content_type: head.header("content-type"),
            authorization: head.header("authorization"),
            body,
        };
        let mut backend = Collections {
            store: &mut state.store,
            read_only: self.request.read_only,
        };
        tegakari_taxii::handle(&request, &settings, &mut backend, Timestamp::now())
    }

    /// A page without anything of the database in it.
    fn index(&self) -> Response {
        let mut page = String::from(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Tegakari</title>\n<h1>Tegakari</h1>\n<h2>TAXII 2.1</h2>\n<ul>\n",
        );
        for (path, what) in [(DISCOVERY, "discovery"), (API_ROOT, "API root")] {
            page.push_str(&format!("<li><a href=\"{path}\">{path}</a> {what}\n"));
        }
        page.push_str("</ul>\n<h2>Block lists</h2>\n<ul>\n");
        let mut context = Context::new("");
        context.limits.clone_from(&self.request.limits);
        for format in formats::ALL {
            let (id, about) = (format.id(), format.about());
            let limit = limit_of(id, &context)
                .map_or_else(String::new, |most| format!("; at most {most} entries"));
            page.push_str(&format!(
                "<li><a href=\"/lists/{id}\">/lists/{id}</a> {}{limit}\n",
                escaped(about)
            ));
        }
        page.push_str("</ul>\n</html>\n");
        Response {
            status: 200,
            headers: vec![
                ("Content-Type", "text/html; charset=utf-8".to_owned()),
                ("Content-Security-Policy", "default-src 'none'".to_owned()),
            ],
            body: page.into_bytes(),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

impl State {
    /// Brings the shared collection up to date when something new was kept.
    fn publish(&mut self, request: &ServeRequest) -> Result<(), PipelineError> {
        let stamp = self.store.content_stamp()?;
        if self.published != Some(stamp) {
            collections::publish(&mut self.store, request, Timestamp::now())?;
            self.published = Some(stamp);
        }
        Ok(())
    }
}
