//! Pipes that hold more: a writer and a reader on two cores then wait for each other less often.

use std::fs::File;
#[cfg(unix)]
use std::io;

/// Standard input, without the small buffer that the standard library puts before it; `None` where
/// that cannot be had.
#[cfg(unix)]
pub(super) fn stdin() -> Option<File> {
    use std::os::fd::AsFd as _;
    let own = io::stdin().as_fd().try_clone_to_owned().ok()?;
    Some(File::from(own))
}

#[cfg(not(unix))]
pub(super) fn stdin() -> Option<File> {
    None
}

/// Gives a pipe the most room that the kernel grants without asking (`/proc/sys/fs/pipe-max-size`).
///
/// With the default of 64 KiB the two sides wait for each other at every turn, at a third of the
/// speed. What is no pipe, or may not grow, stays as it is.
#[cfg(target_os = "linux")]
pub(super) fn enlarge(pipe: &File) {
    const ROOM: usize = 1024 * 1024;
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, ROOM);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn enlarge(_: &File) {}
