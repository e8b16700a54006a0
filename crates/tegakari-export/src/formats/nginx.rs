//! nginx (ngx_http_geo_module, ngx_http_map_module): sources and host names, each read by `include`.

use std::io::{self, Write};

use tegakari_model::Scope;

use super::ExportFormat;
use crate::context::Written;
use crate::list::{Frame, List};
use crate::networks;

/// `nginx-geo.conf`
#[derive(Debug)]
pub(super) struct Geo;

impl ExportFormat for Geo {
    form!(
        "nginx-geo",
        "nginx-geo.conf",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Ipv4, Ipv6, Cidr],
        "nginx: addresses and networks for a geo block"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "nginx addresses",
            uses: &[
                "geo $tegakari_source { default 0; include /etc/nginx/nginx-geo.conf; }",
                "if ($tegakari_source) { return 403; }",
            ],
            ..Frame::PLAIN
        };
        list.networks(&frame, out, |net| format!("{} 1;", networks::show(net)))
    }
}

/// `nginx-map.conf`
#[derive(Debug)]
pub(super) struct Map;

impl ExportFormat for Map {
    form!(
        "nginx-map",
        "nginx-map.conf",
        "text/plain; charset=utf-8",
        Runs,
        Reissue,
        [Domain],
        "nginx: host names for a map block with hostnames (with sub-domains)"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let frame = Frame {
            what: "nginx host names",
            uses: &[
                "map_hash_bucket_size 512; map_hash_max_size 1048576;",
                "map $host $tegakari_host { hostnames; default 0; include /etc/nginx/nginx-map.conf; }",
                "if ($tegakari_host) { return 403; }",
            ],
            ..Frame::PLAIN
        };
        list.names(&frame, out, |name, scope| match scope {
            Scope::Tree => format!(".{name} 1;"),
            Scope::Exact => format!("{name} 1;"),
        })
    }
}
