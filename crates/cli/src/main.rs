//! `nusantara`: the command line of Nusantara Panel.
//!
//! It asks the panel for everything and decides nothing: what it does as root, the web interface does the same way. One noun,
//! one module; `show` makes text for people, `failure` and `exit` tell how it ended.

mod access;
mod accounts;
mod aliases;
mod apps;
mod arguments;
mod audit;
mod changes;
mod confirm;
mod context;
mod cron;
mod databases;
mod db;
mod drift;
mod exit;
mod failure;
mod ftp;
mod jobs;
mod last_copies;
mod limits;
mod login;
mod logs;
mod manual;
mod members;
mod packages;
mod password;
mod php;
mod plan;
mod rescue;
mod roles;
mod schedules;
mod setup;
mod show;
mod sites;
mod ssh;
mod state;
mod system;
mod upkeep;
mod usage;
mod users;
mod wait;

use arguments::{Arguments, Noun};
use clap::Parser;
use context::{Context, write_document, write_err};
use failure::Failure;
use nusantara_client::PANEL_SOCKET;
use show::{Page, Screen};
use std::path::Path;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure, json);
            ExitCode::from(failure.exit().code())
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    // Logging in and out works also when what was kept of it does not.
    let elsewhere = match arguments.noun {
        Noun::Login(_) | Noun::Logout | Noun::InternalWake | Noun::Completions { .. } | Noun::Manpage { .. } => None,
        _ if arguments.socket.is_some() => None,
        _ => login::kept()?,
    };
    let socket = arguments.socket.as_deref().unwrap_or(Path::new(PANEL_SOCKET));
    let context = Context::new(elsewhere, socket, arguments.json)?;
    match arguments.noun {
        Noun::Account(command) => accounts::run(command, &context).await,
        Noun::Site(command) => sites::run(command, &context).await,
        Noun::Alias(command) => aliases::run(command, &context).await,
        Noun::App(command) => apps::run(command, &context).await,
        Noun::Cron(command) => cron::run(command, &context).await,
        Noun::Database(command) => databases::run(command, &context).await,
        Noun::Ftp(command) => ftp::run(command, &context).await,
        Noun::Ssh(command) => ssh::run(command, &context).await,
        Noun::Plan(arguments) => drift::plan(&arguments, &context).await,
        Noun::Converge(arguments) => drift::converge(&arguments, &context).await,
        Noun::Drift(arguments) => drift::run(&arguments, &context).await,
        Noun::Package(command) => packages::run(command, &context).await,
        Noun::LastCopy(command) => last_copies::run(command, &context).await,
        Noun::Job(command) => jobs::run(command, &context).await,
        Noun::Schedule(command) => schedules::run(command, &context).await,
        Noun::User(command) => users::run(command, &context).await,
        Noun::Role(command) => roles::run(command, &context).await,
        Noun::Member(command) => members::run(command, &context).await,
        Noun::Access(command) => access::run(command, &context).await,
        Noun::Rescue(command) => rescue::run(command, &context).await,
        Noun::Login(arguments) => login::run(arguments, &context).await,
        Noun::Logout => login::out(&context),
        Noun::Audit(command) => audit::run(command, &context).await,
        Noun::System(command) => system::run(command, &context).await,
        Noun::Db(command) => db::run(command, &context).await,
        Noun::State(command) => state::run(command, &context).await,
        Noun::InternalWake => upkeep::wake(),
        Noun::SetupToken => setup::token(&context).await,
        Noun::Setup(arguments) => setup::run(arguments, &context).await,
        Noun::Completions { shell } => manual::completions(shell),
        Noun::Manpage { dir } => manual::pages(dir.as_deref()),
    }
}

/// Machines read the document on standard output, people the text on standard error; both are written with `--json`, because
/// whoever runs a script reads its standard error.
fn report(failure: &Failure, json: bool) {
    if json && let Some(document) = failure.document() {
        // When even that cannot be written, the text and the exit code still can.
        let _ = write_document(&document);
    }
    let mut page = Page::new(Screen::of(&std::io::stderr()));
    failure.show(&mut page);
    write_err(&page.into_text());
}
