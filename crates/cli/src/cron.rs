//! `nusantara cron`: commands of an account that the host runs at set times.

use crate::changes::{Words, end};
use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table, units};
use crate::sites::options::Switch;
use clap::{Args, Subcommand};
use nusantara_client::api::cron::{CreateCronJob, CronJob, CronOutputQuery, CronPreviewQuery, CronResult, CronRun};
use nusantara_client::types::cron::ScheduleError;
use nusantara_client::types::{CronJobName, RequestId, Schedule, Timestamp, Username};

/// What can be done with cron jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum CronCommand {
    /// List the cron jobs of an account
    #[command(visible_alias = "ls")]
    List {
        /// The account
        account: String,
    },
    /// Make a cron job
    Add {
        #[command(flatten)]
        which: Which,
        /// Five fields as in crontab(5), or a word such as @daily; in the host's time zone
        #[arg(long, value_name = "WHEN")]
        schedule: String,
        /// One line for the account's shell; % means nothing
        #[arg(long, value_name = "LINE", allow_hyphen_values = true)]
        command: String,
        /// Minutes after which a run is ended, 1 to 1440
        #[arg(long, value_name = "MINUTES", default_value_t = 60)]
        timeout: u32,
        /// Do not let it run by itself yet
        #[arg(long)]
        disabled: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Change what is named of a cron job
    Set {
        #[command(flatten)]
        which: Which,
        /// Five fields as in crontab(5), or a word such as @daily; in the host's time zone
        #[arg(long, value_name = "WHEN")]
        schedule: Option<String>,
        /// One line for the account's shell; % means nothing
        #[arg(long, value_name = "LINE", allow_hyphen_values = true)]
        command: Option<String>,
        /// Minutes after which a run is ended, 1 to 1440
        #[arg(long, value_name = "MINUTES")]
        timeout: Option<u32>,
        /// Whether it runs by itself
        #[arg(long, value_enum)]
        enabled: Option<Switch>,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Remove a cron job and what is known of its runs
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
    /// Run a cron job now
    Run {
        #[command(flatten)]
        which: Which,
        /// Wait until it has begun
        #[arg(long)]
        wait: bool,
    },
    /// Show the last runs of a cron job, or what one of them wrote
    History {
        #[command(flatten)]
        which: Which,
        /// Show what this run wrote; "last" for the last one
        #[arg(long, value_name = "RUN")]
        output: Option<String>,
    },
    /// Show when a schedule would run, and its shortest form
    Preview {
        /// Five fields in quotes, or a word such as @daily
        schedule: String,
        /// How many runs, 1 to 100
        #[arg(short = 'n', long, value_name = "N", default_value_t = 5)]
        count: u32,
    },
}

/// A cron job of an account.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The account
    account: String,
    /// The job
    name: String,
}

impl Which {
    fn parsed(&self) -> Result<(Username, CronJobName), Failure> {
        Ok((parse("account", &self.account)?, parse("name", &self.name)?))
    }
}

pub(crate) async fn run(command: CronCommand, context: &Context) -> Result<(), Failure> {
    match command {
        CronCommand::List { account } => list(&parse("account", &account)?, context).await,
        CronCommand::Add { which, schedule, command, timeout, disabled, wait } => {
            let (username, name) = which.parsed()?;
            let (schedule, command) = (parse_schedule(&schedule)?, parse("command", &command)?);
            let request = CreateCronJob { name, schedule, command, timeout_minutes: timeout, enabled: !disabled };
            add(&username, &request, wait, context).await
        }
        CronCommand::Set { which, schedule, command, timeout, enabled, wait } => {
            let (username, name) = which.parsed()?;
            let mut job = known(&username, &name, context).await?.settings();
            if let Some(schedule) = schedule {
                job.schedule = parse_schedule(&schedule)?;
            }
            if let Some(command) = command {
                job.command = parse("command", &command)?;
            }
            job.timeout_minutes = timeout.unwrap_or(job.timeout_minutes);
            job.enabled = enabled.map_or(job.enabled, |enabled| enabled == Switch::On);
            let accepted = context.client.cron_put(&username, &name, &job).await?;
            end(&accepted, wait, &words(&username, &name, "put in place", "Putting", "in place"), context).await
        }
        CronCommand::Remove { which, yes, wait } => remove(&which, yes, wait, context).await,
        CronCommand::Run { which, wait } => {
            let (username, name) = which.parsed()?;
            let asked = context.client.cron_run(&username, &name, RequestId::generate()).await;
            let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
            let words = Words {
                begun: format!("Cron job {name} is being run."),
                doing: format!("Running cron job {name} of account {username}"),
                done: format!("Cron job {name} has begun to run. How it ends: nusantara cron history {username} {name}"),
            };
            end(&accepted, wait, &words, context).await
        }
        CronCommand::History { which, output: None } => history(&which, context).await,
        CronCommand::History { which, output: Some(run) } => output(&which, &run, context).await,
        CronCommand::Preview { schedule, count } => preview(&schedule, count, context).await,
    }
}

/// A schedule, refused in its own words, which name its field.
pub(crate) fn parse_schedule(text: &str) -> Result<Schedule, Failure> {
    text.parse().map_err(|error: ScheduleError| Failure::Value {
        field: "schedule",
        message: format!("Schedule \"{}\" is not allowed: {}.", text.chars().take(64).collect::<String>(), error.message),
    })
}

fn words(username: &Username, name: &CronJobName, begun: &str, doing: &str, done: &str) -> Words {
    Words {
        begun: format!("Cron job {name} is being {begun}."),
        doing: format!("{doing} cron job {name} of account {username}"),
        done: format!("Cron job {name} is {done}."),
    }
}

fn missing(username: &Username, name: &CronJobName) -> String {
    format!("Account {username} has no cron job {name}. See: nusantara cron list {username}")
}

fn no_account(username: &Username) -> String {
    format!("There is no account {username}. See: nusantara account list")
}

async fn known(username: &Username, name: &CronJobName, context: &Context) -> Result<CronJob, Failure> {
    let all = context.client.cron_list(username).await.map_err(|e| Failure::absent(e, || no_account(username)))?;
    let found = all.items.into_iter().find(|job| job.name == name.as_str());
    found.ok_or_else(|| Failure::NotFound(missing(username, name)))
}

async fn list(username: &Username, context: &Context) -> Result<(), Failure> {
    let all = context.client.cron_list(username).await.map_err(|e| Failure::absent(e, || no_account(username)))?;
    let now = context.now();
    context.result(&all, |page| {
        let mut table = Table::new([
            Column::new("NAME"),
            Column::new("SCHEDULE"),
            Column::new("NEXT RUN").spare(1),
            Column::new("LAST RUN"),
            Column::new("COMMAND").flexible(),
        ]);
        for job in &all.items {
            table.row([
                Line::new(Style::Strong, &job.name),
                job.schedule.to_string().into(),
                next(job, now),
                last(job, now),
                job.command.as_str().into(),
            ]);
        }
        page.table(&table, "No cron jobs. Make one: nusantara cron add ACCOUNT NAME --schedule '30 2 * * *' --command LINE");
    })
}

fn next(job: &CronJob, now: Timestamp) -> Line {
    match job.next_run {
        _ if !job.enabled => Line::new(Style::Dim, "off"),
        Some(next) => units::when(next, now).into(),
        None if job.schedule.to_string() == "@reboot" => Line::new(Style::Dim, "at boot"),
        None => Line::new(Style::Attention, "not waiting"),
    }
}

fn last(job: &CronJob, now: Timestamp) -> Line {
    match (&job.running_since, &job.last_run) {
        (Some(since), _) => Line::new(Style::Attention, &format!("running since {}", units::when(*since, now))),
        (None, Some(run)) => result(run).and(Style::Plain, &format!(", {}", units::when(run.ended_at, now))),
        (None, None) => Line::new(Style::Dim, units::NOTHING),
    }
}

/// How a run ended, in words.
fn result(run: &CronRun) -> Line {
    let code = run.exit_code.map_or_else(|| units::NOTHING.to_owned(), |code| code.to_string());
    match run.result {
        CronResult::Success => Line::new(Style::Good, "ok"),
        CronResult::Failed => Line::new(Style::Bad, &format!("failed with exit code {code}")),
        CronResult::Killed => Line::new(Style::Bad, &format!("ended by signal {}", run.signal.as_deref().unwrap_or(units::NOTHING))),
        CronResult::TimedOut => Line::new(Style::Bad, "took too long"),
        CronResult::OutOfMemory => Line::new(Style::Bad, "ran out of memory"),
        CronResult::NotStarted => Line::new(Style::Bad, "did not start"),
    }
}

async fn add(username: &Username, request: &CreateCronJob, wait: bool, context: &Context) -> Result<(), Failure> {
    let asked = context.client.cron_create(username, request, RequestId::generate()).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || no_account(username)))?;
    end(&accepted, wait, &words(username, &request.name, "put in place", "Putting", "in place"), context).await
}

async fn remove(which: &Which, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    context.demand_yes(yes, &format!("remove cron job {name}"))?;
    if !yes {
        context.confirm(name.as_str())?;
    }
    let asked = context.client.cron_delete(&username, &name).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    end(&accepted, wait, &words(&username, &name, "removed", "Removing", "gone"), context).await
}

async fn history(which: &Which, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let runs = context.client.cron_runs(&username, &name).await.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    let now = context.now();
    context.result(&Items { items: &runs }, |page| {
        let mut table =
            Table::new([Column::new("BEGAN"), Column::new("TOOK").number(), Column::new("RESULT"), Column::new("RUN").spare(1)]);
        for run in &runs {
            let took = units::span(run.ended_at - run.started_at);
            table.row([units::when(run.started_at, now).into(), took.into(), result(run), run.id.as_str().into()]);
        }
        page.table(&table, "No runs have ended yet.");
    })
}

async fn output(which: &Which, run: &str, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let absent = |e| Failure::absent(e, || missing(&username, &name));
    let run = match run {
        "last" => {
            let runs = context.client.cron_runs(&username, &name).await.map_err(absent)?;
            let last = runs.into_iter().next().ok_or_else(|| Failure::NotFound("No runs have ended yet.".to_owned()))?;
            parse("run", &last.id)?
        }
        id => parse("run", id)?,
    };
    let output = context.client.cron_output(&username, &name, &CronOutputQuery { run }).await.map_err(absent)?;
    context.result(&output, |page| output.lines.iter().for_each(|line| page.line(line.as_str())))
}

async fn preview(schedule: &str, count: u32, context: &Context) -> Result<(), Failure> {
    let query = CronPreviewQuery { schedule: parse_schedule(schedule)?, count: Some(count) };
    let preview = context.client.cron_preview(&query).await?;
    context.result(&preview, |page| {
        page.fields(&[("Schedule", preview.schedule.to_string().into()), ("Time zone", preview.zone.as_str().into())]);
        if preview.runs.is_empty() {
            page.line("Runs once after each boot of the host.");
        }
        for run in &preview.runs {
            page.line(run.format("  %a %Y-%m-%d %H:%M  (UTC%:z)").to_string());
        }
    })
}
