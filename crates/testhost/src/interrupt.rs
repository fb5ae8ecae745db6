//! A flag that a program sets from its signal handling, so that waiting here ends early and cleans up.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Makes every wait of the test kit end with [`Error::Interrupted`].
pub fn request() {
    REQUESTED.store(true, Ordering::Relaxed);
}

/// Whether [`request`] was called.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

pub(crate) fn check() -> Result<()> {
    if requested() { Err(Error::Interrupted) } else { Ok(()) }
}
