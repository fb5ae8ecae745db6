//! What was just read of the database and is asked for again: who a token or a session stands for, and what pages look at again and again.
//! It is used only while this process has changed nothing since, and never for longer than a second, in which another panel on the same
//! database may have.

use crate::app::State;
use chrono::TimeDelta;
use nusantara_types::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How old it may be.
const LONGEST: TimeDelta = TimeDelta::seconds(1);
/// How much is kept of a kind; then it is begun anew.
const MOST: usize = 256;

/// Values of one kind.
pub(crate) struct Recent<K, V>(Mutex<HashMap<K, Entry<V>>>);

struct Entry<V> {
    generation: u64,
    read_at: Timestamp,
    value: V,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// The value of `key`, read by `read` unless that was just done. What is not there is looked for each time.
    pub(crate) async fn of<E>(&self, app: &State, key: K, read: impl AsyncFnOnce() -> Result<Option<V>, E>) -> Result<Option<V>, E> {
        // Both from before the reading: a change in the middle of it makes it old at once.
        let (generation, now) = (app.store.generation(), app.now());
        if let Some(entry) = self.kept().get(&key)
            && entry.generation == generation
            && (TimeDelta::zero()..LONGEST).contains(&(now - entry.read_at))
        {
            return Ok(Some(entry.value.clone()));
        }
        let value = read().await?;
        if let Some(value) = &value {
            let mut kept = self.kept();
            if kept.len() >= MOST {
                kept.clear();
            }
            kept.insert(key, Entry { generation, read_at: now, value: value.clone() });
        }
        Ok(value)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
