//! Velociraptor artifact: connections to listed addresses, and running files with listed SHA-256 hashes.

use std::io::{self, Write};

use tegakari_model::BlockPlan;

use super::ExportFormat;
use super::queries::{Values, quoted};
use crate::context::{Context, Written};
use crate::select::{plain_value, select};
use crate::text::header_of;

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

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let values = Values::of(&chosen);
        header_of(out, "#", "Velociraptor artifact", &chosen, plan, context)?;
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
        Ok(leaving.written(chosen.len()))
    }
}
