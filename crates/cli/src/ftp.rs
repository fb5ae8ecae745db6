//! `nusantara ftp`: logins for FTP over TLS.

use crate::changes::{Words, end};
use crate::context::{Context, parse, write_err};
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table};
use clap::{Args, Subcommand};
use nusantara_client::api::ftp::{AddFtp, FtpList, UpdateFtp};
use nusantara_client::types::{FtpName, RequestId, Secret, Username};
use std::io::Read;

/// What can be done with FTP logins.
#[derive(Debug, Subcommand)]
pub(crate) enum FtpCommand {
    /// List the FTP logins of an account, and how one connects
    #[command(visible_alias = "ls")]
    List {
        /// The account
        account: String,
    },
    /// Make an FTP login; the password is asked for, or read from the first line of standard input
    Add {
        #[command(flatten)]
        which: Which,
        /// The folder below the home that it sees; made when it is not there
        #[arg(long)]
        folder: String,
        #[command(flatten)]
        how: How,
    },
    /// Give an FTP login another folder, or switch it on or off
    Set {
        #[command(flatten)]
        which: Which,
        /// The folder below the home that it sees; made when it is not there
        #[arg(long)]
        folder: Option<String>,
        /// Whether it is let in
        #[arg(long, value_name = "on|off", value_parser = on_off)]
        enabled: Option<bool>,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Give an FTP login another password, asked for or read from the first line of standard input
    Password {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
    },
    /// Remove an FTP login; its files stay
    #[command(visible_alias = "rm")]
    Remove {
        #[command(flatten)]
        which: Which,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
}

/// A login of an account.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The account
    account: String,
    /// The login's name within the account
    name: String,
}

/// Where a password comes from.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// Make the password up, and print it once on standard error
    #[arg(long)]
    pub(crate) generate: bool,
    /// Wait for the end, showing every step
    #[arg(long)]
    pub(crate) wait: bool,
}

fn on_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("say on or off".to_owned()),
    }
}

impl Which {
    fn parsed(&self) -> Result<(Username, FtpName), Failure> {
        Ok((parse("account", &self.account)?, parse("name", &self.name)?))
    }
}

pub(crate) async fn run(command: FtpCommand, context: &Context) -> Result<(), Failure> {
    match command {
        FtpCommand::List { account } => list(&parse("account", &account)?, context).await,
        FtpCommand::Add { which, folder, how } => add(&which, &folder, &how, context).await,
        FtpCommand::Set { which, folder, enabled, wait } => set(&which, folder.as_deref(), enabled, wait, context).await,
        FtpCommand::Password { which, how } => password(&which, &how, context).await,
        FtpCommand::Remove { which, yes, wait } => remove(&which, yes, wait, context).await,
    }
}

async fn all(username: &Username, context: &Context) -> Result<FtpList, Failure> {
    let absent = |e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list"));
    context.client.ftp_list(username).await.map_err(absent)
}

fn missing(username: &Username, name: &FtpName) -> String {
    format!("Account {username} has no FTP login {name}. See: nusantara ftp list {username}")
}

async fn list(username: &Username, context: &Context) -> Result<(), Failure> {
    let list = all(username, context).await?;
    context.result(&list, |page| {
        let mut table = Table::new([Column::new("LOGIN"), Column::new("STATE"), Column::new("FOLDER").flexible()]);
        for login in &list.items {
            let state = if login.enabled { Line::new(Style::Good, "on") } else { Line::new(Style::Dim, "off") };
            table.row([Line::new(Style::Strong, &login.login), state, login.folder.as_str().into()]);
        }
        page.table(&table, "No FTP logins. Make one: nusantara ftp add ACCOUNT NAME --folder FOLDER");
        if !list.available {
            page.line("This host has no FTP server. Install it with: apt install pure-ftpd");
        } else if !list.items.is_empty() {
            page.line(Line::new(Style::Dim, &format!("Connect to {}, port {}, with explicit TLS (FTPES).", list.host, list.port)));
        }
    })
}

/// The password for a login, and the text of one that was made up.
pub(crate) fn chosen(name: &str, how: &How, context: &Context) -> Result<(Secret, Option<String>), Failure> {
    if !how.generate {
        return Ok((context.password(&format!("Password of {name}"))?, None));
    }
    let text = generated()?;
    Ok((Secret::from(text.as_str()), Some(text)))
}

/// 24 characters that are told apart when they are read: 120 bits.
fn generated() -> Result<String, Failure> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 24];
    let source = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut random));
    source.map_err(|e| Failure::Local(format!("No password can be made up: {e}.")))?;
    Ok(random.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)).copied().map(char::from)).collect())
}

/// On standard error: what a script keeps of standard output is no place for it.
pub(crate) fn shown_once(login: &str, made_up: Option<&str>) {
    if let Some(password) = made_up {
        write_err(&format!("Password of {login}, shown only now: {password}\n"));
    }
}

async fn add(which: &Which, folder: &str, how: &How, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let folder = parse("folder", folder)?;
    let (password, made_up) = chosen(name.as_str(), how, context)?;
    let request = AddFtp { name: name.clone(), folder, password };
    let asked = context.client.ftp_create(&username, &request, RequestId::generate()).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list")))?;
    let login = name.login(&username);
    shown_once(&login, made_up.as_deref());
    let words = Words {
        begun: format!("FTP login {login} is being made."),
        doing: format!("Making FTP login {login}"),
        done: format!("FTP login {login} is let in."),
    };
    end(&accepted, how.wait, &words, context).await
}

/// Changes what is named; the rest stays as the panel says it is.
async fn update(
    which: &Which,
    change: impl FnOnce(&mut UpdateFtp) -> Result<(), Failure>,
    wait: bool,
    context: &Context,
) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let known = all(&username, context).await?.items.into_iter().find(|login| login.name == name.as_str());
    let known = known.ok_or_else(|| Failure::NotFound(missing(&username, &name)))?;
    let mut request = UpdateFtp { folder: parse("folder", &known.folder)?, enabled: known.enabled, password: None };
    change(&mut request)?;
    let asked = context.client.ftp_update(&username, &name, &request).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    let login = name.login(&username);
    let words = Words {
        begun: format!("FTP login {login} is being changed."),
        doing: format!("Changing FTP login {login}"),
        done: format!("FTP login {login} is changed."),
    };
    end(&accepted, wait, &words, context).await
}

async fn set(which: &Which, folder: Option<&str>, enabled: Option<bool>, wait: bool, context: &Context) -> Result<(), Failure> {
    let folder = folder.map(|folder| parse("folder", folder)).transpose()?;
    if folder.is_none() && enabled.is_none() {
        return Err(Failure::Usage("Nothing to change: give --folder or --enabled.".to_owned()));
    }
    let change = |request: &mut UpdateFtp| {
        request.folder = folder.unwrap_or_else(|| request.folder.clone());
        request.enabled = enabled.unwrap_or(request.enabled);
        Ok(())
    };
    update(which, change, wait, context).await
}

async fn password(which: &Which, how: &How, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let mut made_up = None;
    let change = |request: &mut UpdateFtp| {
        let (password, text) = chosen(name.as_str(), how, context)?;
        (request.password, made_up) = (Some(password), text);
        Ok(())
    };
    let changed = update(which, change, how.wait, context).await;
    if changed.is_ok() {
        shown_once(&name.login(&username), made_up.as_deref());
    }
    changed
}

async fn remove(which: &Which, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let login = name.login(&username);
    context.demand_yes(yes, &format!("remove FTP login {login}"))?;
    if !yes {
        context.confirm(&login)?;
    }
    let asked = context.client.ftp_delete(&username, &name).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    let words = Words {
        begun: format!("FTP login {login} is being removed."),
        doing: format!("Removing FTP login {login}"),
        done: format!("FTP login {login} is gone; its files stay."),
    };
    end(&accepted, wait, &words, context).await
}
