//! `nusantara app`: programs that the host supervises for an account.

mod options;

use crate::changes::{Words, end};
use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::logs::{self, Reading};
use crate::show::{Column, Line, Page, Style, Table, units};
use clap::{Args, Subcommand};
use nusantara_client::api::apps::{App, AppListen, AppProgram, InstanceState, PutApp};
use nusantara_client::api::logs::AppLogQuery;
use nusantara_client::types::{AppName, RequestId, Timestamp, Username};
use options::Options;
use std::path::{Path, PathBuf};

/// What can be done with apps.
#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Make an app, or change what is named of one
    Put(Box<Put>),
    /// List the apps of an account
    #[command(visible_alias = "ls")]
    List {
        /// The account
        account: String,
    },
    /// Show an app and how it is
    Show(Which),
    /// Remove an app; its files stay
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
    /// Start an app's instances again
    Restart {
        #[command(flatten)]
        which: Which,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Show what an app wrote
    Logs {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        reading: Reading,
    },
}

/// An app of an account.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The account
    account: String,
    /// The app
    name: String,
}

/// `app put`.
#[derive(Debug, Args)]
pub(crate) struct Put {
    #[command(flatten)]
    which: Which,
    /// Read all of it from this JSON file, as the API takes it
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

impl Which {
    fn parsed(&self) -> Result<(Username, AppName), Failure> {
        Ok((parse("account", &self.account)?, parse("app", &self.name)?))
    }
}

pub(crate) async fn run(command: AppCommand, context: &Context) -> Result<(), Failure> {
    match command {
        AppCommand::Put(arguments) => put(&arguments, context).await,
        AppCommand::List { account } => list(&parse("account", &account)?, context).await,
        AppCommand::Show(which) => show(&which, context).await,
        AppCommand::Remove { which, yes, wait } => remove(&which, yes, wait, context).await,
        AppCommand::Restart { which, wait } => restart(&which, wait, context).await,
        AppCommand::Logs { which, reading } => {
            let (username, name) = which.parsed()?;
            let page = async |lines, after| context.client.app_logs(&username, &name, &AppLogQuery { lines: Some(lines), after }).await;
            logs::show(reading, page, context).await
        }
    }
}

async fn all(username: &Username, context: &Context) -> Result<Vec<App>, Failure> {
    let absent = |e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list"));
    context.client.app_list(username).await.map_err(absent)
}

fn missing(username: &Username, name: &AppName) -> String {
    format!("Account {username} has no app {name}. See: nusantara app list {username}")
}

async fn put(arguments: &Put, context: &Context) -> Result<(), Failure> {
    let (username, name) = arguments.which.parsed()?;
    let request = if let Some(file) = &arguments.file {
        read(file)?
    } else {
        let known = all(&username, context).await?.into_iter().find(|app| app.name == name.as_str());
        arguments.options.applied(known.map(App::settings))?
    };
    let accepted = context.client.app_put(&username, &name, &request).await?;
    let words = Words {
        begun: format!("App {name} is being put in place."),
        doing: format!("Putting app {name} of account {username} in place"),
        done: format!("App {name} is in place."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

fn read(file: &Path) -> Result<PutApp, Failure> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| Failure::Local(format!("{name} cannot be read: {e}.")))?;
    serde_json::from_str(&text).map_err(|e| Failure::Value { field: "file", message: format!("{name} does not describe an app: {e}.") })
}

async fn list(username: &Username, context: &Context) -> Result<(), Failure> {
    let apps = all(username, context).await?;
    context.result(&Items { items: &apps }, |page| {
        let mut table = Table::new([
            Column::new("NAME"),
            Column::new("STATE"),
            Column::new("INSTANCES").number().spare(2),
            Column::new("LISTENS").spare(1),
            Column::new("MEMORY").number().spare(3),
            Column::new("PROGRAM").flexible(),
        ]);
        for app in &apps {
            let memory: u64 = app.state.iter().filter_map(|instance| instance.memory_bytes).sum();
            table.row([
                Line::new(Style::Strong, &app.name),
                state(app),
                app.instances.to_string().into(),
                listens(app).into(),
                units::bytes(memory).into(),
                program(app).into(),
            ]);
        }
        page.table(&table, "No apps. Make one: nusantara app put ACCOUNT NAME --folder FOLDER --node SCRIPT --port PORT");
    })
}

/// The worst of its instances.
fn state(app: &App) -> Line {
    let of = |word: &str| app.state.iter().any(|instance| instance.state == word);
    if !app.enabled {
        Line::new(Style::Dim, "off")
    } else if of("failed") {
        Line::new(Style::Bad, "failed")
    } else if !app.state.is_empty() && app.state.iter().all(|instance| instance.state == "active") {
        Line::new(Style::Good, "running")
    } else {
        Line::new(Style::Attention, app.state.first().map_or("not running", |instance| instance.state.as_str()))
    }
}

fn listens(app: &App) -> String {
    match app.listen {
        AppListen::Port(port) => format!("port {port}"),
        AppListen::Socket {} => "socket".to_owned(),
    }
}

fn program(app: &App) -> String {
    match &app.program {
        AppProgram::Node(script) => format!("node {script}"),
        AppProgram::Python(script) => format!("python {script}"),
        AppProgram::File(file) => file.to_string(),
    }
}

async fn show(which: &Which, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let app = all(&username, context).await?.into_iter().find(|app| app.name == name.as_str());
    let app = app.ok_or_else(|| Failure::NotFound(missing(&username, &name)))?;
    context.result(&app, |page| show_app(&app, page, context.now()))
}

fn show_app(app: &App, page: &mut Page, now: Timestamp) {
    page.line(Line::new(Style::Strong, &app.name).and(Style::Plain, "  ").join(state(app)));
    let arguments: Vec<&str> = app.args.iter().map(AsRef::as_ref).collect();
    let variables: Vec<&str> = app.env.keys().map(AsRef::as_ref).collect();
    page.fields(&[
        ("Program", program(app).into()),
        ("Arguments", arguments.join(" ").into()),
        ("Folder", app.folder.as_str().into()),
        ("Listens", listens(app).into()),
        ("Environment", variables.join(", ").into()),
    ]);
    if !app.state.is_empty() {
        page.heading("Instances");
    }
    for (i, instance) in app.state.iter().enumerate() {
        page.line(instance_line(i, instance, now));
    }
}

fn instance_line(i: usize, instance: &InstanceState, now: Timestamp) -> String {
    let InstanceState { state, sub_state, since, restarts, memory_bytes, ended } = instance;
    let mut text = format!("  {}  {state} ({sub_state})", i + 1);
    if let Some(since) = since {
        text += &format!(", since {}", units::when(*since, now));
    }
    if let Some(bytes) = memory_bytes {
        text += &format!(", {}", units::bytes(*bytes));
    }
    if *restarts > 0 {
        text += &format!(", started again {restarts} times");
    }
    if let Some(ended) = ended {
        text += &format!(", ended: {ended}");
    }
    text
}

async fn remove(which: &Which, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    context.demand_yes(yes, &format!("remove app {name}"))?;
    if !yes {
        context.confirm(name.as_str())?;
    }
    let asked = context.client.app_delete(&username, &name).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    let words = Words {
        begun: format!("App {name} is being removed."),
        doing: format!("Removing app {name} of account {username}"),
        done: format!("App {name} is gone; its files stay."),
    };
    end(&accepted, wait, &words, context).await
}

async fn restart(which: &Which, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let asked = context.client.app_restart(&username, &name, RequestId::generate()).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    let words = Words {
        begun: format!("App {name} is being started again."),
        doing: format!("Starting app {name} of account {username} again"),
        done: format!("App {name} runs again."),
    };
    end(&accepted, wait, &words, context).await
}
