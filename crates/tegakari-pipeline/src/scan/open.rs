//! Opening evidence: for reading only, and without leaving a time of access where the system permits that.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a regular file. What has become a pipe or device since it was listed is an error and never waits.
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let file = open_quietly(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("it is no regular file any more"));
    }
    Ok((file, about))
}

#[cfg(target_os = "linux")]
fn open_quietly(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let guarded = libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_NOCTTY;
    let with = |flags| OpenOptions::new().read(true).custom_flags(flags).open(path);
    // Only the owner of a file, or root, may leave its time of access alone.
    match with(guarded | libc::O_NOATIME) {
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => with(guarded),
        other => other,
    }
}

#[cfg(not(target_os = "linux"))]
fn open_quietly(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Whether a file was written to since `before`.
pub(super) fn has_changed(file: &File, before: &Metadata) -> bool {
    file.metadata().map_or(true, |now| {
        now.len() != before.len() || now.modified().ok() != before.modified().ok()
    })
}
