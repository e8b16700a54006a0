//! `tegakari serve`: TAXII 2.1 and block lists over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use tegakari_model::Tlp;
use tegakari_pipeline::{ServeRequest, Server};
use tegakari_render::told;

use super::block::limits;
use super::share::tlp;
use crate::arguments::Globals;
use crate::exit::Exit;
use crate::{database, interrupt, output};

/// Serve TAXII 2.1 (/taxii2/) and the block lists that were made last (/lists/FORMAT) over HTTP.
///
/// Without --token and --basic only this machine is answered. There is no TLS: put a server that does it in front where others come
/// in. Reports that are marked narrower than --tlp are not offered; block lists hold what `tegakari block` decided.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8321")]
    listen: SocketAddr,
    /// File with tokens (`Authorization: Bearer …`), one a line
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
    /// File with names and passwords (`name:password`), one a line
    #[arg(long, value_name = "FILE")]
    basic: Option<PathBuf>,
    /// Address under which clients reach it through another server (https://taxii.example.org)
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Narrowest marking of reports that are offered: clear, green, amber, amber+strict, red
    #[arg(long, value_name = "TLP", value_parser = tlp, default_value = "amber")]
    tlp: Tlp,
    /// Only what the reports say: neither hunts nor assessments
    #[arg(long)]
    reports_only: bool,
    /// Tell on which machines something was seen
    #[arg(long)]
    machines: bool,
    /// The organisation that shares [default: none; the program names itself]
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// Most entries of a list, as in umbrella=500; the least valuable are left out. May be given several times
    #[arg(long, value_name = "FORMAT=N")]
    limit: Vec<String>,
    /// Take no objects from others
    #[arg(long)]
    read_only: bool,
}

impl Serve {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        if let Some(url) = &self.public_url {
            let plain =
                |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-' | b'[' | b']');
            let host = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"));
            let host = host.map(|host| host.trim_end_matches('/'));
            if !host.is_some_and(|host| !host.is_empty() && host.bytes().all(plain)) {
                bail!("--public-url {url:?} is not http(s):// and a host, without a path");
            }
        }
        let secured = self.token.is_some() || self.basic.is_some();
        let request = ServeRequest {
            listen: self.listen,
            basic: self.basic,
            tokens: self.token,
            public: self.public_url,
            tlp: self.tlp,
            reports_only: self.reports_only,
            machines: self.machines,
            producer: self.organisation.filter(|name| !name.trim().is_empty()),
            read_only: self.read_only,
            limits: limits(&self.limit)?,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let server = Server::open(database::open(globals)?, &request)?;
        if secured && !self.listen.ip().is_loopback() {
            output::told(globals, &told::serve_plain(self.listen.to_string()));
        }
        let offered = server.publish()?;
        let (objects, lists) = (offered.objects.to_string(), offered.lists.to_string());
        output::told(globals, &told::serve_has(objects, lists));
        // The result of the command: where it is, for whoever started it.
        let url = format!("http://{}/", server.address());
        output::text(&told::serve_listens(url).text(globals.lang.into()))?;
        interrupt::listen(true);
        let requests = server.run(&interrupt::asked);
        output::told(globals, &told::serve_stopped(requests.to_string()));
        Ok(Exit::Fine)
    }
}
