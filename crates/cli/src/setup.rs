//! First run: `nusantara setup-token` for people in front of a browser, `nusantara setup` for automation.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Line, Style};
use clap::Args;
use nusantara_client::types::Secret;
use serde_json::json;
use std::io::{self, IsTerminal, Read};

/// Longest password the panel takes, in bytes.
const LONGEST_PASSWORD: usize = 256;

/// `setup`.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// Name of the first admin: 3 to 32 letters, digits, dots, hyphens and underscores
    #[arg(long, value_name = "NAME")]
    username: String,
    /// Read the password, 12 to 256 bytes, from the first line of standard input; there is no other way to give it
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// Prints the one-time token, alone on standard output.
pub(crate) async fn token(context: &Context) -> Result<(), Failure> {
    demand_open(context).await?;
    let token = context.client.setup_token().await?;
    if !context.json && io::stdout().is_terminal() {
        let address = address(context).await;
        context.aside(|page| {
            page.line(format!("Open {address} and make the first admin with this token. It works once."));
            page.line(Line::new(Style::Dim, "The browser asks about the panel's own certificate, once."));
            page.gap();
        });
    }
    context.result(&token, |page| page.line(token.token.as_str()))
}

/// Makes the first admin.
pub(crate) async fn run(arguments: Setup, context: &Context) -> Result<(), Failure> {
    demand_open(context).await?;
    let password = read_password()?;
    let token = Secret::from(context.client.setup_token().await?.token);
    let me = context.client.setup(&token, &arguments.username, &password).await?;
    let address = address(context).await;
    // The session's own token is a secret and stays out of the document.
    context.result(&json!({ "username": me.username, "role": me.role }), |page| {
        page.line(format!("{} is the first admin. Log in at {address}", me.username));
    })
}

async fn demand_open(context: &Context) -> Result<(), Failure> {
    if context.client.setup_status().await?.required {
        return Ok(());
    }
    let address = address(context).await;
    Err(Failure::Refused(format!("The panel has its first admin already. Log in at {address}")))
}

/// Where the panel is, as well as can be told from here.
async fn address(context: &Context) -> String {
    let host = context.client.compatibility().await.map(|c| c.hostname).unwrap_or_default();
    format!("https://{}:8443", if host.is_empty() { "this-server" } else { &host })
}

/// The first line of standard input. Nothing is echoed or kept: a person types it at the browser instead.
fn read_password() -> Result<Secret, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::Usage("Give the password on standard input, as in: nusantara setup … <password-file".to_owned()));
    }
    let mut text = String::new();
    // One line and a bit: whatever is longer is refused by the panel, not read to its end here.
    let limit = u64::try_from(LONGEST_PASSWORD * 4).unwrap_or(u64::MAX);
    stdin.take(limit).read_to_string(&mut text).map_err(|e| Failure::Local(format!("The password cannot be read: {e}.")))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::Value { field: "password", message: "There is no password on standard input.".to_owned() });
    }
    Ok(Secret::from(line))
}
