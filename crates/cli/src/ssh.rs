//! `nusantara ssh`: logging in to accounts.

use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::show::units;
use crate::show::{Column, Line, Page, Table};
use clap::{ArgAction, Args, Subcommand, ValueEnum};
use nusantara_client::api::ssh::{AccountSsh, AddSshKey, SshMode, UpdateSsh};
use nusantara_client::types::{RequestId, SshFingerprint, SshKey, Username};
use std::io::Read;

/// The longest file that is read as a public key.
const LONGEST: u64 = 64 * 1024;

/// What can be done with SSH of accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum SshCommand {
    /// Show how an account may be logged in to
    Show {
        /// The account
        account: String,
    },
    /// Say how an account may be logged in to; what is not named stays
    Set(Set),
    /// Let keys in, and in no more
    #[command(subcommand)]
    Key(KeyCommand),
}

/// `ssh set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The account
    account: String,
    /// What a login gets: files only, a shell, or nobody gets in
    #[arg(long)]
    mode: Option<Mode>,
    /// Whether the account's password may log in too: on or off
    #[arg(long, value_name = "ON|OFF", value_parser = on_or_off, action = ArgAction::Set)]
    password: Option<bool>,
    /// TCP forwarding: on or off
    #[arg(long, value_name = "ON|OFF", value_parser = on_or_off, action = ArgAction::Set)]
    port_forwarding: Option<bool>,
    /// Agent forwarding, with a shell: on or off
    #[arg(long, value_name = "ON|OFF", value_parser = on_or_off, action = ArgAction::Set)]
    agent_forwarding: Option<bool>,
    /// X11 forwarding, with a shell: on or off
    #[arg(long, value_name = "ON|OFF", value_parser = on_or_off, action = ArgAction::Set)]
    x11_forwarding: Option<bool>,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// What a login gets.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    Sftp,
    Shell,
    Disabled,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Let a key in
    Add {
        /// The account
        account: String,
        /// The public key's file, such as ~/.ssh/id_ed25519.pub; - reads standard input
        file: String,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Let a key in no more; logins of the account end
    #[command(visible_alias = "rm")]
    Remove {
        /// The account
        account: String,
        /// Its fingerprint, as `ssh show` and ssh-keygen -l tell it
        fingerprint: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("give on or off".to_owned()),
    }
}

pub(crate) async fn run(command: SshCommand, context: &Context) -> Result<(), Failure> {
    match command {
        SshCommand::Show { account } => {
            let username = parse("account", &account)?;
            let ssh = read(&username, context).await?;
            context.result(&ssh, |page| show(&ssh, &username, page, context))
        }
        SshCommand::Set(arguments) => set(arguments, context).await,
        SshCommand::Key(KeyCommand::Add { account, file, wait }) => add(&account, &file, wait, context).await,
        SshCommand::Key(KeyCommand::Remove { account, fingerprint, yes, wait }) => remove(&account, &fingerprint, yes, wait, context).await,
    }
}

async fn read(username: &Username, context: &Context) -> Result<AccountSsh, Failure> {
    let asked = context.client.ssh_show(username).await;
    asked.map_err(|e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list")))
}

fn show(ssh: &AccountSsh, username: &Username, page: &mut Page, context: &Context) {
    let word = |on: bool| Line::from(if on { "on" } else { "off" });
    let mode = match ssh.mode {
        SshMode::SftpChroot => "sftp",
        SshMode::Shell => "shell",
        SshMode::Disabled => "disabled",
    };
    let last = ssh.last_login_at.map_or_else(|| units::NOTHING.to_owned(), |at| units::when(at, context.now()));
    page.fields(&[
        ("Mode", mode.into()),
        ("Password", word(ssh.allow_password)),
        ("Port forwarding", word(ssh.allow_port_forwarding)),
        ("Agent forwarding", word(ssh.allow_agent_forwarding)),
        ("X11 forwarding", word(ssh.allow_x11_forwarding)),
        ("Last login", last.into()),
        ("From", ssh.last_login_ip.as_deref().unwrap_or(units::NOTHING).into()),
    ]);
    if let Some(why) = &ssh.unavailable {
        page.line(format!("Nobody can log in: {why}."));
    }
    let program = match ssh.mode {
        SshMode::SftpChroot => Some(("sftp", "-P")),
        SshMode::Shell => Some(("ssh", "-p")),
        SshMode::Disabled => None,
    };
    if let (Some((program, option)), Some(port)) = (program, ssh.port) {
        let port = if port == 22 { String::new() } else { format!("{option} {port} ") };
        page.line(format!("Log in with: {program} {port}{username}@SERVER"));
    }
    page.heading("Keys");
    let mut table = Table::new([Column::new("FINGERPRINT"), Column::new("TYPE").spare(1), Column::new("COMMENT").flexible()]);
    for key in &ssh.keys {
        table.row([key.fingerprint.as_str().into(), key.kind.as_str().into(), key.comment.as_str().into()]);
    }
    page.table(&table, "None. Add one: nusantara ssh key add ACCOUNT FILE");
}

async fn set(arguments: Set, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("account", &arguments.account)?;
    let now = read(&username, context).await?;
    let mode = match arguments.mode {
        Some(Mode::Sftp) => SshMode::SftpChroot,
        Some(Mode::Shell) => SshMode::Shell,
        Some(Mode::Disabled) => SshMode::Disabled,
        None => now.mode,
    };
    // What only a shell has goes with it, unless it is asked for in so many words: then the panel says why not.
    let shell = mode == SshMode::Shell;
    let request = UpdateSsh {
        mode,
        allow_password: arguments.password.unwrap_or(now.allow_password),
        allow_port_forwarding: arguments.port_forwarding.unwrap_or(now.allow_port_forwarding),
        allow_agent_forwarding: arguments.agent_forwarding.unwrap_or(now.allow_agent_forwarding && shell),
        allow_x11_forwarding: arguments.x11_forwarding.unwrap_or(now.allow_x11_forwarding && shell),
    };
    let accepted = context.client.ssh_update(&username, &request).await?;
    let words = Words {
        begun: format!("SSH of account {username} is being changed."),
        doing: format!("Changing SSH of account {username}"),
        done: format!("SSH of account {username} is changed."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

async fn add(account: &str, file: &str, wait: bool, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("account", account)?;
    let unreadable = |e: std::io::Error| Failure::Local(format!("{file} cannot be read: {e}."));
    let mut text = String::new();
    if file == "-" {
        std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        std::fs::File::open(file).map_err(unreadable)?.take(LONGEST).read_to_string(&mut text).map_err(unreadable)?;
    }
    let refused =
        |e: nusantara_client::types::Invalid| Failure::Value { field: "key", message: format!("This key is not allowed: {}.", e.allowed) };
    let key: SshKey = text.parse().map_err(refused)?;
    let fingerprint = key.fingerprint();
    let asked = context.client.ssh_key_add(&username, &AddSshKey { key }, RequestId::generate()).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list")))?;
    let words = Words {
        begun: format!("Key {fingerprint} is being let in."),
        doing: format!("Letting key {fingerprint} in"),
        done: format!("Key {fingerprint} may log in to {username}."),
    };
    end(&accepted, wait, &words, context).await
}

async fn remove(account: &str, fingerprint: &str, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("account", account)?;
    let fingerprint: SshFingerprint = parse("fingerprint", fingerprint)?;
    context.demand_yes(yes, &format!("remove key {fingerprint} and end the account's logins"))?;
    if !yes {
        context.confirm(username.as_str())?;
    }
    let asked = context.client.ssh_key_remove(&username, &fingerprint).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || format!("Account {username} has no key {fingerprint}.")))?;
    let words = Words {
        begun: format!("Key {fingerprint} is being removed."),
        doing: format!("Removing key {fingerprint}"),
        done: format!("Key {fingerprint} cannot log in to {username} any more."),
    };
    end(&accepted, wait, &words, context).await
}
