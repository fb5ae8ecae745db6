//! `nusantara schedule`: what the panel does by itself at set times.

use crate::changes::{Words, end};
use crate::context::{Context, Items, parse};
use crate::cron::parse_schedule;
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table, units};
use crate::sites::options::Switch;
use clap::{Args, Subcommand, ValueEnum};
use nusantara_client::Error;
use nusantara_client::api::jobs::JobState;
use nusantara_client::api::schedules::{CreateSchedule, Missed, PutSchedule, Schedule, SchedulePreviewQuery, ScheduleRun, ScheduleTask};
use nusantara_client::types::{ScheduleName, Timestamp};

/// What can be done with schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// List the schedules
    #[command(visible_alias = "ls")]
    List,
    /// Make a schedule
    Add {
        /// Its name
        name: String,
        /// What it does
        #[arg(long, value_enum)]
        task: Task,
        /// Five fields as in crontab(5), or a word such as @daily
        #[arg(long, value_name = "WHEN")]
        cron: String,
        #[command(flatten)]
        how: How,
        /// Do not let it run by itself yet
        #[arg(long)]
        disabled: bool,
    },
    /// Change what is named of a schedule
    Set {
        /// The schedule
        name: String,
        /// What it does
        #[arg(long, value_enum)]
        task: Option<Task>,
        /// Five fields as in crontab(5), or a word such as @daily
        #[arg(long, value_name = "WHEN")]
        cron: Option<String>,
        #[command(flatten)]
        how: How,
        /// Whether it runs by itself
        #[arg(long, value_enum)]
        enabled: Option<Switch>,
    },
    /// Remove a schedule and its history
    #[command(visible_alias = "rm")]
    Remove {
        /// The schedule
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Run a schedule now
    Run {
        /// The schedule
        name: String,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Show what became of the last times of a schedule
    History {
        /// The schedule
        name: String,
        /// Show at most this many
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Show when a schedule would run, and its shortest form
    Preview {
        /// Five fields in quotes, or a word such as @daily
        cron: String,
        /// By the clocks of this time zone
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        zone: String,
        /// How many times, 1 to 100
        #[arg(short = 'n', long, value_name = "N", default_value_t = 5)]
        count: u32,
    },
}

/// How it runs.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// By the clocks of this time zone; UTC for a new one
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// By how many seconds a run may begin later, by chance, 0 to 3600
    #[arg(long, value_name = "SECONDS")]
    jitter: Option<u32>,
    /// What is done about times that were missed: nothing, the last one, all of them
    #[arg(long, value_enum)]
    missed: Option<MissedWord>,
    /// With --missed all: how many at most, 1 to 100
    #[arg(long, value_name = "N")]
    catch_up: Option<u32>,
}

/// What a schedule does, on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Task {
    /// Bring the host and all accounts to what their files say
    Converge,
    /// Look for what is not as it should be
    DriftLook,
    /// Compare the panel's list of accounts with the host's
    IndexCompare,
    /// Have the audit trail sealed
    AuditSeal,
    /// Check the whole audit trail
    AuditVerify,
    /// Remove what is over
    Tidy,
}

impl From<Task> for ScheduleTask {
    fn from(task: Task) -> Self {
        match task {
            Task::Converge => Self::Converge,
            Task::DriftLook => Self::DriftLook,
            Task::IndexCompare => Self::IndexCompare,
            Task::AuditSeal => Self::AuditSeal,
            Task::AuditVerify => Self::AuditVerify,
            Task::Tidy => Self::Tidy,
        }
    }
}

/// What is done about missed times, on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum MissedWord {
    Skip,
    Once,
    All,
}

impl From<MissedWord> for Missed {
    fn from(word: MissedWord) -> Self {
        match word {
            MissedWord::Skip => Self::Skip,
            MissedWord::Once => Self::Once,
            MissedWord::All => Self::All,
        }
    }
}

impl How {
    fn apply(self, put: &mut PutSchedule) {
        put.zone = self.zone.unwrap_or_else(|| std::mem::take(&mut put.zone));
        put.jitter_seconds = self.jitter.unwrap_or(put.jitter_seconds);
        put.missed = self.missed.map_or(put.missed, Missed::from);
        put.catch_up = self.catch_up.unwrap_or(put.catch_up);
    }
}

pub(crate) async fn run(command: ScheduleCommand, context: &Context) -> Result<(), Failure> {
    match command {
        ScheduleCommand::List => list(context).await,
        ScheduleCommand::Add { name, task, cron, how, disabled } => {
            let name: ScheduleName = parse("name", &name)?;
            let mut put = PutSchedule {
                task: task.into(),
                cron: parse_schedule(&cron)?,
                zone: "UTC".to_owned(),
                jitter_seconds: 0,
                missed: Missed::Skip,
                catch_up: 10,
                enabled: !disabled,
            };
            how.apply(&mut put);
            let PutSchedule { task, cron, zone, jitter_seconds, missed, catch_up, enabled } = put;
            let request = CreateSchedule { name, task, cron, zone, jitter_seconds, missed, catch_up, enabled };
            let schedule = context.client.schedule_create(&request).await?;
            context.result(&schedule, |page| page.line(stands(&schedule)))
        }
        ScheduleCommand::Set { name, task, cron, how, enabled } => {
            let name: ScheduleName = parse("name", &name)?;
            let known = context.client.schedule_show(&name).await.map_err(|e| missing(e, &name))?;
            let unknown = || Failure::NotFound(format!("Schedule {name} does what this version does not know: name its task."));
            let mut put = PutSchedule {
                task: task.map(ScheduleTask::from).or(known.task).ok_or_else(unknown)?,
                cron: cron.map_or(Ok(known.cron), |cron| parse_schedule(&cron))?,
                zone: known.zone,
                jitter_seconds: known.jitter_seconds,
                missed: known.missed,
                catch_up: known.catch_up,
                enabled: enabled.map_or(known.enabled, |enabled| enabled == Switch::On),
            };
            how.apply(&mut put);
            let schedule = context.client.schedule_put(&name, &put).await.map_err(|e| missing(e, &name))?;
            context.result(&schedule, |page| page.line(stands(&schedule)))
        }
        ScheduleCommand::Remove { name, yes } => {
            let name: ScheduleName = parse("name", &name)?;
            context.demand_yes(yes, &format!("remove schedule {name}"))?;
            if !yes {
                context.confirm(name.as_str())?;
            }
            context.client.schedule_delete(&name).await.map_err(|e| missing(e, &name))?;
            context.result(&serde_json::json!({}), |page| page.line(format!("The schedule {name} is gone.")))
        }
        ScheduleCommand::Run { name, wait } => {
            let name: ScheduleName = parse("name", &name)?;
            let accepted = context.client.schedule_run(&name).await.map_err(|e| missing(e, &name))?;
            let words = Words {
                begun: format!("Schedule {name} is being run."),
                doing: format!("Running schedule {name}"),
                done: format!("Schedule {name} has run."),
            };
            end(&accepted, wait, &words, context).await
        }
        ScheduleCommand::History { name, limit } => history(&parse("name", &name)?, limit, context).await,
        ScheduleCommand::Preview { cron, zone, count } => {
            let query = SchedulePreviewQuery { cron: parse_schedule(&cron)?, zone, count: Some(count) };
            let preview = context.client.schedule_preview(&query).await?;
            context.result(&preview, |page| {
                page.fields(&[("Schedule", preview.cron.to_string().into()), ("Time zone", preview.zone.as_str().into())]);
                preview.runs.iter().for_each(|run| page.line(run.format("  %a %Y-%m-%d %H:%M UTC").to_string()));
            })
        }
    }
}

fn missing(error: Error, name: &ScheduleName) -> Failure {
    Failure::absent(error, || format!("There is no schedule {name}. See: nusantara schedule list"))
}

fn stands(schedule: &Schedule) -> String {
    match schedule.next_due {
        Some(next) => format!("Schedule {} is in place; it runs next at {}.", schedule.name, next.format("%Y-%m-%d %H:%M UTC")),
        None => format!("Schedule {} is in place; it does not run by itself.", schedule.name),
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let schedules = context.client.schedule_list().await?;
    let now = context.now();
    context.result(&schedules, |page| {
        let mut table = Table::new([
            Column::new("NAME"),
            Column::new("TASK"),
            Column::new("WHEN").flexible(),
            Column::new("ZONE").spare(2),
            Column::new("NEXT").spare(1),
            Column::new("LAST").spare(3),
        ]);
        for schedule in &schedules.items {
            let next = schedule.next_due.map_or_else(|| "off".to_owned(), |next| next.format("%Y-%m-%d %H:%M UTC").to_string());
            table.row([
                Line::new(Style::Strong, &schedule.name),
                schedule.task.map_or(units::NOTHING, ScheduleTask::as_str).into(),
                schedule.cron.to_string().into(),
                schedule.zone.as_str().into(),
                next.into(),
                schedule.last_run.as_ref().map_or_else(|| units::NOTHING.into(), |run| result(run, now)),
            ]);
        }
        page.table(&table, "No schedules.");
    })
}

fn result(run: &ScheduleRun, now: Timestamp) -> Line {
    let ago = units::ago(run.due_at, now);
    match (run.job, run.state) {
        (None, _) => Line::new(Style::Attention, &format!("{} missed, {ago}", run.missed)),
        (Some(_), None) => Line::new(Style::Dim, &format!("over, {ago}")),
        (Some(_), Some(JobState::Success)) => Line::new(Style::Good, &format!("success, {ago}")),
        (Some(_), Some(JobState::Failed)) => Line::new(Style::Bad, &format!("failed, {ago}")),
        (Some(_), Some(JobState::Cancelled)) => Line::new(Style::Attention, &format!("cancelled, {ago}")),
        (Some(_), Some(JobState::Queued | JobState::Running)) => Line::new(Style::Attention, &format!("under way, {ago}")),
    }
}

async fn history(name: &ScheduleName, limit: usize, context: &Context) -> Result<(), Failure> {
    let runs = context.client.schedule_runs(name, limit).await.map_err(|e| missing(e, name))?;
    let now = context.now();
    context.result(&Items { items: &runs }, |page| {
        let mut table = Table::new([Column::new("DUE"), Column::new("RESULT"), Column::new("JOB").spare(1)]);
        for run in &runs {
            let job = run.job.map_or_else(|| units::NOTHING.to_owned(), |job| job.to_string());
            table.row([units::when(run.due_at, now).into(), result(run, now), job.into()]);
        }
        page.table(&table, "Nothing has become of it yet.");
    })
}
