//! From a request to an answer: which resource, who may, in which form.

use serde_json::{Value, json};
use tegakari_model::Timestamp;

use crate::access::Credentials;
use crate::address::{self, Address};
use crate::backend::{Backend, Collection, Refusal};
use crate::filter::{self, Versions};
use crate::media::{self, MEDIA_TYPE};
use crate::message::{Request, Response};
use crate::objects::{self, What};
use crate::post::{self, Wrong};

/// Path of the discovery.
pub const DISCOVERY: &str = "/taxii2/";
/// Path of the only API root.
pub const API_ROOT: &str = "/taxii2/api/";

/// How the server is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its title.
    pub title: String,
    /// What it offers.
    pub description: String,
    /// Scheme, host and port under which clients reach it (`https://taxii.example`).
    pub base: String,
    /// Most bytes of a body that is added.
    pub most_bytes: u64,
    /// Most entries of a page.
    pub most_entries: usize,
    /// Who may come in.
    pub credentials: Credentials,
}

/// Answers a request. Whoever calls makes sure that the body is no longer than [`Settings::most_bytes`]; a longer one
/// is refused here as well.
pub fn handle(
    request: &Request<'_>,
    settings: &Settings,
    backend: &mut dyn Backend,
    now: Timestamp,
) -> Response {
    if !settings.credentials.allow(request.authorization) {
        return settings.unauthorized();
    }
    let Some(address) = address::parse(request.target) else {
        return not_found();
    };
    let answered = answer(request, &address, settings, backend, now);
    answered.unwrap_or_else(|Refusal(why)| Response::error(500, "Internal Server Error", &why))
}

fn not_found() -> Response {
    Response::error(404, "Not Found", "there is no such resource on this server")
}

fn answer(
    request: &Request<'_>,
    address: &Address,
    settings: &Settings,
    backend: &mut dyn Backend,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let segments: Vec<&str> = address.segments.iter().map(String::as_str).collect();
    let reads = matches!(request.method, "GET" | "HEAD");
    let rest = match segments.as_slice() {
        ["taxii2"] => {
            return Ok(checked(request, reads, "GET, HEAD").unwrap_or_else(|| discovery(settings)));
        }
        ["taxii2", "api", rest @ ..] => rest,
        _ => return Ok(not_found()),
    };
    match rest {
        [] => Ok(checked(request, reads, "GET, HEAD").unwrap_or_else(|| api_root(settings))),
        ["status", id] => {
            if let Some(refused) = checked(request, reads, "GET, HEAD") {
                return Ok(refused);
            }
            let found = backend.status(id)?;
            Ok(found.map_or_else(not_found, |status| Response::raw(200, status.into_bytes())))
        }
        ["collections"] => {
            if let Some(refused) = checked(request, reads, "GET, HEAD") {
                return Ok(refused);
            }
            let all: Vec<Value> = backend.collections()?.iter().map(described).collect();
            let body = if all.is_empty() {
                json!({})
            } else {
                json!({ "collections": all })
            };
            Ok(Response::json(200, &body))
        }
        ["collections", id, rest @ ..] => {
            let all = backend.collections()?;
            let found = all
                .into_iter()
                .find(|c| c.id.eq_ignore_ascii_case(id) || c.alias == *id);
            match found {
                Some(found) => collection(request, address, rest, &found, settings, backend, now),
                None => Ok(not_found()),
            }
        }
        _ => Ok(not_found()),
    }
}

/// Why a request is refused whatever it is about; `None` when it is fine.
fn checked(request: &Request<'_>, allowed: bool, methods: &str) -> Option<Response> {
    if !allowed {
        let refused = Response::error(405, "Method Not Allowed", "this resource does not do that");
        return Some(refused.with("Allow", methods.to_owned()));
    }
    if !media::is_acceptable(request.accept) {
        let what = format!("this server answers with {MEDIA_TYPE} only");
        return Some(Response::error(406, "Not Acceptable", &what));
    }
    None
}

fn discovery(settings: &Settings) -> Response {
    let root = format!("{}{API_ROOT}", settings.base);
    Response::json(
        200,
        &json!({
            "title": settings.title,
            "description": settings.description,
            "default": root,
            "api_roots": [root],
        }),
    )
}

fn api_root(settings: &Settings) -> Response {
    Response::json(
        200,
        &json!({
            "title": settings.title,
            "description": settings.description,
            "versions": [MEDIA_TYPE],
            "max_content_length": settings.most_bytes,
        }),
    )
}

fn described(collection: &Collection) -> Value {
    json!({
        "id": collection.id,
        "alias": collection.alias,
        "title": collection.title,
        "description": collection.description,
        "can_read": collection.can_read,
        "can_write": collection.can_write,
        "media_types": ["application/stix+json;version=2.1"],
    })
}

fn collection(
    request: &Request<'_>,
    address: &Address,
    rest: &[&str],
    found: &Collection,
    settings: &Settings,
    backend: &mut dyn Backend,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let reads = matches!(request.method, "GET" | "HEAD");
    let (what, one) = match rest {
        [] => {
            return Ok(checked(request, reads, "GET, HEAD")
                .unwrap_or_else(|| Response::json(200, &described(found))));
        }
        ["objects"] if request.method == "POST" => {
            return add(request, found, settings, backend, now);
        }
        ["objects"] => (What::Objects, None),
        ["objects", id] if request.method == "DELETE" => {
            return delete(request, address, id, found, settings, backend);
        }
        ["objects", id] => (What::Objects, Some(*id)),
        ["objects", id, "versions"] => (What::Versions, Some(*id)),
        ["manifest"] => (What::Manifest, None),
        _ => return Ok(not_found()),
    };
    let methods = match rest {
        ["objects"] => "GET, HEAD, POST",
        ["objects", _] => "GET, HEAD, DELETE",
        _ => "GET, HEAD",
    };
    if let Some(refused) = checked(request, reads, methods) {
        return Ok(refused);
    }
    if !found.can_read {
        return Ok(Response::error(
            403,
            "Forbidden",
            "this collection cannot be read",
        ));
    }
    let mut question = match filter::question(&address.query, settings.most_entries) {
        Ok(question) => question,
        Err(why) => return Ok(Response::error(400, "Bad Request", &why)),
    };
    if let Some(id) = one {
        question.filter.ids = vec![id.to_owned()];
        question.filter.types.clear();
        if what == What::Versions {
            question.filter.versions = Versions::all();
        }
        let there = filter::Filter {
            ids: question.filter.ids.clone(),
            versions: Versions::all(),
            ..filter::Filter::default()
        };
        if backend
            .page(&found.id, &there, 0, 1, false)?
            .entries
            .is_empty()
        {
            return Ok(not_found());
        }
    }
    let page = backend.page(
        &found.id,
        &question.filter,
        question.behind,
        question.limit,
        what == What::Objects,
    )?;
    Ok(objects::answer(what, &page))
}

fn add(
    request: &Request<'_>,
    found: &Collection,
    settings: &Settings,
    backend: &mut dyn Backend,
    now: Timestamp,
) -> Result<Response, Refusal> {
    if let Some(refused) = checked(request, true, "") {
        return Ok(refused);
    }
    if !found.can_write {
        return Ok(Response::error(
            403,
            "Forbidden",
            "nothing can be added to this collection",
        ));
    }
    if !media::is_taxii(request.content_type) {
        let what = format!("the body must be {MEDIA_TYPE}");
        return Ok(Response::error(415, "Unsupported Media Type", &what));
    }
    if request.body.len() as u64 > settings.most_bytes {
        return Ok(too_large(settings));
    }
    Ok(match post::add(request.body, &found.id, backend, now) {
        Ok(status) => Response::json(202, &status),
        Err(Wrong::Form(why)) => Response::error(422, "Unprocessable Content", &why),
        Err(Wrong::Backend(refusal)) => return Err(refusal),
    })
}

/// The refusal of a body that is too long.
pub(crate) fn too_large(settings: &Settings) -> Response {
    let what = format!("at most {} bytes are taken at once", settings.most_bytes);
    Response::error(413, "Content Too Large", &what)
}

impl Settings {
    /// The refusal of somebody who is not known, whatever is asked for.
    pub fn unauthorized(&self) -> Response {
        let mut response = Response::error(
            401,
            "Unauthorized",
            "a name and password or a token is needed",
        );
        for wanted in self.credentials.wanted() {
            response = response.with("WWW-Authenticate", wanted);
        }
        response
    }

    /// The refusal of a body that is too long, for whoever sees its length before it is read.
    pub fn too_large(&self) -> Response {
        too_large(self)
    }
}

fn delete(
    request: &Request<'_>,
    address: &Address,
    id: &str,
    found: &Collection,
    settings: &Settings,
    backend: &mut dyn Backend,
) -> Result<Response, Refusal> {
    if let Some(refused) = checked(request, true, "") {
        return Ok(refused);
    }
    if !found.can_write || !found.can_read {
        return Ok(Response::error(
            403,
            "Forbidden",
            "nothing of this collection can be deleted",
        ));
    }
    let question = match filter::question(&address.query, settings.most_entries) {
        Ok(question) => question,
        Err(why) => return Ok(Response::error(400, "Bad Request", &why)),
    };
    // Without a word about versions all go (section 5.7).
    let asked = address
        .query
        .iter()
        .any(|(name, _)| name == "match[version]");
    let versions = if asked {
        question.filter.versions
    } else {
        Versions::all()
    };
    Ok(match backend.delete(&found.id, id, &versions)? {
        0 => not_found(),
        _ => Response::json(200, &json!({})),
    })
}
