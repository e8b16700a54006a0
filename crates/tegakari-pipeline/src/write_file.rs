//! Writing a result so that a reader sees the old file or the new one, never half of one.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::PipelineError;

/// Writes `path` through a temporary file beside it, which is renamed when it is complete. On any
/// failure the old file stays as it was and the temporary one is removed.
///
/// # Errors
/// When the folder cannot be made, the disk is full, or `fill` fails.
pub fn write_atomically<T>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> Result<T, PipelineError> {
    let failed = |error: io::Error| PipelineError::writing(path, &error);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut temporary = tempfile::Builder::new()
        .prefix(".tegakari-")
        .tempfile_in(folder)
        .map_err(failed)?;
    let value = {
        let mut out = BufWriter::new(temporary.as_file_mut());
        let value = fill(&mut out).map_err(failed)?;
        out.flush().map_err(failed)?;
        value
    };
    make_readable(temporary.path()).map_err(failed)?;
    temporary.persist(path).map_err(|e| failed(e.error))?;
    Ok(value)
}

/// Temporary files are private by default; results are for firewalls and colleagues to fetch.
#[cfg(unix)]
fn make_readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::write_atomically;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.txt");
        write_atomically(&path, |out| out.write_all(b"old")).unwrap();
        let failed = write_atomically(&path, |out| {
            out.write_all(b"new")?;
            Err::<(), _>(io::Error::from(io::ErrorKind::StorageFull))
        });
        let text = failed.unwrap_err().to_string();
        assert!(text.contains("free some space"), "{text}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
