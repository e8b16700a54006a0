//! `/metrics` and `/healthz` over HTTP, on this machine.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use tegakari_taxii::Response;

use super::engine::now;
use super::feed::Shared;
use crate::serve::http::{exchange, plain};

/// Seconds without a sign of life after which the watch is not well.
const SILENT: u64 = 15;

/// Answers until the watch is stopped, one request at a time.
pub(super) fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    let _ = listener.set_nonblocking(true);
    while !shared.stopping() {
        match listener.accept() {
            Ok((stream, _)) => {
                let _ = stream.set_nonblocking(false);
                let shared = Arc::clone(shared);
                // One that says nothing must not keep the others from asking; each has an end to its time.
                thread::spawn(move || {
                    exchange(stream, 0, &|_| None, &|head, _| {
                        answer(&head.method, &head.target, &shared)
                    });
                });
            }
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn answer(method: &str, target: &str, shared: &Shared) -> Response {
    if !matches!(method, "GET" | "HEAD") {
        return plain(405, "only GET");
    }
    match target.split('?').next().unwrap_or("") {
        "/metrics" => {
            let mut counts = shared.metrics().clone();
            counts.queue = shared.queued.load(Ordering::Relaxed);
            Response {
                status: 200,
                headers: vec![(
                    "Content-Type",
                    "text/plain; version=0.0.4; charset=utf-8".to_owned(),
                )],
                body: counts.text().into_bytes(),
            }
        }
        "/healthz" => {
            let alive = shared.alive.load(Ordering::Relaxed);
            let now = u64::try_from(now().as_second()).unwrap_or(0);
            if now.saturating_sub(alive) > SILENT {
                plain(
                    503,
                    "the search does not get on: an output takes nothing, or the disk is full",
                )
            } else {
                plain(200, "ok")
            }
        }
        _ => plain(404, "there are /metrics and /healthz"),
    }
}
