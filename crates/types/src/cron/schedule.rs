//! When a job runs.

use super::fields::{DAY, Form, HOUR, MINUTE, MONTH, Set, WEEKDAY};
use super::parse::{self, ScheduleError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// When a job runs: crontab(5)'s grammar, read once. Two texts that mean the same are equal and print the same; @-words print as
/// the five fields they stand for, but `@reboot`, which stands for none.
///
/// The crates there are were looked at (`croner`, `cron`, `saffron`): they add seconds, `L`, `W` and `#` or count weekdays from 1, and
/// none hands out the values of a field, which a systemd timer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Schedule {
    /// Once after each boot.
    Reboot,
    /// At the minutes that five fields say.
    Fields(Fields),
}

/// The five fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fields {
    pub(super) minutes: Set,
    pub(super) hours: Set,
    pub(super) days: Set,
    pub(super) months: Set,
    pub(super) weekdays: Set,
    pub(super) rule: DayRule,
}

/// How the two day fields go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayRule {
    /// Both must say the day: at least one begins with an asterisk in crontab(5).
    Both,
    /// One of them is enough: neither begins with an asterisk, and neither says every day.
    Either,
}

impl Fields {
    /// Minutes, 0 to 59; `None` when every one.
    #[must_use]
    pub fn minutes(&self) -> Option<Set> {
        Some(self.minutes).filter(|set| *set != MINUTE.all())
    }

    /// Hours, 0 to 23; `None` when every one.
    #[must_use]
    pub fn hours(&self) -> Option<Set> {
        Some(self.hours).filter(|set| *set != HOUR.all())
    }

    /// Days of the month, 1 to 31; `None` when every one.
    #[must_use]
    pub fn days(&self) -> Option<Set> {
        Some(self.days).filter(|set| *set != DAY.all())
    }

    /// Months, 1 to 12; `None` when every one.
    #[must_use]
    pub fn months(&self) -> Option<Set> {
        Some(self.months).filter(|set| *set != MONTH.all())
    }

    /// Days of the week, 0 (Sunday) to 6; `None` when every one.
    #[must_use]
    pub fn weekdays(&self) -> Option<Set> {
        Some(self.weekdays).filter(|set| *set != WEEKDAY.all())
    }

    /// How days of the month and of the week go together (crontab(5)).
    #[must_use]
    pub const fn day_rule(&self) -> DayRule {
        self.rule
    }

    /// The same times in the one form that equal schedules share: where either field would do and one of them says every day, both do.
    pub(super) fn settled(self) -> Self {
        if self.rule == DayRule::Either && (self.days().is_none() || self.weekdays().is_none()) {
            return Self { days: DAY.all(), weekdays: WEEKDAY.all(), rule: DayRule::Both, ..self };
        }
        self
    }

    /// Whether such a day ever comes: the 30th of February does not. Every weekday comes on every date there is.
    pub(super) fn can_come(&self) -> bool {
        const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let first = self.days.numbers().next().unwrap_or_default();
        let lengths = (1..).zip(LENGTHS);
        self.rule == DayRule::Either || lengths.into_iter().any(|(month, days)| self.months.holds(month) && first <= days)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Fields(fields) = self else { return f.write_str("@reboot") };
        let natural = |set: Set, range| set.text(range, Form::Natural);
        let (days, weekdays) = fields.day_texts();
        let Fields { minutes, hours, months, .. } = *fields;
        write!(f, "{} {} {days} {} {weekdays}", natural(minutes, MINUTE), natural(hours, HOUR), natural(months, MONTH))
    }
}

impl Fields {
    /// Texts of the two day fields that have their rule: for [`DayRule::Both`] one of them begins with an asterisk.
    fn day_texts(&self) -> (String, String) {
        let days = |form| self.days.text(DAY, form);
        let weekdays = |form| self.weekdays.text(WEEKDAY, form);
        if self.rule == DayRule::Either {
            return (days(Form::Plain), weekdays(Form::Plain));
        }
        let natural = (days(Form::Natural), weekdays(Form::Natural));
        if natural.0.starts_with('*') || natural.1.starts_with('*') {
            return natural;
        }
        // An asterisk holds the least number, so only a field that has it can begin with one.
        if self.days.holds(DAY.low) { (days(Form::Starred), natural.1) } else { (natural.0, weekdays(Form::Starred)) }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        parse::schedule(text)
    }
}

impl TryFrom<String> for Schedule {
    type Error = ScheduleError;
    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}
