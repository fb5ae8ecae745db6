//! Passkeys (WebAuthn Level 3): a key that a device keeps, shows only at the panel's own address, and uses only after it has made
//! sure of its owner. So one is two factors by itself: it logs in alone, and counts as the second factor beside a password.
//!
//! The name they are bound to is configured, never taken from a request. A question is random, kept here, good for five minutes and
//! one answer, right or wrong.

use super::budget;
use super::caller::Myself;
use super::factor_drop;
use super::logins::{self, Attempt};
use super::tokens;
use crate::app::App;
use crate::config::Config;
use crate::http::{ApiError, ApiResult};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use nusantara_api::ProblemCode;
use nusantara_api::passkeys::{AddPasskey, PasskeyAnswer, PasskeyQuestion};
use nusantara_store::{AuditEvent, AuditPhase, PasskeyAttempt, PasskeyRecord, StoreError, Tx};
use nusantara_types::{Actor, PasskeyId, RequestId, Secret, SessionId, Timestamp, UserId, refuse_control};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, Webauthn,
    WebauthnBuilder, WebauthnError,
};

/// Passkeys that one login may have.
pub(crate) const MOST: u64 = 20;
/// How long a question waits for its answer.
const ANSWERED_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// Questions of one session, or of one network, that may wait at the same time.
const WAITING: u64 = 20;

/// What passkeys are bound to; nothing while the panel has no name.
pub(crate) struct Passkeys(Option<Bound>);

struct Bound {
    webauthn: Webauthn,
    origin: String,
}

impl Passkeys {
    /// Reads the panel's address from its configuration.
    pub(crate) fn prepare(config: &Config) -> Result<Self, String> {
        let Some(address) = config.address() else { return Ok(Self(None)) };
        let wrong = || format!("origin: {address:?} is no https:// address with a host name, and no more than a port behind it");
        let url = Url::parse(&address).map_err(|_| wrong())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        let name = url.domain().filter(|_| bare && url.scheme() == "https").ok_or_else(wrong)?;
        let webauthn = WebauthnBuilder::new(name, &url).and_then(|builder| builder.rp_name("Nusantara Panel").build());
        Ok(Self(Some(Bound { webauthn: webauthn.map_err(|_| wrong())?, origin: url.origin().ascii_serialization() })))
    }

    /// The only address at which passkeys work.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.0.as_ref().map(|bound| bound.origin.as_str())
    }

    fn webauthn(&self) -> ApiResult<&Webauthn> {
        let bound = self.0.as_ref().map(|bound| &bound.webauthn);
        bound.ok_or_else(|| ApiError::new(ProblemCode::NotFound, "Passkeys need a name for the panel: set `hostname` in panel.toml."))
    }
}

/// What an answer is for. One that was asked for something else is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be logged in, alone or beside a password. Bound to nothing but itself: nobody is known yet.
    Login,
    /// To prove once more who holds a session.
    Proof(SessionId),
    /// To keep a new passkey, in a session.
    Addition(SessionId),
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Proof(_) => "proof",
            Self::Addition(_) => "addition",
        }
    }

    const fn session(self) -> Option<SessionId> {
        match self {
            Self::Login => None,
            Self::Proof(session) | Self::Addition(session) => Some(session),
        }
    }
}

/// Asks whoever wants to log in for a passkey of theirs, whosever it is.
pub(crate) async fn ask_for_login(app: &App, address: IpAddr) -> ApiResult<PasskeyQuestion> {
    let (question, state) = app.passkeys.webauthn()?.start_discoverable_authentication().map_err(ApiError::internal)?;
    put(app, Purpose::Login, budget::network(address), &question.public_key, &state).await
}

/// Asks the holder of a session for one of their passkeys.
pub(crate) async fn ask_for_proof(app: &App, me: &Myself) -> ApiResult<PasskeyQuestion> {
    let (question, state) = app.passkeys.webauthn()?.start_discoverable_authentication().map_err(ApiError::internal)?;
    let known = app.store.passkey_list(me.user).await?;
    if known.is_empty() {
        return Err(ApiError::not_found());
    }
    let mut options = json!(question.public_key);
    let names = known.iter().map(|record| Ok(json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(passkey(record)?.cred_id()) })));
    options["allowCredentials"] = names.collect::<ApiResult<Vec<Value>>>()?.into();
    put(app, Purpose::Proof(me.session.id), me.session.id.to_string(), &options, &state).await
}

/// Asks the holder of a session for a new passkey, on a device that has none of theirs.
pub(crate) async fn ask_for_addition(app: &App, me: &Myself) -> ApiResult<PasskeyQuestion> {
    let webauthn = app.passkeys.webauthn()?;
    let known = app.store.passkey_list(me.user).await?;
    room(known.len() as u64)?;
    let known = known.iter().map(|record| Ok(passkey(record)?.cred_id().clone())).collect::<ApiResult<Vec<_>>>()?;
    let login = me.caller.login();
    let asked = webauthn.start_passkey_registration(me.user.0, login, login, Some(known));
    let (question, state) = asked.map_err(ApiError::internal)?;
    let mut options = json!(question.public_key);
    // A passkey that the device cannot find by itself would not log in without a name.
    options["authenticatorSelection"]["residentKey"] = "required".into();
    options["authenticatorSelection"]["requireResidentKey"] = true.into();
    put(app, Purpose::Addition(me.session.id), me.session.id.to_string(), &options, &state).await
}

/// Refuses one more than a login may have.
pub(crate) fn room(known: u64) -> ApiResult<()> {
    if known >= MOST {
        return Err(ApiError::new(ProblemCode::LimitReached, "There are 20 passkeys already; remove one first."));
    }
    Ok(())
}

async fn put(
    app: &App,
    purpose: Purpose,
    bound_to: String,
    options: &impl Serialize,
    state: &impl Serialize,
) -> ApiResult<PasskeyQuestion> {
    let now = app.now();
    let token = tokens::generate();
    let state = serde_json::to_string(state).map_err(ApiError::internal)?;
    let attempt = PasskeyAttempt { purpose: purpose.as_str().to_owned(), bound_to, state, expires_at: now + ANSWERED_WITHIN };
    let tx = app.store.begin().await?;
    if !tx.passkey_attempt_put(&tokens::stored(&token), &attempt, WAITING, now).await? {
        let detail = "Too many passkeys are being waited for; try again in a few minutes.";
        return Err(ApiError::new(ProblemCode::RateLimited, detail).retry_after(60));
    }
    tx.commit().await?;
    Ok(PasskeyQuestion { attempt: token, options: serde_json::to_value(options).map_err(ApiError::internal)? })
}

/// The question that an answer belongs to. It is gone afterwards, whatever the answer is worth.
async fn take<S: DeserializeOwned>(app: &App, purpose: Purpose, token: &Secret) -> ApiResult<Option<S>> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let asked = tx.passkey_attempt_take(&tokens::stored(token.expose_secret())).await?;
    tx.commit().await?;
    let ours = |asked: &PasskeyAttempt| {
        let session = purpose.session().is_none_or(|session| asked.bound_to == session.to_string());
        asked.purpose == purpose.as_str() && session && now < asked.expires_at
    };
    asked.filter(ours).map(|asked| serde_json::from_str(&asked.state).map_err(ApiError::internal)).transpose()
}

/// A passkey that somebody has just used. It counts once [`Proved::note`] was called in the transaction of what it is for.
pub(crate) struct Proved {
    /// Whose it is.
    pub(crate) user: UserId,
    /// The passkey with what is to be kept of its use.
    pub(crate) record: PasskeyRecord,
    counted: u32,
}

impl Proved {
    /// Notes its use, and takes the charge back. Whoever has it keeps it.
    pub(crate) async fn note(&self, tx: &Tx, username: &str, address: IpAddr, now: Timestamp) -> ApiResult<()> {
        if !tx.passkey_used(&self.record, self.counted, now).await? {
            // Another answer of the same device came in between, or the passkey was just removed.
            return Err(refused());
        }
        factor_drop::shown(tx, self.user, username, now).await?;
        Ok(Attempt { username, address, device: Some(&self.record.credential_hash) }.forgive(tx).await?)
    }
}

/// Checks the answer to a question. Who answers wrongly with a passkey that is known is written down, and waits before the next try:
/// counted for this passkey alone, so that nobody else can make its owner wait.
pub(crate) async fn check(app: &App, purpose: Purpose, answer: PasskeyAnswer, address: IpAddr) -> ApiResult<Proved> {
    let webauthn = app.passkeys.webauthn()?;
    let invalid = |_| ApiError::invalid("credential", "give what the browser made of the question, as AuthenticationResponseJSON");
    let credential: PublicKeyCredential = serde_json::from_value(answer.credential).map_err(invalid)?;
    let state: DiscoverableAuthentication = take(app, purpose, &answer.attempt).await?.ok_or_else(over)?;
    // Passkeys are found by a name that only their device and this database know.
    let known = app.store.passkey_by_credential(&named(&credential.raw_id)).await?.ok_or_else(refused)?;
    let owner = app.store.user_get(known.user).await?.ok_or_else(refused)?;
    Attempt { username: &owner.username, address, device: Some(&known.credential_hash) }.charge(app).await?;
    let mut key = passkey(&known)?;
    let handle = credential.get_user_unique_id();
    let checked = match () {
        () if owner.disabled_at.is_some() => Err("disabled"),
        () if handle.is_some_and(|handle| handle != owner.id.0.as_bytes()) => Err("another_login"),
        () => webauthn.finish_discoverable_authentication_v2(&credential, state, &key).map_err(|error| reason(&error)),
    };
    match checked {
        Ok(result) => {
            key.update_credential(&result);
            let credential = serde_json::to_string(&key).map_err(ApiError::internal)?;
            let record = PasskeyRecord { credential, sign_count: result.counter(), ..known };
            Ok(Proved { user: owner.id, counted: known.sign_count, record })
        }
        Err(reason) => {
            let tx = app.store.begin().await?;
            let facts = json!({ "address": address, "passkey": known.id, "reason": reason });
            let anonymous: Actor = "anonymous".parse().map_err(ApiError::internal)?;
            write_down(&tx, &anonymous, AuditPhase::Failed, &owner.username, facts, app.now()).await?;
            tx.commit().await?;
            Err(if reason == COUNTER { copied() } else { refused() })
        }
    }
}

/// A passkey's counter went back.
const COUNTER: &str = "counter";

/// What the trail says of an answer that did not count.
fn reason(error: &WebauthnError) -> &'static str {
    match error {
        WebauthnError::CredentialPossibleCompromise => COUNTER,
        WebauthnError::InvalidRPOrigin => "origin",
        WebauthnError::InvalidRPIDHash => "host",
        WebauthnError::MismatchedChallenge => "challenge",
        WebauthnError::UserNotVerified | WebauthnError::UserNotPresent => "not_verified",
        WebauthnError::AuthenticationFailure => "signature",
        _ => "unreadable",
    }
}

fn over() -> ApiError {
    let refusal = ApiError::new(ProblemCode::InvalidCredentials, "This was answered before, or more than five minutes ago; begin again.");
    refusal.field("attempt", "ask for another one")
}

/// One answer for all that is wrong with a passkey.
pub(crate) fn refused() -> ApiError {
    ApiError::new(ProblemCode::InvalidCredentials, "The passkey does not open this.").field("passkey", "use another one, or a password")
}

fn copied() -> ApiError {
    let detail = "The passkey counts less often than it was used: there may be a copy of it. Log in in another way and remove it.";
    ApiError::new(ProblemCode::InvalidCredentials, detail).field("passkey", "use another one, or a password")
}

/// Reads what a device made into a passkey of a login.
pub(crate) async fn add(app: &App, me: &Myself, request: AddPasskey) -> ApiResult<PasskeyRecord> {
    let webauthn = app.passkeys.webauthn()?;
    let name = name(&request.name)?;
    let unfit = |message: &'static str| ApiError::invalid("credential", message);
    let credential: RegisterPublicKeyCredential = serde_json::from_value(request.credential)
        .map_err(|_| unfit("give what the browser made of the question, as RegistrationResponseJSON"))?;
    let state: Option<PasskeyRegistration> = take(app, Purpose::Addition(me.session.id), &request.attempt).await?;
    let state =
        state.ok_or_else(|| ApiError::invalid("attempt", "this was answered before, or more than five minutes ago; begin again"))?;
    let made = webauthn.finish_passkey_registration(&credential, &state).map_err(|error| {
        tracing::info!(%error, "a new passkey was refused");
        match error {
            WebauthnError::UserNotVerified => unfit("the device has to make sure of its owner: by PIN, fingerprint or face"),
            WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash => unfit("it was made for another address"),
            _ => unfit("it does not answer the question"),
        }
    })?;
    Ok(PasskeyRecord {
        id: PasskeyId::generate(),
        user: me.user,
        name,
        credential_hash: named(made.cred_id().as_ref()),
        credential: serde_json::to_string(&made).map_err(ApiError::internal)?,
        sign_count: 0,
        created_at: app.now(),
        last_used_at: None,
    })
}

/// A passkey's name.
pub(crate) fn name(typed: &str) -> ApiResult<String> {
    let name = typed.trim();
    if !(1..=64).contains(&name.chars().count()) || refuse_control("name", name).is_err() {
        return Err(ApiError::invalid("name", "use 1 to 64 characters, without control characters"));
    }
    Ok(name.to_owned())
}

/// What a passkey is found by.
fn named(credential: &[u8]) -> String {
    hex::encode(Sha256::digest(credential))
}

fn passkey(record: &PasskeyRecord) -> ApiResult<Passkey> {
    serde_json::from_str(&record.credential).map_err(|e| ApiError::internal(format_args!("the passkey {}: {e}", record.id)))
}

/// Writes down that a login was opened, or was not, by a passkey.
pub(crate) async fn write_down(
    tx: &Tx,
    actor: &Actor,
    phase: AuditPhase,
    login: &str,
    facts: Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    let request_id = &RequestId::generate().to_string();
    let event = AuditEvent { actor, action: "auth.passkey", phase, target_type: "login", target_id: login, request_id, metadata: facts };
    tx.audit_append(event, now).await.map(|_| ())
}

/// Takes the recovery codes of a login that has no second factor left.
pub(crate) async fn without_factors(tx: &Tx, user: UserId) -> ApiResult<()> {
    let codes = tx.totp_get(user).await?.is_some_and(|record| record.confirmed_at.is_some());
    if !codes && tx.passkey_count(user).await? == 0 {
        tx.recovery_codes_put(user, &[]).await?;
    }
    Ok(())
}

/// Notes something about a passkey of somebody's own.
pub(crate) async fn note(tx: &Tx, me: &Myself, action: &str, record: (PasskeyId, &str), now: Timestamp) -> Result<(), StoreError> {
    let facts = json!({ "passkey": record.0, "name": record.1 });
    logins::note(tx, &me.caller.actor, action, me.caller.login(), facts, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_bound_to_a_configured_name() {
        let of = |hostname: Option<&str>, origin: Option<&str>| {
            let [hostname, origin] = [hostname, origin].map(|text| text.map(str::to_owned));
            Passkeys::prepare(&Config { hostname, origin, ..Config::default() }).map(|passkeys| passkeys.origin().map(str::to_owned))
        };
        assert_eq!(of(None, None), Ok(None));
        assert_eq!(of(Some("panel.example"), None), Ok(Some("https://panel.example:8443".to_owned())));
        assert_eq!(of(Some("192.0.2.1"), None), Ok(None), "an address is no name");
        assert_eq!(of(Some("x"), Some("https://Panel.example")), Ok(Some("https://panel.example".to_owned())));
        for wrong in
            ["http://panel.example", "https://192.0.2.1", "https://[::1]:8443", "https://panel.example/a", "panel.example", "https://a@b.c"]
        {
            assert!(of(None, Some(wrong)).unwrap_err().starts_with("origin: "), "{wrong}");
        }
    }
}
