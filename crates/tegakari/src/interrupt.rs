//! Ctrl-C once keeps what was found, marked partial; twice stops at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens from now on. Where the system refuses, Ctrl-C simply ends the program.
pub(crate) fn listen(quiet: bool) {
    let _ = ctrlc::set_handler(move || {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        if !quiet {
            use std::io::Write;
            let _ = writeln!(
                std::io::stderr(),
                "\nstopping; what was found so far is kept (press again to stop at once)"
            );
        }
    });
}

/// Whether the user asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
