//! How a plan looks: one line per change, its details below it when asked for.

use crate::show::{Line, Page, Style, text};
use nusantara_client::api::accounts::{ChangeAction, PlanIntent, PlanView, PlannedChange};

/// Shows what a plan would change.
pub(crate) fn show(plan: &PlanView, details: bool, page: &mut Page) {
    if plan.changes.is_empty() {
        page.line(Line::new(Style::Good, "✓ ").and(Style::Plain, &format!("Nothing to change: {} is as its spec says.", plan.username)));
        return;
    }
    let what = match plan.intent {
        PlanIntent::Converge => "To bring the host to the spec of",
        PlanIntent::Delete => "Deleting",
        PlanIntent::Suspend => "Suspending",
        PlanIntent::Unsuspend => "Unsuspending",
        PlanIntent::Rename => "Renaming",
        PlanIntent::PrimaryDomain => "Giving another primary domain to",
    };
    let count = plan.changes.len();
    let plural = if count == 1 { "" } else { "s" };
    page.line(Line::new(Style::Strong, &format!("{what} {}: {count} change{plural}", plan.username)));
    for change in &plan.changes {
        show_change(change, details, page);
    }
}

fn show_change(change: &PlannedChange, details: bool, page: &mut Page) {
    let (mark, style) = match change.action {
        ChangeAction::Create => ("+", Style::Good),
        ChangeAction::Update => ("~", Style::Attention),
        ChangeAction::Remove => ("-", Style::Bad),
    };
    let mut line = Line::new(style, &format!("  {mark} ")).and(Style::Plain, &change.summary);
    if !change.summary.contains(&change.target) {
        line = line.and(Style::Dim, &format!("  {}", change.target));
    }
    page.line(line);
    let Some(detail) = change.detail.as_deref().filter(|_| details) else { return };
    for text in text::clean_lines(detail) {
        let style = match text.as_bytes().first() {
            Some(b'+') => Style::Good,
            Some(b'-') => Style::Bad,
            _ => Style::Dim,
        };
        page.line(Line::new(style, &format!("      {text}")));
    }
}
