//! A job's steps: as a list that is kept up to date in place on a terminal, as one line per finished step elsewhere.

use super::text::{Line, Style, clean_lines};
use super::{Screen, units};
use chrono::{DateTime, Utc};
use nusantara_client::api::jobs::{Job, JobStep, JobStepState};

/// Redraws a job.
#[derive(Debug)]
pub(crate) struct Progress {
    screen: Screen,
    /// Lines on the screen that the next drawing replaces.
    drawn: usize,
    /// What has been told of each step, when there is no terminal.
    told: Vec<JobStepState>,
}

impl Progress {
    pub(crate) fn new(screen: Screen) -> Self {
        Self { screen, drawn: 0, told: Vec::new() }
    }

    /// Whether it is worth drawing again just because time went by.
    pub(crate) fn ticks(&self) -> bool {
        self.screen.live
    }

    /// What to write to bring the view to `job`.
    pub(crate) fn update(&mut self, job: &Job, now: DateTime<Utc>) -> String {
        if self.screen.live { self.redraw(job, now) } else { self.tell(job, now) }
    }

    fn redraw(&mut self, job: &Job, now: DateTime<Utc>) -> String {
        let mut lines = steps(job, now);
        if lines.is_empty() {
            lines.push(Line::new(Style::Dim, "  … waiting for a worker"));
        }
        // What has scrolled off the top cannot be written again: show the end of a list that is taller than the screen.
        let room = self.screen.height.unwrap_or(24).saturating_sub(2).max(1);
        let hidden = lines.len().saturating_sub(room);
        let mut out = String::new();
        if self.drawn > 0 {
            // CPL: to the start of the first line drawn. EL and ED below clear what the old text leaves; clearing first would
            // flicker (ECMA-48).
            out.push_str(&format!("\u{1b}[{}F", self.drawn));
        }
        self.drawn = lines.len() - hidden;
        for line in &lines[hidden..] {
            // One column less, or some terminals wrap and the count of lines is wrong.
            let line = line.cut(self.screen.width.unwrap_or(80).saturating_sub(1));
            out.push_str(&line.render(self.screen.colour));
            out.push_str("\u{1b}[K\n");
        }
        out.push_str("\u{1b}[J");
        out
    }

    fn tell(&mut self, job: &Job, now: DateTime<Utc>) -> String {
        let mut out = String::new();
        for (index, step) in job.steps.iter().enumerate() {
            let before = self.told.get(index).copied().unwrap_or(JobStepState::Pending);
            let over = matches!(step.state, JobStepState::Success | JobStepState::Failed | JobStepState::Undone);
            if over && before != step.state {
                out.push_str(&step_line(step, now).render(self.screen.colour));
                out.push('\n');
            }
        }
        self.told = job.steps.iter().map(|s| s.state).collect();
        out
    }
}

/// The steps of a job, one line each, and below a failed one what its tool said, unless the job's error says it.
pub(crate) fn steps(job: &Job, now: DateTime<Utc>) -> Vec<Line> {
    let mut lines = Vec::new();
    let told = job.error.as_ref().is_some_and(|e| e.detail.is_some());
    for step in &job.steps {
        lines.push(step_line(step, now));
        if step.state == JobStepState::Failed && !told {
            lines.extend(step.message.iter().flat_map(|m| indented(m)));
        }
    }
    lines
}

/// What a tool said, below the line it belongs to.
pub(crate) fn indented(text: &str) -> impl Iterator<Item = Line> + '_ {
    clean_lines(text).map(|line| Line::new(Style::Dim, &format!("      {line}")))
}

fn step_line(step: &JobStep, now: DateTime<Utc>) -> Line {
    let (mark, style, word) = match step.state {
        JobStepState::Pending => ("·", Style::Dim, ""),
        JobStepState::Running => ("…", Style::Attention, ""),
        JobStepState::Success => ("✓", Style::Good, ""),
        JobStepState::Failed => ("✗", Style::Bad, "failed"),
        JobStepState::Undone => ("↺", Style::Attention, "taken back"),
    };
    let text = if step.state == JobStepState::Pending { Style::Dim } else { Style::Plain };
    let mut line = Line::new(style, &format!("  {mark} ")).and(text, &step.summary);
    if !word.is_empty() {
        line = line.and(style, &format!("  {word}"));
    }
    if let Some(started) = step.started_at
        && step.state != JobStepState::Pending
    {
        line = line.and(Style::Dim, &format!("  {}", units::span(step.finished_at.unwrap_or(now) - started)));
    }
    match &step.message {
        Some(message) if step.state == JobStepState::Running => line.and(Style::Dim, &format!("  {message}")),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use expect_test::{Expect, expect};

    fn job(states: &[(JobStepState, Option<&str>)]) -> Job {
        let start = DateTime::UNIX_EPOCH;
        let step = |(position, (state, message)): (usize, &(JobStepState, Option<&str>))| {
            let over = matches!(state, JobStepState::Success | JobStepState::Failed | JobStepState::Undone);
            serde_json::json!({
                "position": position, "name": "user.create", "summary": format!("Do thing {position}\u{1b}[31m"), "state": state,
                "message": message,
                "started_at": (*state != JobStepState::Pending).then_some(start),
                "finished_at": over.then(|| start + TimeDelta::milliseconds(31)),
            })
        };
        let steps: Vec<_> = states.iter().enumerate().map(step).collect();
        serde_json::from_value(serde_json::json!({
            "id": "00000000-0000-0000-0000-000000000000", "kind": "account.create", "state": "running", "target_type": "account",
            "target": "joko", "account": "joko", "created_by": "root", "created_at": start, "started_at": start, "finished_at": null,
            "error": null, "steps": steps, "generation": 1,
            "actions": { "cancel": { "allowed": false, "reason": null } },
        }))
        .unwrap()
    }

    fn check(screen: Screen, states: &[&[(JobStepState, Option<&str>)]], expected: &Expect) {
        let mut progress = Progress::new(screen);
        let now = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_500);
        let shown: Vec<String> = states.iter().map(|s| progress.update(&job(s), now).replace('\u{1b}', "^[")).collect();
        // The bar keeps the indentation, which the golden text would lose.
        expected.assert_eq(&shown.join("\n--\n").lines().map(|line| format!("|{line}\n")).collect::<String>());
    }

    use JobStepState::{Failed, Pending, Running, Success, Undone};
    const COURSE: &[&[(JobStepState, Option<&str>)]] = &[
        &[],
        &[(Running, Some("waiting")), (Pending, None)],
        &[(Success, None), (Running, None)],
        &[(Success, None), (Failed, Some("nginx: [emerg] line one\nline two"))],
        &[(Undone, None), (Failed, Some("nginx: [emerg] line one\nline two"))],
    ];

    #[test]
    fn a_terminal_sees_one_list_kept_up_to_date() {
        let screen = Screen { live: true, width: Some(40), height: Some(24), colour: false };
        check(
            screen,
            COURSE,
            &expect![[r#"
                |  … waiting for a worker^[[K
                |^[[J
                |--
                |^[[1F  … Do thing 0�[31m  1.5 s  waiting^[[K
                |  · Do thing 1�[31m^[[K
                |^[[J
                |--
                |^[[2F  ✓ Do thing 0�[31m  31 ms^[[K
                |  … Do thing 1�[31m  1.5 s^[[K
                |^[[J
                |--
                |^[[2F  ✓ Do thing 0�[31m  31 ms^[[K
                |  ✗ Do thing 1�[31m  failed  31 ms^[[K
                |      nginx: [emerg] line one^[[K
                |      line two^[[K
                |^[[J
                |--
                |^[[4F  ↺ Do thing 0�[31m  taken back  31 ms^[[K
                |  ✗ Do thing 1�[31m  failed  31 ms^[[K
                |      nginx: [emerg] line one^[[K
                |      line two^[[K
                |^[[J
            "#]],
        );
    }

    #[test]
    fn a_file_gets_one_line_for_each_thing_that_ended() {
        check(
            Screen::PLAIN,
            COURSE,
            &expect![[r#"
                |
                |--
                |
                |--
                |  ✓ Do thing 0�[31m  31 ms
                |
                |--
                |  ✗ Do thing 1�[31m  failed  31 ms
                |
                |--
                |  ↺ Do thing 0�[31m  taken back  31 ms
            "#]],
        );
    }

    #[test]
    fn a_list_taller_than_the_screen_shows_its_end() {
        let screen = Screen { live: true, width: Some(10), height: Some(4), colour: false };
        check(
            screen,
            &[&[(Success, None), (Success, None), (Running, None)]],
            &expect![[r#"
                |  ✓ Do t…^[[K
                |  … Do t…^[[K
                |^[[J
            "#]],
        );
    }
}
