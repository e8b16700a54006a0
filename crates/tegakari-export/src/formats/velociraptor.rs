//! Velociraptor artifact: connections to listed addresses, and running files with listed SHA-256 hashes.

use std::io::{self, Write};

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::Written;
use crate::list::List;

/// `block.velociraptor.yaml`
#[derive(Debug)]
pub(super) struct Velociraptor;

impl ExportFormat for Velociraptor {
    form!(
        "velociraptor",
        "block.velociraptor.yaml",
        "application/yaml",
        Form,
        Reissue,
        [Ipv4, Ipv6, Sha256],
        "Velociraptor artifact: connections to listed addresses, running files with listed hashes"
    );

    fn put(&self, list: List<'_>, out: &mut dyn Write) -> io::Result<Written> {
        let values = Values::of(&list.entries);
        list.header(out, "#", "Velociraptor artifact")?;
        writeln!(out, "name: Custom.Tegakari.BlockList")?;
        writeln!(
            out,
            "description: Values of the Tegakari block list on this machine"
        )?;
        writeln!(out, "type: CLIENT")?;
        writeln!(out, "sources:")?;
        writeln!(out, "  - name: Connections")?;
        writeln!(out, "    query: |")?;
        let addresses = quoted(&values.address_texts(), "");
        writeln!(out, "      LET addresses <= [{addresses}]")?;
        writeln!(
            out,
            "      SELECT * FROM netstat() WHERE Raddr.IP IN addresses"
        )?;
        writeln!(out, "  - name: Files")?;
        writeln!(out, "    query: |")?;
        writeln!(out, "      LET hashes <= [{}]", quoted(&values.sha256, ""))?;
        writeln!(
            out,
            "      SELECT Pid, Name, Exe, hash(path=Exe).SHA256 AS SHA256 FROM pslist() WHERE SHA256 IN hashes"
        )?;
        Ok(list.written())
    }
}
