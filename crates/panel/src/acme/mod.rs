//! Certificates from an authority that speaks ACME (RFC 8555): the panel's account there, orders, what has to be renewed when.
//!
//! The panel never sees a site's key: the host daemon makes it, and what goes out is a request to be signed. The account's own key
//! lies encrypted in the database, one for each directory, so that panels which share a database share the account. Nothing is
//! asked of anybody until a directory is named in the configuration.

pub(crate) mod due;
pub(crate) mod names;
pub(crate) mod order;
mod trouble;
mod watch;

pub(crate) use trouble::Trouble;
pub(crate) use watch::{keep_renewing, orders, past};

use crate::auth::vault::Vault;
use crate::config::Config;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use instant_acme::{Account, AccountBuilder, AccountCredentials, ExternalAccountKey, NewAccount, RevocationRequest};
use nusantara_store::{Store, StoreError};
use nusantara_types::{Clock, Timestamp};
use order::patient;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use tokio::sync::Mutex;

/// The authority, as the panel speaks to it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Acme(Arc<Inner>);

struct Inner {
    directory: Option<String>,
    contact: Option<String>,
    root: Option<PathBuf>,
    external: Option<(String, PathBuf)>,
    dns_servers: Vec<SocketAddr>,
    store: Store,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    account: Mutex<Option<Account>>,
    pause: std::sync::Mutex<Option<Timestamp>>,
}

/// How long nothing is ordered by itself once the authority has said that it was asked too often.
const LIMITED: TimeDelta = TimeDelta::minutes(30);

impl Acme {
    pub(crate) fn of(config: &Config, store: &Store, vault: &Arc<Vault>, clock: &Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            directory: config.acme_directory.clone(),
            contact: config.acme_contact.as_ref().map(ToString::to_string),
            root: config.acme_root.clone(),
            external: config.acme_eab_key_id.clone().zip(config.acme_eab_key_file.clone()),
            dns_servers: config.dns_servers.clone(),
            store: store.clone(),
            vault: Arc::clone(vault),
            clock: Arc::clone(clock),
            account: Mutex::default(),
            pause: std::sync::Mutex::default(),
        }))
    }

    /// Whether it has said lately that it was asked too often: that counts for all sites, not only for the one that met it.
    pub(crate) fn pauses(&self, now: Timestamp) -> bool {
        self.0.pause.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }

    /// Takes note of what an order met.
    pub(crate) fn met(&self, trouble: &Trouble) {
        if trouble.is_about_too_many() {
            *self.0.pause.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.0.clock.now() + LIMITED);
        }
    }

    /// The directory that is ordered from; none while nothing is.
    pub(crate) fn directory(&self) -> Option<&str> {
        self.0.directory.as_deref()
    }

    pub(crate) fn dns_servers(&self) -> &[SocketAddr] {
        &self.0.dns_servers
    }

    /// The panel's account there: the one that was made before, or a new one.
    pub(crate) async fn account(&self) -> Result<Account, Trouble> {
        let directory = self.directory().ok_or_else(Trouble::off)?;
        let mut held = self.0.account.lock().await;
        if let Some(account) = &*held {
            return Ok(account.clone());
        }
        let account = match self.known(directory).await? {
            Some(credentials) => {
                let known = self.builder()?.from_credentials(credentials);
                tokio::time::timeout(order::CALL, known).await.map_err(|_| Trouble::silent())?.map_err(Trouble::of)?
            }
            None => self.make(directory).await?,
        };
        *held = Some(account.clone());
        Ok(account)
    }

    /// Forgets the account, because the authority has: another one is made.
    pub(crate) async fn forget_account(&self) -> Result<(), Trouble> {
        let Some(directory) = self.directory() else { return Ok(()) };
        let mut held = self.0.account.lock().await;
        let forget = async {
            let tx = self.0.store.begin().await?;
            tx.setting_delete(&Self::place(directory)).await?;
            tx.commit().await
        };
        forget.await.map_err(|e| Trouble::store(&e))?;
        *held = None;
        Ok(())
    }

    /// Has a certificate revoked by the account that ordered it.
    pub(crate) async fn revoke(&self, der: &[u8]) -> Result<(), Trouble> {
        let account = self.account().await?;
        let certificate = rustls::pki_types::CertificateDer::from(der);
        let request = RevocationRequest { certificate: &certificate, reason: None };
        patient!(account.revoke(&request))
    }

    /// A setting's name is bounded, a directory's address is not.
    fn place(directory: &str) -> String {
        format!("acme.account.{}", &hex::encode(Sha256::digest(directory.as_bytes()))[..16])
    }

    async fn known(&self, directory: &str) -> Result<Option<AccountCredentials>, Trouble> {
        let place = Self::place(directory);
        let Some(sealed) = self.0.store.setting_get(&place).await.map_err(|e| Trouble::store(&e))? else { return Ok(None) };
        let opened = self.0.vault.open_sealed(&format!("settings|{place}"), &sealed);
        match opened.and_then(|plain| serde_json::from_slice(&plain).ok()) {
            Some(credentials) => Ok(Some(credentials)),
            None => {
                tracing::warn!("the account at the authority cannot be read with this secrets.key; a new one is made");
                Ok(None)
            }
        }
    }

    async fn make(&self, directory: &str) -> Result<Account, Trouble> {
        let contact = self.0.contact.as_ref().map(|address| format!("mailto:{address}"));
        let contacts: Vec<&str> = contact.iter().map(String::as_str).collect();
        let new = NewAccount { contact: &contacts, terms_of_service_agreed: true, only_return_existing: false };
        let external = self.external()?;
        // The builder is used up by a try that a spent nonce ends.
        let (account, credentials) = patient!(async { self.builder_raw()?.create(&new, directory.to_owned(), external.as_ref()).await })?;
        let plain = serde_json::to_vec(&credentials).map_err(|e| Trouble::internal(&e.to_string()))?;
        let place = Self::place(directory);
        let sealed =
            self.0.vault.seal(&format!("settings|{place}"), &plain).ok_or_else(|| Trouble::internal("the key cannot be sealed"))?;
        self.keep(&place, &sealed).await.map_err(|e| Trouble::store(&e))?;
        tracing::info!(directory, id = account.id(), "the panel has an account at the authority");
        Ok(account)
    }

    async fn keep(&self, place: &str, sealed: &str) -> Result<(), StoreError> {
        let tx = self.0.store.begin().await?;
        tx.setting_set(place, sealed, self.0.clock.now()).await?;
        tx.commit().await
    }

    fn external(&self) -> Result<Option<ExternalAccountKey>, Trouble> {
        let Some((id, file)) = &self.0.external else { return Ok(None) };
        let text = std::fs::read_to_string(file).map_err(|e| Trouble::internal(&format!("{}: {e}", file.display())))?;
        let text = text.trim();
        let key = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).or_else(|_| STANDARD.decode(text));
        let key = key.map_err(|_| Trouble::internal(&format!("{}: it is not base64url", file.display())))?;
        Ok(Some(ExternalAccountKey::new(id.clone(), &key)))
    }

    fn builder(&self) -> Result<AccountBuilder, Trouble> {
        self.builder_raw().map_err(Trouble::of)
    }

    fn builder_raw(&self) -> Result<AccountBuilder, instant_acme::Error> {
        // The one that was installed first stays.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        match &self.0.root {
            Some(root) => Account::builder_with_root(root),
            None => Account::builder(),
        }
    }
}
