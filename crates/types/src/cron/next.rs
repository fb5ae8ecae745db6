//! When a job runs next.

use super::schedule::{DayRule, Fields, Schedule};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike};

/// How far ahead is looked, in days: a weekday on the 29th of February comes back after 40 years at the latest.
const HORIZON: u64 = 41 * 366;

impl Schedule {
    /// The first run after `now`, by the clock on the wall of `now`'s time zone, to the minute; `None` for `@reboot`.
    ///
    /// Where the clock is put forward, a time that is skipped is no time: such a run does not happen. Where it is put back, a
    /// time that comes twice is the first of the two. A systemd timer does the same (systemd.time(7)).
    #[must_use]
    pub fn next_after<Tz: TimeZone>(&self, now: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let Self::Fields(fields) = self else { return None };
        let zone = now.timezone();
        let local = now.naive_local();
        let days = std::iter::successors(Some(local.date()), |day| day.checked_add_days(Days::new(1)));
        let days = days.take(usize::try_from(HORIZON).unwrap_or(usize::MAX)).filter(|day| fields.has_day(*day));
        // A time on the wall that is not past `local` can come after `now` only where the clock was put back, and then it is the second
        // of two. Whatever the zone makes not later than `now` is passed over too.
        let times = days.flat_map(|day| fields.times_of(day)).filter(|time| *time > local);
        { times }.find_map(|time| Some(zone.from_local_datetime(&time).earliest()?).filter(|t| t > now))
    }

    /// The first `count` runs after `now`.
    #[must_use]
    pub fn next_runs<Tz: TimeZone>(&self, now: &DateTime<Tz>, count: usize) -> Vec<DateTime<Tz>> {
        std::iter::successors(self.next_after(now), |run| self.next_after(run)).take(count).collect()
    }
}

impl Fields {
    /// Whether it runs on this day at all.
    #[must_use]
    pub fn has_day(&self, day: NaiveDate) -> bool {
        let (date, weekday) = (self.days.holds(day.day()), self.weekdays.holds(day.weekday().num_days_from_sunday()));
        let said = match self.day_rule() {
            DayRule::Both => date && weekday,
            DayRule::Either => date || weekday,
        };
        self.months.holds(day.month()) && said
    }

    fn times_of(&self, day: NaiveDate) -> impl Iterator<Item = NaiveDateTime> + use<> {
        let (hours, minutes) = (self.hours, self.minutes);
        let times =
            hours.numbers().flat_map(move |hour| minutes.numbers().filter_map(move |minute| NaiveTime::from_hms_opt(hour, minute, 0)));
        times.map(move |time| day.and_time(time))
    }

    /// Whether it runs in this minute.
    #[must_use]
    pub fn has_minute(&self, time: NaiveDateTime) -> bool {
        self.minutes.holds(time.minute()) && self.hours.holds(time.hour()) && self.has_day(time.date())
    }
}
