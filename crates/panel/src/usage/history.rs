//! Points out of samples: pure.
//!
//! Samples are counters, and at irregular times. What was counted between two of them is taken to have happened evenly, and lands
//! in the steps it overlaps; what is not counted but measured (memory, disk) holds until the next sample says otherwise.

use super::EVERY_SECONDS;
use chrono::TimeDelta;
use nusantara_api::usage::UsagePoint;
use nusantara_store::UsageSample;
use nusantara_types::Timestamp;

/// Most points of an answer.
const POINTS: u32 = 720;

/// How far back, and how closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) from: Timestamp,
    until: Timestamp,
    pub(crate) step_seconds: u32,
}

impl Look {
    /// The last `hours`, in steps that are as long as the time between two samples, or a multiple of it.
    pub(crate) fn back(hours: u32, now: Timestamp) -> Self {
        let samples = hours * 3_600 / EVERY_SECONDS;
        let step_seconds = EVERY_SECONDS * samples.div_ceil(POINTS).max(1);
        let until = now.timestamp() - now.timestamp().rem_euclid(i64::from(step_seconds));
        let until = Timestamp::from_timestamp(until, 0).unwrap_or(now);
        Self { from: until - TimeDelta::hours(i64::from(hours)), until, step_seconds }
    }
}

/// The points of a look, oldest first, from the first step that something is known about.
pub(crate) fn points(samples: &[UsageSample], look: Look) -> Vec<UsagePoint> {
    let step = TimeDelta::seconds(i64::from(look.step_seconds));
    let mut points = Vec::new();
    // The last sample up to the step's begin: from there its counters go on.
    let mut first = 0;
    let mut end = look.from + step;
    while end <= look.until {
        let begin = end - step;
        while samples.get(first + 1).is_some_and(|sample| sample.taken_at <= begin) {
            first += 1;
        }
        let rest = samples.get(first..).unwrap_or_default();
        // Up to the first one at or after the end, which knows what was counted until then.
        let concerned = rest.iter().take_while(|sample| sample.taken_at < end).count() + 1;
        points.extend(point(rest.get(..concerned).unwrap_or(rest), begin, end));
        end += step;
    }
    points
}

/// One step out of the samples that concern it; none when they are all later.
fn point(samples: &[UsageSample], begin: Timestamp, end: Timestamp) -> Option<UsagePoint> {
    let last = samples.iter().rfind(|sample| sample.taken_at <= end)?;
    let mut sums = Sums::default();
    for (before, after) in samples.iter().zip(samples.iter().skip(1)) {
        sums.add(before, after, begin, end);
    }
    // A sample from before the step says what was so at its begin: it counts only where no other does.
    let within = || samples.iter().filter(|sample| sample.taken_at > begin && sample.taken_at <= end);
    let seconds = seconds(end - begin);
    Some(UsagePoint {
        at: end,
        cpu_percent: percent(sums.cpu, seconds),
        cpu_throttled_percent: percent(sums.throttled, seconds),
        memory_bytes: within().map(|sample| sample.memory_bytes).max().unwrap_or(last.memory_bytes),
        tasks: within().map(|sample| sample.tasks).max().unwrap_or(last.tasks),
        oom_kills: sums.oom_kills,
        io_read_bytes_per_second: whole(sums.read / seconds),
        io_write_bytes_per_second: whole(sums.written / seconds),
        disk_bytes: last.disk_bytes,
        sent_bytes: whole(sums.sent),
    })
}

/// What was counted in a step.
#[derive(Debug, Default)]
struct Sums {
    cpu: f64,
    throttled: f64,
    read: f64,
    written: f64,
    sent: f64,
    oom_kills: u64,
}

impl Sums {
    /// Adds what was counted between two samples, as far as it falls into the step.
    fn add(&mut self, before: &UsageSample, after: &UsageSample, begin: Timestamp, end: Timestamp) {
        let overlap = seconds(after.taken_at.min(end) - before.taken_at.max(begin));
        let apart = seconds(after.taken_at - before.taken_at);
        if overlap <= 0.0 || apart <= 0.0 {
            return;
        }
        let part = |from: u64, to: u64| number(counted(from, to)) * overlap / apart;
        self.cpu += part(before.cpu_usec, after.cpu_usec);
        self.throttled += part(before.cpu_throttled_usec, after.cpu_throttled_usec);
        self.read += part(before.io_read_bytes, after.io_read_bytes);
        self.written += part(before.io_write_bytes, after.io_write_bytes);
        self.sent += part(before.sent_bytes, after.sent_bytes);
        // A kill cannot be spread: it was seen at the second sample.
        if after.taken_at <= end {
            self.oom_kills += counted(before.oom_kills, after.oom_kills);
        }
    }
}

/// What a counter went up by; one that is lower than before began anew at 0.
const fn counted(from: u64, to: u64) -> u64 {
    if to >= from { to - from } else { to }
}

/// A chart needs no more than the 52 bits that are kept.
const fn number(value: u64) -> f64 {
    value as f64
}

/// Sums of counters are never negative, and rounding is meant.
const fn whole(value: f64) -> u64 {
    value.round() as u64
}

fn seconds(time: TimeDelta) -> f64 {
    time.as_seconds_f64()
}

/// Microseconds of so many seconds, in percent with two decimals.
fn percent(usec: f64, seconds: f64) -> f64 {
    (usec / seconds / 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        "2026-11-20T10:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::minutes(minutes)
    }

    fn sample(minutes: i64, cpu_seconds: u64, memory: u64) -> UsageSample {
        UsageSample {
            account: "joko".parse().unwrap(),
            taken_at: at(minutes),
            cpu_usec: cpu_seconds * 1_000_000,
            cpu_throttled_usec: 0,
            memory_bytes: memory,
            oom_kills: cpu_seconds / 120,
            tasks: 1,
            io_read_bytes: cpu_seconds * 3_000,
            io_write_bytes: 0,
            disk_bytes: None,
            sent_bytes: cpu_seconds,
        }
    }

    fn shown(samples: &[UsageSample], hours: u32, now: Timestamp) -> Vec<(String, f64, u64)> {
        let points = points(samples, Look::back(hours, now));
        points.into_iter().map(|p| (p.at.format("%H:%M").to_string(), p.cpu_percent, p.memory_bytes)).collect()
    }

    fn row(at: &str, cpu: f64, memory: u64) -> (String, f64, u64) {
        (at.to_owned(), cpu, memory)
    }

    #[test]
    fn counters_become_rates_and_a_fall_is_a_new_beginning() {
        let samples = [sample(0, 100, 7), sample(5, 130, 9), sample(10, 30, 5)];
        assert_eq!(shown(&samples, 1, at(12)), [row("10:00", 0.0, 7), row("10:05", 10.0, 9), row("10:10", 10.0, 5)]);
        let whole = points(&samples, Look::back(1, at(12)));
        assert_eq!((whole[1].io_read_bytes_per_second, whole[1].sent_bytes, whole[1].oom_kills), (300, 30, 1));
        assert_eq!((whole[2].io_read_bytes_per_second, whole[2].sent_bytes, whole[2].oom_kills), (300, 30, 0));
    }

    #[test]
    fn a_sleeper_shows_nothing_until_it_wakes() {
        // Written at 0 and, because it then woke, at 15.
        let samples = [sample(0, 0, 0), sample(15, 0, 0), sample(20, 60, 9)];
        let points = shown(&samples, 1, at(26));
        let rates: Vec<_> = points.iter().map(|(_, cpu, _)| *cpu).collect();
        assert_eq!(rates, [0.0, 0.0, 0.0, 0.0, 20.0, 0.0]);
        assert_eq!(points.last().unwrap(), &row("10:25", 0.0, 9), "what was measured last still holds");
    }

    #[test]
    fn what_nobody_looked_at_is_spread_over_the_time() {
        let samples = [sample(0, 0, 1), sample(60, 360, 1)];
        let points = shown(&samples, 2, at(60));
        assert_eq!(points.len(), 13);
        assert!(points.iter().skip(1).all(|(_, cpu, _)| (*cpu - 10.0).abs() < 0.01), "{points:?}");
    }

    #[test]
    fn a_long_look_has_longer_steps() {
        for (hours, step, count) in [(1, 300, 12), (60, 300, 720), (61, 600, 366), (720, 3_600, 720)] {
            let look = Look::back(hours, at(0));
            assert_eq!(look.step_seconds, step, "{hours}");
            assert_eq!(points(&[sample(-100_000, 0, 1)], look).len(), count, "{hours}");
        }
        assert_eq!(points(&[], Look::back(720, at(0))), []);
        let samples: Vec<_> = (0..=24).map(|i| sample(i * 5 - 120, u64::try_from(i).unwrap() * 30, 1)).collect();
        let points = points(&samples, Look::back(61, at(0)));
        assert_eq!(points.len(), 13, "from the first sample on");
        assert!(points.iter().skip(1).all(|p| (p.cpu_percent - 10.0).abs() < 0.01 && p.sent_bytes == 60), "{points:?}");
    }
}
