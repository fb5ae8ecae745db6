//! Waiting for an observed condition: the one place of this crate that sleeps.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    error::{Error, Result},
    interrupt,
};

const PAUSE: Duration = Duration::from_millis(20);

/// Asks again and again until `see` answers, fails, or the time is up.
pub(crate) fn until<T>(what: &str, within: Duration, mut see: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    loop {
        if let Some(seen) = see()? {
            return Ok(seen);
        }
        interrupt::check()?;
        if began.elapsed() > within {
            return Err(Error::Timeout { what: what.to_owned(), within });
        }
        thread::sleep(PAUSE);
    }
}

/// The same for cleaning up, which must not be cut short.
pub(crate) fn until_uninterrupted<T>(within: Duration, mut see: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        let seen = see();
        if seen.is_some() || began.elapsed() > within {
            return seen;
        }
        thread::sleep(PAUSE);
    }
}
