//! Passwords: Argon2id, a few at a time (SECURITY R20).

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use nusantara_types::databases::DatabaseHash;
use nusantara_types::sites::VisitorHash;
use nusantara_types::{Secret, refuse_control};
use secrecy::ExposeSecret;
use sha_crypt::ShaCrypt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// Longest password, bytes; checked before any hashing.
pub(crate) const LONGEST: usize = 256;
/// Shortest password that may be set, bytes.
pub(crate) const SHORTEST: usize = 12;
/// Hashes computed at once: each takes 64 MiB.
const AT_ONCE: usize = 4;
/// Callers that may wait for their turn; further ones are told to come back.
const WAITING: usize = 32;
/// Memory of one hash, KiB; passes; lanes.
const COST: (u32, u32, u32) = (64 * 1024, 3, 1);

/// Too many logins at once: answer 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overloaded;

/// The one place that hashes.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    cost: (u32, u32, u32),
    dummy: Arc<OnceLock<String>>,
    #[cfg(test)]
    pub(crate) seen: Arc<Seen>,
}

/// What tests see of the hashing: how many at once, at most, and how many in all.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct Seen {
    running: Arc<AtomicUsize>,
    pub(crate) most: AtomicUsize,
    pub(crate) all: AtomicUsize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::default(),
            cost: COST,
            dummy: Arc::default(),
            #[cfg(test)]
            seen: Arc::default(),
        }
    }
}

/// A place in the queue for a hash. Leaves it when dropped, also when the caller hung up.
pub(crate) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Passwords {
    fn argon2(&self) -> Argon2<'static> {
        let (memory, passes, lanes) = self.cost;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).unwrap_or_default())
    }

    /// Takes a place in the queue, before anything else is done for whoever wants a hash: who finds none costs nothing, not even a
    /// question to the database.
    pub(crate) fn place(&self) -> Result<Place, Overloaded> {
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= WAITING + AT_ONCE {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(Overloaded);
        }
        Ok(Place(Arc::clone(&self.waiting)))
    }

    async fn turn<T: Send + 'static>(&self, work: impl FnOnce(Argon2<'static>) -> T + Send + 'static) -> Result<T, Overloaded> {
        self.turn_of(self.place()?, work).await
    }

    async fn turn_of<T: Send + 'static>(
        &self,
        _place: Place,
        work: impl FnOnce(Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Overloaded)?;
        let argon2 = self.argon2();
        #[cfg(test)]
        let seen = Arc::clone(&self.seen);
        let hashed = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, not with the caller: a client that hangs up does not make room for another hash.
            let _turn = turn;
            #[cfg(test)]
            let _work = seen.begin();
            work(argon2)
        });
        hashed.await.map_err(|_| Overloaded)
    }

    /// Hashes a password that is being set, as a PHC string. `None` when the length is out of range.
    pub(crate) async fn hash(&self, password: Secret) -> Result<Option<String>, Overloaded> {
        if !(SHORTEST..=LONGEST).contains(&password.expose_secret().len()) {
            return Ok(None);
        }
        self.turn(move |argon2| argon2.hash_password(password.expose_secret().as_bytes()).ok().map(|hash| hash.to_string())).await
    }

    /// Hashes the password of a visitor of a protected folder, in the form that the web server checks (SHA-512-crypt). `None`
    /// when it is not one: 8 to 128 characters without control characters.
    pub(crate) async fn hash_for_visitor(&self, password: Secret) -> Result<Option<VisitorHash>, Overloaded> {
        let text = password.expose_secret();
        if !(8..=128).contains(&text.chars().count()) || refuse_control("password", text).is_err() {
            return Ok(None);
        }
        self.turn(move |_| {
            // 12 bytes make 16 characters of salt, the most that crypt(5) heeds.
            let salt: [u8; 12] = rand::random();
            let hash = ShaCrypt::SHA512.hash_password_with_salt(password.expose_secret().as_bytes(), &salt).ok()?;
            hash.as_str().parse().ok()
        })
        .await
    }

    /// What MariaDB keeps of the password of a database user (`mysql_native_password`: SHA-1 of SHA-1, in hexadecimal digits). It is the
    /// only one that every client in use knows; so the password has to be long. `None` when it is not one: 12 to 128 characters
    /// without control characters.
    pub(crate) fn hash_for_database(&self, password: &Secret) -> Option<DatabaseHash> {
        let text = password.expose_secret();
        if !(SHORTEST..=128).contains(&text.chars().count()) || refuse_control("password", text).is_err() {
            return None;
        }
        let once = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        let twice = digest(&SHA1_FOR_LEGACY_USE_ONLY, once.as_ref());
        format!("*{}", hex::encode_upper(twice.as_ref())).parse().ok()
    }

    /// Hashes the password of an account's Linux user, in a form that crypt(5) knows (SHA-512-crypt). `None` when it is not one: 12
    /// to 128 characters without control characters.
    pub(crate) async fn hash_for_account(&self, password: Secret) -> Result<Option<VisitorHash>, Overloaded> {
        if password.expose_secret().chars().count() < SHORTEST {
            return Ok(None);
        }
        self.hash_for_visitor(password).await
    }

    /// Whether the password is the one behind `stored`. Without a stored hash (no such login) the same work is done on a dummy,
    /// so that the time tells nothing.
    pub(crate) async fn verify(&self, password: Secret, stored: Option<String>) -> Result<bool, Overloaded> {
        self.verify_at(self.place()?, password, stored).await
    }

    /// The same for somebody who has a place already.
    pub(crate) async fn verify_at(&self, place: Place, password: Secret, stored: Option<String>) -> Result<bool, Overloaded> {
        if password.expose_secret().len() > LONGEST {
            return Ok(false);
        }
        let dummy = Arc::clone(&self.dummy);
        self.turn_of(place, move |argon2| {
            let known = stored.is_some();
            let hash = stored.unwrap_or_else(|| dummy.get_or_init(|| hash_of_nobody(&argon2)).clone());
            let right =
                PasswordHash::new(&hash).is_ok_and(|hash| argon2.verify_password(password.expose_secret().as_bytes(), &hash).is_ok());
            known && right
        })
        .await
    }

    #[cfg(test)]
    pub(crate) fn cheap() -> Self {
        Self::costing(64, 1)
    }

    #[cfg(test)]
    pub(crate) fn costing(memory_kib: u32, passes: u32) -> Self {
        Self { cost: (memory_kib, passes, 1), ..Self::default() }
    }
}

#[cfg(test)]
impl Seen {
    fn begin(&self) -> Place {
        self.all.fetch_add(1, Ordering::AcqRel);
        let running = self.running.fetch_add(1, Ordering::AcqRel) + 1;
        self.most.fetch_max(running, Ordering::AcqRel);
        Place(Arc::clone(&self.running))
    }
}

/// A hash of the same cost that no password opens.
fn hash_of_nobody(argon2: &Argon2<'static>) -> String {
    let nobody: [u8; 32] = rand::random();
    argon2.hash_password(&nobody).map(|hash| hash.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_login_opens() {
        let passwords = Passwords::cheap();
        let stored = passwords.hash("correct horse battery".into()).await.unwrap().unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(passwords.verify("correct horse battery".into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("wrong".into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("correct horse battery".into(), None).await.unwrap());
        assert!(!passwords.verify("x".repeat(257).into(), Some(stored)).await.unwrap());
        assert_eq!(passwords.hash("short".into()).await, Ok(None));
        assert_eq!(passwords.hash("x".repeat(257).into()).await, Ok(None));
    }

    #[tokio::test]
    async fn a_full_queue_is_said_and_empties_again() {
        let passwords = Passwords { turns: Arc::new(Semaphore::new(0)), ..Passwords::cheap() };
        let waiting: Vec<_> = (0..WAITING + AT_ONCE).map(|_| Box::pin(passwords.verify("x".into(), None))).collect();
        let mut waiting = waiting;
        for call in &mut waiting {
            assert!(futures_util::future::poll_immediate(call).await.is_none());
        }
        assert_eq!(passwords.verify("x".into(), None).await, Err(Overloaded));
        drop(waiting);
        passwords.turns.add_permits(1);
        assert_eq!(passwords.verify("x".into(), None).await, Ok(false));
    }
}
