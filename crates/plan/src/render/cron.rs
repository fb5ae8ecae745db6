//! Cron jobs: a service and a timer template, and per job a description and the drop-ins of both.
//!
//! What an account chose freely, the command, is in the description only, which is JSON and read by our own launcher. systemd is
//! told names and numbers, and times that are printed here from sets of numbers.

use super::app::PORTS;
use askama::Template;
use nusantara_types::cron::{CronJob, DayRule, Fields};
use nusantara_types::{AccountSpec, CronJobName, Schedule, Username};

#[derive(Template)]
#[template(path = "cron.service", escape = "none")]
struct ServiceTemplate {
    first_port: u16,
    last_port: u16,
}

#[derive(Template)]
#[template(path = "cron.timer", escape = "none")]
struct TimerTemplate;

/// `nusantara-cron@.service`.
#[must_use]
pub fn service_template() -> String {
    super::text(&ServiceTemplate { first_port: PORTS.0, last_port: PORTS.1 })
}

/// `nusantara-cron@.timer`.
#[must_use]
pub fn timer_template() -> String {
    super::text(&TimerTemplate)
}

/// The unit of a job's runs.
#[must_use]
pub fn service(username: &Username, name: &CronJobName) -> String {
    format!("nusantara-cron@{username}.{name}.service")
}

/// The unit of a job's times.
#[must_use]
pub fn timer(username: &Username, name: &CronJobName) -> String {
    format!("nusantara-cron@{username}.{name}.timer")
}

/// What a job needs besides the templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronTexts {
    /// What the launcher reads.
    pub description: String,
    /// The drop-in of the service.
    pub service: String,
    /// The drop-in of the timer; none for a job that runs at boot, which needs no timer.
    pub timer: Option<String>,
}

/// The texts of a job.
#[must_use]
pub fn texts(spec: &AccountSpec, job: &CronJob) -> CronTexts {
    let timer = match &job.schedule {
        Schedule::Reboot => None,
        Schedule::Fields(fields) => Some(super::text(&TimerDropin { lines: calendar(fields) })),
    };
    CronTexts { description: description(job), service: service_dropin(spec, job), timer }
}

/// The job as the spec has it, without what only hostd and systemd need to know.
fn description(job: &CronJob) -> String {
    let mut text = serde_json::to_string_pretty(&CronJob { enabled: true, ..job.clone() }).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Template)]
#[template(path = "cron-service-dropin.conf", escape = "none")]
struct ServiceDropin<'a> {
    username: &'a Username,
    uid: u32,
    minutes: u32,
}

fn service_dropin(spec: &AccountSpec, job: &CronJob) -> String {
    super::text(&ServiceDropin { username: &spec.account.username, uid: spec.account.uid, minutes: job.timeout_minutes })
}

#[derive(Template)]
#[template(path = "cron-timer-dropin.conf", escape = "none")]
struct TimerDropin {
    lines: Vec<String>,
}

/// The fields as systemd.time(7) has them: in one line date and weekday must both be so; where either is enough there are two.
fn calendar(fields: &Fields) -> Vec<String> {
    const NAMES: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let numbers = |set: Option<nusantara_types::cron::Set>| match set {
        None => "*".to_owned(),
        Some(set) => set.numbers().map(|n| format!("{n:02}")).collect::<Vec<_>>().join(","),
    };
    let named = fields.weekdays().map(|set| {
        let names: Vec<&str> = set.numbers().filter_map(|n| NAMES.get(usize::try_from(n).ok()?).copied()).collect();
        names.join(",") + " "
    });
    let (days, months) = (numbers(fields.days()), numbers(fields.months()));
    let clock = format!("{}:{}:00", numbers(fields.hours()), numbers(fields.minutes()));
    let line = |weekdays: &str, days: &str| format!("{weekdays}*-{months}-{days} {clock}");
    let weekdays = named.unwrap_or_default();
    match fields.day_rule() {
        DayRule::Both => vec![line(&weekdays, &days)],
        DayRule::Either => vec![line("", &days), line(&weekdays, "*")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_said_in_the_words_of_systemd() {
        let lines = |text: &str| match text.parse::<Schedule>().unwrap() {
            Schedule::Fields(fields) => calendar(&fields).join(" + "),
            Schedule::Reboot => String::new(),
        };
        for (schedule, said) in [
            ("* * * * *", "*-*-* *:*:00"),
            ("*/15 9-11 * * MON-FRI", "Mon,Tue,Wed,Thu,Fri *-*-* 09,10,11:00,15,30,45:00"),
            ("0 0 1,15 * 1", "*-*-01,15 00:00:00 + Mon *-*-* 00:00:00"),
            ("0 0 */10 2,8 7", "Sun *-02,08-01,11,21,31 00:00:00"),
            ("5 4 29 2 *", "*-02-29 04:05:00"),
        ] {
            assert_eq!(lines(schedule), said, "{schedule}");
        }
    }
}
