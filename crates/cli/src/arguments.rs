//! The command line: `nusantara NOUN VERB`.

use crate::access::AccessCommand;
use crate::accounts::AccountCommand;
use crate::aliases::AliasCommand;
use crate::apps::AppCommand;
use crate::audit::AuditCommand;
use crate::cron::CronCommand;
use crate::databases::DatabaseCommand;
use crate::db::DbCommand;
use crate::drift::{Converge, Drift, Plan};
use crate::exit;
use crate::ftp::FtpCommand;
use crate::jobs::JobCommand;
use crate::last_copies::LastCopyCommand;
use crate::login::Login;
use crate::members::MemberCommand;
use crate::packages::PackageCommand;
use crate::rescue::RescueCommand;
use crate::roles::RoleCommand;
use crate::schedules::ScheduleCommand;
use crate::setup::Setup;
use crate::sites::SiteCommand;
use crate::ssh::SshCommand;
use crate::state::StateCommand;
use crate::system::SystemCommand;
use crate::users::UserCommand;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::fmt::Write;
use std::path::PathBuf;

/// Options that every command takes are listed apart from its own.
const GLOBAL: &str = "Global options";

/// Runs hosting accounts and sites on this server through Nusantara Panel
#[derive(Debug, Parser)]
#[command(name = "nusantara", version, arg_required_else_help = true)]
#[command(after_help = "More, with the exit codes: nusantara --help, man nusantara", after_long_help = exit_codes())]
#[command(
    long_about = "Runs hosting accounts and sites on this server through Nusantara Panel.\n\nAs root on the panel's host it speaks to the panel's local socket; elsewhere, to the panel that `nusantara login` named. Everything it does, the web interface and the HTTP API do the same way: every change is planned, tested before it goes live, undone if it fails, and written down."
)]
pub(crate) struct Arguments {
    /// Print one JSON document on standard output, for machines
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,
    /// The panel's local socket, also when you have logged in to a panel elsewhere
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) noun: Noun,
}

/// What a command is about.
#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// Make, look at and delete hosting accounts
    #[command(subcommand, visible_alias = "accounts")]
    Account(AccountCommand),
    /// Add, look at, change and take down sites
    #[command(subcommand, visible_alias = "sites")]
    Site(SiteCommand),
    /// Give an account's primary site further names
    #[command(subcommand, visible_alias = "aliases")]
    Alias(AliasCommand),
    /// Make, look at, change and remove apps
    #[command(subcommand, visible_alias = "apps")]
    App(AppCommand),
    /// Make, look at, change, run and remove cron jobs
    #[command(subcommand)]
    Cron(CronCommand),
    /// Make, look at and remove databases of accounts and their users
    #[command(subcommand, visible_alias = "databases")]
    Database(DatabaseCommand),
    /// Make, look at, change and remove logins for FTP over TLS
    #[command(subcommand)]
    Ftp(FtpCommand),
    /// Say how accounts may be logged in to by SSH
    #[command(subcommand)]
    Ssh(SshCommand),
    /// Show what would bring this host to what accounts' files say, without changing it
    Plan(Plan),
    /// Bring this host to what accounts' files say, whatever is there of them
    Converge(Converge),
    /// Show what somebody has changed by hand, or lost; take it over or put it right
    Drift(Drift),
    /// Look at the packages that accounts are made from
    #[command(subcommand, visible_alias = "packages")]
    Package(PackageCommand),
    /// Look at what is kept of deleted accounts
    #[command(subcommand, visible_alias = "last-copies")]
    LastCopy(LastCopyCommand),
    /// Look at and follow the panel's work
    #[command(subcommand, visible_alias = "jobs")]
    Job(JobCommand),
    /// Say what the panel does by itself, and when
    #[command(subcommand, visible_alias = "schedules")]
    Schedule(ScheduleCommand),
    /// Invite people, give them roles, let them go
    #[command(subcommand, visible_alias = "users")]
    User(UserCommand),
    /// Say what logins may do
    #[command(subcommand, visible_alias = "roles")]
    Role(RoleCommand),
    /// Let owners and helpers into an account
    #[command(subcommand, visible_alias = "members")]
    Member(MemberCommand),
    /// Say which networks reach the panel
    #[command(subcommand)]
    Access(AccessCommand),
    /// Let somebody back in who cannot log in any more; for root on the panel's host
    #[command(subcommand)]
    Rescue(RescueCommand),
    /// Send this user's commands to a panel elsewhere, with a token that is asked for or read from standard input
    Login(Login),
    /// Forget the token of the panel elsewhere
    Logout,
    /// Look at who did what
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Check the host
    #[command(subcommand)]
    System(SystemCommand),
    /// Carry the panel's own database over into another; for root on the panel's host
    #[command(subcommand)]
    Db(DbCommand),
    /// Back up and restore what the panel itself knows; for root on the panel's host
    #[command(subcommand)]
    State(StateCommand),
    /// Print the one-time token that the first-run page asks for
    SetupToken,
    /// Make the first admin from here, without a browser
    Setup(Setup),
    /// Start the panel when whoever holds standard input has ended
    #[command(hide = true)]
    InternalWake,
    /// Print the completions of a shell
    #[command(hide = true)]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page, or write one page per command into a folder
    #[command(hide = true)]
    Manpage {
        /// The folder
        dir: Option<PathBuf>,
    },
}

/// The exit codes, for the long help.
fn exit_codes() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for (exit, meaning) in exit::ALL {
        let _ = writeln!(text, "  {:>3}  {meaning}", exit.code());
    }
    text
}
