//! `nusantara system`.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Line, Page, Style, text, units};
use clap::Subcommand;
use nusantara_client::api::system::{CheckStatus, Compatibility, CompatibilityCheck};

/// What can be asked about the host.
#[derive(Debug, Subcommand)]
pub(crate) enum SystemCommand {
    /// Check that this host can do what the panel needs
    Check,
}

pub(crate) async fn run(command: SystemCommand, context: &Context) -> Result<(), Failure> {
    match command {
        SystemCommand::Check => check(context).await,
    }
}

async fn check(context: &Context) -> Result<(), Failure> {
    let report = context.client.compatibility().await?;
    context.result(&report, |page| show(&report, page))?;
    if report.status == CheckStatus::Error { Err(Failure::Check) } else { Ok(()) }
}

fn show(report: &Compatibility, page: &mut Page) {
    let versions = match &report.hostd_version {
        Some(hostd) => format!("panel {}, host daemon {hostd}", report.panel_version),
        None => format!("panel {}, the host daemon does not answer", report.panel_version),
    };
    let php = if report.php_versions.is_empty() { units::NOTHING.to_owned() } else { report.php_versions.join(", ") };
    page.line(Line::new(Style::Strong, &report.hostname));
    page.fields(&[("System", report.os.as_str().into()), ("Versions", versions.into()), ("PHP", php.into())]);
    page.gap();
    let columns = |get: fn(&CompatibilityCheck) -> &str| report.checks.iter().map(|c| Line::from(get(c)).width()).max().unwrap_or(0);
    let widths = (columns(|c| &c.id), columns(found));
    let lines: Vec<(Line, Line)> = report.checks.iter().map(|check| check_line(check, widths)).collect();
    let beside = lines.iter().all(|(found, message)| page.fits(&found.clone().join(message.clone())));
    for (found, message) in lines {
        if beside {
            page.line(found.join(message));
        } else {
            page.line(found);
            page.line(Line::from("      ").join(message));
        }
    }
    page.gap();
    page.line(match report.status {
        CheckStatus::Ok => Line::new(Style::Good, "✓ ").and(Style::Plain, "Everything is as it should be."),
        CheckStatus::Warning => Line::new(Style::Attention, "! ").and(Style::Plain, "Works; the marked points could be better."),
        CheckStatus::Error => Line::new(Style::Bad, "✗ ").and(Style::Plain, "The points marked ✗ keep accounts from working."),
    });
}

fn found(check: &CompatibilityCheck) -> &str {
    check.found.as_deref().unwrap_or(units::NOTHING)
}

/// What was found, and what it means.
fn check_line(check: &CompatibilityCheck, (id_width, found_width): (usize, usize)) -> (Line, Line) {
    let (mark, style) = match check.status {
        CheckStatus::Ok => ("✓", Style::Good),
        CheckStatus::Warning => ("!", Style::Attention),
        CheckStatus::Error => ("✗", Style::Bad),
    };
    let padded = |text: &str, width: usize| {
        let line = Line::from(text);
        let padding = " ".repeat(width.saturating_sub(line.width()) + 2);
        line.and(Style::Plain, &padding)
    };
    let message = text::clean_lines(&check.message).collect::<Vec<_>>().join(" ");
    let line = Line::new(style, &format!("  {mark} ")).join(padded(&check.id, id_width)).join(padded(found(check), found_width));
    (line, Line::new(Style::Dim, &message))
}
