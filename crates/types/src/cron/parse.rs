//! Reads a schedule: crontab(5)'s five fields, or an @-word.

use super::fields::{DAY, HOUR, MINUTE, MONTH, Range, Set, WEEKDAY};
use super::schedule::{DayRule, Fields, Schedule};

/// A schedule that is none: which field, and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schedule is not valid: {message}")]
pub struct ScheduleError {
    /// What is wrong and what would be right.
    pub message: String,
}

fn wrong<T>(message: impl Into<String>) -> Result<T, ScheduleError> {
    Err(ScheduleError { message: message.into() })
}

/// The longest text that is looked at.
const LONGEST: usize = 512;

const WORDS: [(&str, &str); 8] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@reboot", ""),
];

pub(super) fn schedule(text: &str) -> Result<Schedule, ScheduleError> {
    if text.len() > LONGEST {
        return wrong(format!("give at most {LONGEST} characters"));
    }
    let text = text.trim_matches([' ', '\t']);
    if text.starts_with('@') {
        let Some((word, fields)) = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) else {
            return wrong("use one of @reboot, @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually");
        };
        return if *word == "@reboot" { Ok(Schedule::Reboot) } else { schedule(fields) };
    }
    let parts: Vec<&str> = text.split([' ', '\t']).filter(|part| !part.is_empty()).collect();
    let [minute, hour, day, month, weekday] = parts.as_slice() else {
        let count = parts.len();
        return wrong(format!(
            "give five fields (minute, hour, day of month, month, day of week) or a word such as @daily; there are {count}"
        ));
    };
    // crontab(5) asks whether the text begins with an asterisk, and so does this: `*/2` does not restrict in its sense.
    let rule = if day.starts_with('*') || weekday.starts_with('*') { DayRule::Both } else { DayRule::Either };
    let (minutes, hours) = (field(MINUTE, minute)?, field(HOUR, hour)?);
    let (days, months, weekdays) = (field(DAY, day)?, field(MONTH, month)?, field(WEEKDAY, weekday)?);
    let fields = Fields { minutes, hours, days, months, weekdays, rule }.settled();
    if !fields.can_come() {
        return wrong("such a day never comes: none of these months has that day of month");
    }
    Ok(Schedule::Fields(fields))
}

/// A list of values, ranges and steps.
fn field(range: Range, text: &str) -> Result<Set, ScheduleError> {
    text.split(',').try_fold(Set(0), |set, part| Ok(Set(set.0 | item(range, part)?.0)))
}

fn item(range: Range, text: &str) -> Result<Set, ScheduleError> {
    let Range { field, low, high, .. } = range;
    let (values, step) = match text.split_once('/') {
        Some((values, step)) => (values, Some(step)),
        None => (text, None),
    };
    let most = high - low + 1;
    let step = match step.map(digits) {
        None => None,
        Some(Some(step)) if (1..=most).contains(&step) => Some(step),
        Some(_) => return wrong(format!("{field}: a step after / is a number from 1 to {most}, not \"{}\"", shown(text))),
    };
    if values == "*" {
        return Ok(range.every(low, high, step.unwrap_or(1)));
    }
    let Some((from, to)) = values.split_once('-') else {
        let value = value(range, values, false)?;
        return match step {
            None => Ok(range.every(value, value, 1)),
            Some(step) => {
                wrong(format!("{field}: a step follows * or a range; write {value}-{high}/{step} in place of \"{}\"", shown(text)))
            }
        };
    };
    let (from, to) = (value(range, from, false)?, value(range, to, true)?);
    if from > to {
        return wrong(format!("{field}: a range goes upwards, \"{}\" does not; write two of them with a comma", shown(text)));
    }
    Ok(range.every(from, to, step.unwrap_or(1)))
}

/// A number or a name. At the end of a range Sunday is the seventh day, so that `FRI-SUN` is what it says.
fn value(range: Range, text: &str, ends_range: bool) -> Result<u32, ScheduleError> {
    let Range { field, low, high, names } = range;
    let named = names.iter().position(|name| name.eq_ignore_ascii_case(text)).and_then(|i| u32::try_from(i).ok());
    if let Some(i) = named {
        return Ok(if ends_range && high == 7 && i == 0 { 7 } else { low + i });
    }
    match digits(text) {
        Some(number) if (low..=high).contains(&number) => Ok(number),
        _ => {
            let or_names = match names {
                [] => String::new(),
                [first, .., last] => format!(" or {first} to {last}"),
                [only] => format!(" or {only}"),
            };
            wrong(format!("{field}: use {low} to {high}{or_names}, *, lists, ranges and steps; \"{}\" is none of them", shown(text)))
        }
    }
}

fn digits(text: &str) -> Option<u32> {
    // `parse` alone would take a sign.
    ((1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Somebody's text inside a message: short, and nothing but what can be printed.
fn shown(text: &str) -> String {
    text.chars().take(20).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}
