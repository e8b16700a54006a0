//! Records of other logs than Windows': which rules they are for.

use crate::labels::Labels;

/// What records of a format are. `program` is the program, service or stream in it, where there are several
/// (`sshd` in syslog, `dns` in Zeek's logs).
pub fn labels(format: &str, program: Option<&str>) -> Vec<Labels> {
    let _ = (format, program);
    Vec::new()
}
