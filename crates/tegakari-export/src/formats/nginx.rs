//! nginx (ngx_http_geo_module, ngx_http_map_module): sources and host names, each read by `include`.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::networks;
use crate::select::{
    Lines, networks_of, plain_value, select, sorted, without_covered_names, write_body,
};

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "nginx addresses",
            uses: &[
                "geo $tegakari_source { default 0; include /etc/nginx/nginx-geo.conf; }",
                "if ($tegakari_source) { return 403; }",
            ],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let body: Vec<String> = networks_of(&chosen)
            .into_iter()
            .map(|net| format!("{} 1;", networks::show(net)))
            .collect();
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let lines = Lines {
            what: "nginx host names",
            uses: &[
                "map_hash_bucket_size 512; map_hash_max_size 1048576;",
                "map $host $tegakari_host { hostnames; default 0; include /etc/nginx/nginx-map.conf; }",
                "if ($tegakari_host) { return 403; }",
            ],
            ..Lines::PLAIN
        };
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let kept = without_covered_names(&chosen);
        let body = sorted(kept.iter().map(|entry| {
            let name = entry.indicator.observable.value();
            match entry.scope {
                Scope::Tree => format!(".{name} 1;"),
                Scope::Exact => format!("{name} 1;"),
            }
        }));
        write_body(&lines, &chosen, &body, plan, context, out)?;
        Ok(leaving.written(chosen.len()))
    }
}
