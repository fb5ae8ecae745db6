//! `nusantara login`: from now on this user's commands go to a panel elsewhere, with a token that was made there.

use crate::context::Context;
use crate::failure::Failure;
use clap::Args;
use nusantara_client::types::Secret;
use nusantara_client::{Client, Fingerprint, Trust};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

/// `login`.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Address of the panel, such as `https://panel.example.com:8443`
    address: String,
    /// Trust exactly this certificate, as sha256: and 64 hexadecimal digits; for a panel that has its own
    #[arg(long, value_name = "FINGERPRINT")]
    pin: Option<Fingerprint>,
}

/// What is kept, readable by this user alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    address: String,
    pin: Option<String>,
    token: String,
}

/// The panel that this user has logged in to, if any.
pub(crate) fn kept() -> Result<Option<Client>, Failure> {
    let Some(file) = file() else { return Ok(None) };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(e) => return Err(Failure::Local(format!("{} cannot be read: {e}.", file.display()))),
    };
    let broken = |why: String| Failure::Local(format!("{} cannot be read: {why}. Log in again: nusantara login ADDRESS", file.display()));
    let kept: Kept = serde_json::from_str(&text).map_err(|e| broken(e.to_string()))?;
    let pin = kept.pin.map(|pin| pin.parse::<Fingerprint>()).transpose().map_err(|e| broken(e.to_string()))?;
    Ok(Some(Client::https_with_token(&kept.address, trust(pin), &Secret::from(kept.token))?))
}

fn trust(pin: Option<Fingerprint>) -> Trust {
    pin.map_or(Trust::System, Trust::Pinned)
}

fn file() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".config/nusantara/login.json"))
}

/// Asks for the token, tries it, and keeps it.
pub(crate) async fn run(arguments: Login, context: &Context) -> Result<(), Failure> {
    let token = context.password("Token, as the page about yourself showed it once")?;
    let client = Client::https_with_token(&arguments.address, trust(arguments.pin), &token)?;
    let me = client.me().await?;
    let kept =
        Kept { address: arguments.address.clone(), pin: arguments.pin.map(|pin| pin.to_string()), token: token.expose_secret().to_owned() };
    keep(&kept)?;
    context.result(&json!({ "address": arguments.address, "username": me.username, "role": me.role }), |page| {
        page.line(format!("From now on commands go to {} as {}.", arguments.address, me.username));
    })
}

fn keep(kept: &Kept) -> Result<(), Failure> {
    let file = file().ok_or_else(|| Failure::Local("This user has no home folder to keep the token in.".to_owned()))?;
    let write = || -> std::io::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let temporary = file.with_extension("new");
        let _ = std::fs::remove_file(&temporary);
        let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        out.write_all(serde_json::to_string_pretty(kept)?.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&temporary, &file)
    };
    write().map_err(|e| Failure::Local(format!("{} cannot be written: {e}.", file.display())))
}

/// Forgets the token here. The panel knows it until it is removed there.
pub(crate) fn out(context: &Context) -> Result<(), Failure> {
    if let Some(file) = file() {
        match std::fs::remove_file(&file) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(Failure::Local(format!("{} cannot be removed: {e}.", file.display()))),
            _ => {}
        }
    }
    context.result(&json!({}), |page| page.line("The token is forgotten here. Remove it in the panel too, on the page about yourself."))
}
