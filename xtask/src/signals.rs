//! Ctrl-C, SIGTERM and SIGHUP become a flag, so that whatever runs ends by returning and cleans up on its way.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    thread,
};

use nusantara_testhost::interrupt;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{Result, step};

static ARRIVED: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// From here on the signals no longer end the program by themselves.
pub(crate) fn install() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            interrupt::request();
            // Ctrl-C reaches a foreground child as well, a SIGTERM to us alone would not.
            step::end_child();
            *ARRIVED.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
            ARRIVED.1.notify_all();
        }
    })?;
    Ok(())
}

/// Returns when a signal arrives.
pub(crate) fn wait() {
    let mut arrived = ARRIVED.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !*arrived {
        arrived = ARRIVED.1.wait(arrived).unwrap_or_else(PoisonError::into_inner);
    }
}
