//! The browser tests: a fresh host with the panel, and Playwright against it.

use std::{process::ExitCode, time::Duration};

use nusantara_testhost::{Host, HostOptions};

use crate::{
    Result, deb,
    step::{announce, run_seen},
    web,
};

/// How long the daemons may take from the package's installation to their first answer.
const READY: Duration = Duration::from_secs(30);

/// Where the tests of passkeys open the panel: a browser wants a name for them, and a good certificate but on localhost.
const PASSKEYS: &str = "https://localhost:18443";

pub(crate) fn run_task(arguments: &[String]) -> Result<ExitCode> {
    test(arguments, |_| ())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs them; every line of Playwright's output goes through `see`.
pub(crate) fn test(arguments: &[String], see: impl FnMut(&str)) -> Result<()> {
    let package = deb::build(false)?;
    web::install()?;
    let options = HostOptions { install: Some(package), ..HostOptions::default() };
    let host = announce("host for the browser", || Ok(Host::up("e2e", &options)?))?;
    host.write_file("/etc/nusantara-panel/panel.toml", format!("origin = \"{PASSKEYS}\"\n"))?;
    host.run(["systemctl", "restart", "nusantarad"])?;
    let token = setup_token(&host)?;
    let mut playwright = web::npm(&["exec", "--", "playwright", "test"]);
    playwright
        .args(arguments)
        .env("NUSANTARA_PANEL_URL", format!("https://{}:8443", host.address()))
        .env("NUSANTARA_HOST_ADDRESS", host.address().to_string())
        .env("NUSANTARA_HOST_NAME", host.name())
        .env("NUSANTARA_PASSKEY_URL", PASSKEYS)
        .env("NUSANTARA_SETUP_TOKEN", token);
    run_seen(playwright, see)?;
    Ok(host.finish()?)
}

/// Waits until the panel runs and returns its one-time token.
pub(crate) fn setup_token(host: &Host) -> Result<String> {
    let token = host.wait_until("a setup token", READY, || {
        let output = host.exec(["nusantara", "setup-token"])?;
        let token = output.stdout.trim().to_owned();
        Ok((output.success() && !token.is_empty()).then_some(token))
    })?;
    Ok(token)
}
