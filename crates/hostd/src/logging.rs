//! Where log lines go: the journal, or standard error where there is none.

use crate::state::config::LogLevel;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging. Called once.
pub(crate) fn start(level: LogLevel) {
    let level = match level {
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    // Other crates speak of themselves only when something is wrong.
    let ours = tracing_subscriber::filter::filter_fn(move |meta| {
        let limit = if meta.target().starts_with("nusantara") { level } else { LevelFilter::WARN };
        *meta.level() <= limit
    });
    match tracing_journald::layer() {
        Ok(journal) => tracing_subscriber::registry().with(journal.with_filter(ours)).init(),
        Err(_) => {
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
            tracing_subscriber::registry().with(lines.with_filter(ours)).init();
        }
    }
}
