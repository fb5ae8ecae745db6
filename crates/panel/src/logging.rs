//! Log lines: structured, to the journal, or to standard error where there is none.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging. Called once.
pub(crate) fn start() {
    let level = if cfg!(debug_assertions) { LevelFilter::DEBUG } else { LevelFilter::INFO };
    // Libraries speak only when something is wrong.
    let wanted = Targets::new().with_default(LevelFilter::WARN).with_target("nusantara", level);
    match tracing_journald::layer() {
        Ok(journal) => tracing_subscriber::registry().with(journal.with_filter(wanted)).init(),
        Err(_) => {
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
            tracing_subscriber::registry().with(lines.with_filter(wanted)).init();
        }
    }
}
