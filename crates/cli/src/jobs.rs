//! `nusantara job`.

use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Page, Style, Table, progress, units};
use crate::wait;
use clap::{Subcommand, ValueEnum};
use nusantara_client::api::jobs::{Job, JobQuery, JobState};
use nusantara_client::types::{JobId, Timestamp, Username};

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List the newest jobs
    #[command(visible_alias = "ls")]
    List {
        /// Only those of this account
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// Only those in this state
        #[arg(long, value_name = "STATE")]
        state: Option<State>,
        /// Show at most this many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Show a job with its steps
    Show {
        /// Its id
        id: String,
    },
    /// Stop a job that has not begun, or between two of its steps
    Cancel {
        /// Its id
        id: String,
    },
    /// Follow a job to its end and exit with its result
    Follow {
        /// Its id
        id: String,
    },
}

/// A job's state on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum State {
    Queued,
    Running,
    Success,
    Failed,
    Cancelled,
}

impl From<State> for JobState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::Success => Self::Success,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Cancelled,
        }
    }
}

pub(crate) async fn run(command: JobCommand, context: &Context) -> Result<(), Failure> {
    match command {
        JobCommand::List { account, state, limit } => list(account, state, limit, context).await,
        JobCommand::Show { id } => show(&id, context).await,
        JobCommand::Cancel { id } => cancel(&id, context).await,
        JobCommand::Follow { id } => follow(&id, context).await,
    }
}

async fn list(account: Option<String>, state: Option<State>, limit: usize, context: &Context) -> Result<(), Failure> {
    let account = account.map(|name| parse::<Username>("account", &name)).transpose()?;
    let filter = JobQuery { account: account.map(String::from), state: state.map(JobState::from), ..JobQuery::default() };
    let jobs = context.client.job_list(&filter, limit).await?;
    let now = context.now();
    context.result(&Items { items: &jobs }, |page| {
        let mut table = Table::new([
            Column::new("ID"),
            Column::new("KIND").spare(1),
            Column::new("TARGET").flexible(),
            Column::new("STATE"),
            Column::new("BY").spare(3),
            Column::new("ASKED").spare(2),
            Column::new("TOOK").number().spare(4),
        ]);
        for job in &jobs {
            table.row([
                job.id.to_string().into(),
                job.kind.as_str().into(),
                Line::new(Style::Strong, &job.target),
                state_line(job.state),
                job.created_by.as_str().into(),
                units::ago(job.created_at, now).into(),
                took(job, now).into(),
            ]);
        }
        page.table(&table, "No jobs.");
    })
}

fn state_line(state: JobState) -> Line {
    match state {
        JobState::Queued => Line::new(Style::Dim, "queued"),
        JobState::Running => Line::new(Style::Attention, "running"),
        JobState::Success => Line::new(Style::Good, "success"),
        JobState::Failed => Line::new(Style::Bad, "failed"),
        JobState::Cancelled => Line::new(Style::Attention, "cancelled"),
    }
}

fn took(job: &Job, now: Timestamp) -> String {
    let Some(started) = job.started_at else { return units::NOTHING.to_owned() };
    units::span(job.finished_at.unwrap_or(now) - started)
}

async fn job(id: JobId, context: &Context) -> Result<Job, Failure> {
    let absent = |e| Failure::absent(e, || format!("There is no job {id}. See: nusantara job list"));
    context.client.job_show(id).await.map_err(absent)
}

async fn show(id: &str, context: &Context) -> Result<(), Failure> {
    let job = job(parse("id", id)?, context).await?;
    context.result(&job, |page| show_job(&job, page, context.now()))
}

fn show_job(job: &Job, page: &mut Page, now: Timestamp) {
    let title = Line::new(Style::Strong, &format!("{} {}", job.kind, job.target));
    page.line(title.and(Style::Plain, "  ").join(state_line(job.state)));
    page.fields(&[
        ("Id", job.id.to_string().into()),
        ("Account", job.account.as_deref().unwrap_or(units::NOTHING).into()),
        ("Asked", format!("{}, by {}", units::when(job.created_at, now), job.created_by).into()),
        ("Took", took(job, now).into()),
    ]);
    if !job.steps.is_empty() {
        page.heading("Steps");
        progress::steps(job, now).into_iter().for_each(|line| page.line(line));
    }
    if let Some(error) = &job.error {
        page.heading("Error");
        page.line(Line::new(Style::Bad, "  ").and(Style::Plain, &error.message).and(Style::Dim, &format!("  ({})", error.code)));
        error.detail.iter().flat_map(|d| progress::indented(d)).for_each(|line| page.line(line));
    }
}

async fn cancel(id: &str, context: &Context) -> Result<(), Failure> {
    let id: JobId = parse("id", id)?;
    let absent = |e| Failure::absent(e, || format!("There is no job {id}. See: nusantara job list"));
    let job = context.client.job_cancel(id).await.map_err(absent)?;
    context.result(&job, |page| match job.state {
        JobState::Cancelled => page.line(format!("{} {}: cancelled before it began.", job.kind, job.target)),
        _ => page.line(format!("{} {} stops before its next step.", job.kind, job.target)),
    })
}

async fn follow(id: &str, context: &Context) -> Result<(), Failure> {
    let id: JobId = parse("id", id)?;
    // Asked first so that a job that is not there, or a panel that is not, is told at once.
    let job = job(id, context).await?;
    let job = context.follow(id, &format!("{} {}", job.kind, job.target)).await?;
    let now = wait::succeeded(&job);
    if now.is_ok() || context.json {
        let took = took(&job, context.now());
        context.result(&job, |page| page.line(format!("{} {}: success in {took}.", job.kind, job.target)))?;
    }
    now
}
