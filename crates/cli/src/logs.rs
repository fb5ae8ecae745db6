//! Reading logs, once or as they grow.

use crate::context::Context;
use crate::failure::Failure;
use clap::Args;
use nusantara_client::Error;
use nusantara_client::api::logs::LogPage;
use std::time::Duration;
use tokio::signal;
use tokio::time::sleep;

/// How often a followed log is looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// How much of a log.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Reading {
    /// Show the last N lines, 1 to 1000
    #[arg(short = 'n', long = "lines", value_name = "N", default_value_t = 100)]
    lines: u32,
    /// Go on with what comes, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
}

/// Shows a log whose pages `page` gets: so many lines, after a place.
pub(crate) async fn show<F>(reading: Reading, page: F, context: &Context) -> Result<(), Failure>
where
    F: AsyncFn(u32, Option<String>) -> Result<LogPage, Error>,
{
    if !reading.follow {
        let log = page(reading.lines, None).await?;
        return context.result(&log, |shown| log.lines.iter().for_each(|line| shown.line(line.as_str())));
    }
    if context.json {
        return Err(Failure::Usage("A log that is followed is no single JSON document: leave --json or --follow out.".to_owned()));
    }
    let follow = async {
        let mut log = page(reading.lines, None).await?;
        loop {
            let lines = std::mem::take(&mut log.lines);
            if !lines.is_empty() {
                context.result(&(), |shown| lines.iter().for_each(|line| shown.line(line.as_str())))?;
            }
            sleep(PAUSE).await;
            log = match page(1_000, Some(log.after.clone())).await {
                // The panel or the host restarts: what was written meanwhile is read when they are back.
                Err(error) if error.is_outage() => log,
                next => next?,
            };
        }
    };
    tokio::select! {
        ended = follow => ended,
        // Whoever has seen enough ends it like this; that is no failure.
        _ = signal::ctrl_c() => Ok(()),
    }
}
