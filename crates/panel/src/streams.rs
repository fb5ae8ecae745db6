//! How many event streams are open: each holds a connection and is woken by every change, so they are counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Streams of one caller.
const PER_CALLER: usize = 64;
/// Streams in all.
const IN_ALL: usize = 1_024;

/// The open streams, by caller.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streams {
    open: Arc<Mutex<HashMap<String, usize>>>,
}

/// One counted stream; uncounted when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    caller: String,
    open: Arc<Mutex<HashMap<String, usize>>>,
}

impl Streams {
    /// A place for one more stream, if there is one.
    pub(crate) fn enter(&self, caller: String) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let here = open.get(&caller).copied().unwrap_or(0);
        if here >= PER_CALLER || open.values().sum::<usize>() >= IN_ALL {
            return None;
        }
        open.insert(caller.clone(), here + 1);
        Some(Place { caller, open: Arc::clone(&self.open) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_given_back() {
        let streams = Streams::default();
        let held: Vec<_> = (0..PER_CALLER).map(|_| streams.enter("a".into()).unwrap()).collect();
        assert!(streams.enter("a".into()).is_none());
        assert!(streams.enter("b".into()).is_some());
        drop(held);
        assert!(streams.open.lock().unwrap().is_empty());
    }
}
