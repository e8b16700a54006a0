//! Writing a result so that a reader sees the old file or the new one, never half of one.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::PipelineError;

/// Writes `path` through a temporary file beside it, which is renamed when it is complete. On any
/// failure the old file stays as it was and the temporary one is removed. A link leads to what is replaced;
/// what is no file, such as a device or a pipe, is written to and never replaced.
///
/// # Errors
/// When the folder cannot be made, the disk is full, or `fill` fails.
pub fn write_atomically<T>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> Result<T, PipelineError> {
    let failed = |error: io::Error| PipelineError::writing(path, &error);
    let real = match fs::metadata(path) {
        Ok(about) if about.is_file() => fs::canonicalize(path).map_err(failed)?,
        Ok(about) if !about.is_dir() => {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(path)
                .map_err(failed)?;
            let mut out = BufWriter::new(file);
            let value = fill(&mut out).map_err(failed)?;
            out.flush().map_err(failed)?;
            return Ok(value);
        }
        _ => path.to_owned(),
    };
    let folder = match real.parent() {
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
    temporary.persist(&real).map_err(|e| failed(e.error))?;
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

    #[cfg(unix)]
    #[test]
    fn a_device_and_a_link_stay_what_they_are() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_atomically(&link, |out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        let null = std::path::Path::new("/dev/null");
        write_atomically(null, |out| out.write_all(b"x")).unwrap();
        let kind = std::fs::metadata(null).unwrap().file_type();
        assert!(kind.is_char_device());
    }

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
