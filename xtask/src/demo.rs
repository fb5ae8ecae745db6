//! `make run`: a host with the panel, an administrator and a site, forwarded to localhost until Ctrl-C.

use std::{fs, io::Read, process::ExitCode};

use nusantara_testhost::{Host, HostOptions};

use crate::{Result, deb, forward::Port, signals, step::announce};

const PANEL: u16 = 8443;
const WEB: u16 = 8080;
const USER: &str = "admin";
const ACCOUNT: &str = "demo";
const DOMAIN: &str = "demo.test";

pub(crate) fn run_task() -> Result<ExitCode> {
    // First, so that a port which is taken is noticed before minutes of building.
    let panel = Port::take(PANEL)?;
    let web = Port::take(WEB)?;
    let package = deb::build(false)?;
    // Not kept: the host belongs to this program and dies with it, even when it is killed.
    let options = HostOptions { install: Some(package), ..HostOptions::default() };
    let host = announce("demo host with the package installed", || Ok(Host::up("demo", &options)?))?;
    let password = announce("administrator", || administrator(&host))?;
    announce("account demo with a PHP site", || site(&host))?;
    panel.forward(host.address(), 8443)?;
    web.forward(host.address(), 80)?;
    println!();
    println!("Panel       https://localhost:{PANEL}   (its own certificate: the browser asks once)");
    println!("Login       {USER} / {password}");
    println!("Demo site   {DOMAIN}, served at http://localhost:{WEB}");
    println!("            curl -H 'Host: {DOMAIN}' http://localhost:{WEB}/");
    println!("Host        {} at {}: cargo xtask host exec {} -- bash", host.name(), host.address(), host.name());
    println!();
    println!("Ctrl-C ends it.");
    signals::wait();
    eprintln!("==> taking the host down");
    // A demonstration is no test: what its journal says is shown, and is no failure of the command.
    if let Err(error) = host.finish() {
        eprintln!("{error}");
    }
    Ok(ExitCode::SUCCESS)
}

fn administrator(host: &Host) -> Result<String> {
    let password = password()?;
    let command = ["nusantara", "setup", "--username", USER, "--password-stdin"];
    let output = host.exec_with_input(command, password.as_bytes())?;
    if !output.success() {
        return Err(format!("nusantara setup: {}{}", output.stdout, output.stderr).into());
    }
    Ok(password)
}

fn site(host: &Host) -> Result<()> {
    let package = ["--package", "starter", "--wait"];
    host.run(["nusantara", "account", "create", ACCOUNT, "--domain", DOMAIN].into_iter().chain(package))?;
    let answer = host.http_get(DOMAIN, "/")?;
    if answer.status == 200 { Ok(()) } else { Err(format!("{DOMAIN} answers {}", answer.status).into()) }
}

/// 20 letters of 32: about 100 bits.
fn password() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 20];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}
