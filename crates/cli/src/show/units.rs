//! Times, spans and sizes as people read them.

use chrono::{DateTime, TimeDelta, Utc};

/// Stands for "nothing there".
pub(crate) const NOTHING: &str = "–";

/// How long ago, or the date once that says more.
pub(crate) fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - then).num_seconds();
    // A clock a little ahead of ours is no reason to speak of the future.
    let count = |n: i64, unit: &str| format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" });
    match seconds {
        -60..=4 => "just now".to_owned(),
        5..=59 => count(seconds, "second"),
        60..=3_599 => count(seconds / 60, "minute"),
        3_600..=86_399 => count(seconds / 3_600, "hour"),
        86_400..=2_591_999 => count(seconds / 86_400, "day"),
        _ => then.format("%Y-%m-%d").to_string(),
    }
}

/// The point in time and how long ago it was.
pub(crate) fn when(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let absolute = then.format("%Y-%m-%d %H:%M:%S UTC");
    let relative = ago(then, now);
    if relative.ends_with("ago") || relative == "just now" { format!("{absolute} ({relative})") } else { absolute.to_string() }
}

/// How long something took.
pub(crate) fn span(time: TimeDelta) -> String {
    let ms = time.num_milliseconds().max(0);
    match ms {
        0..=999 => format!("{ms} ms"),
        1_000..=59_999 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..=3_599_999 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// MiB in the largest unit that stays exact to one digit.
pub(crate) fn mebibytes(mib: u64) -> String {
    let in_unit = |unit: u64, name: &str| {
        let tenths = mib * 10 / unit;
        if tenths.is_multiple_of(10) { format!("{} {name}", tenths / 10) } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
    };
    match mib {
        0..=1_023 => format!("{mib} MiB"),
        1_024..=1_048_575 => in_unit(1_024, "GiB"),
        _ => in_unit(1_048_576, "TiB"),
    }
}

/// Bytes in the largest unit, to one digit.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        0..=1_023 => format!("{bytes} B"),
        1_024..=1_048_575 => format!("{}.{} KiB", bytes / 1_024, bytes % 1_024 * 10 / 1_024),
        _ => {
            let tenths = bytes / 1_048_576 * 10 + bytes % 1_048_576 * 10 / 1_048_576;
            match tenths {
                0..=10_239 => format!("{}.{} MiB", tenths / 10, tenths % 10),
                _ => mebibytes(bytes / 1_048_576),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_now() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let told = |seconds: i64| ago(now - TimeDelta::seconds(seconds), now);
        let all = [-30, 0, 5, 60, 119, 3_600, 86_400, 172_800, 2_592_000].map(told);
        assert_eq!(
            all,
            [
                "just now",
                "just now",
                "5 seconds ago",
                "1 minute ago",
                "1 minute ago",
                "1 hour ago",
                "1 day ago",
                "2 days ago",
                "2026-12-16"
            ]
        );
        assert_eq!(when(now, now), "2027-01-15 08:00:00 UTC (just now)");
        assert_eq!(when(now - TimeDelta::days(40), now), "2026-12-06 08:00:00 UTC");
        assert_eq!(told(-86_400), "2027-01-16", "a clock that is far off is not hidden");
    }

    #[test]
    fn spans_and_sizes_have_units() {
        assert_eq!(
            [0, 999, 1_950, 61_000, 3_700_000].map(|ms| span(TimeDelta::milliseconds(ms))),
            ["0 ms", "999 ms", "1.9 s", "1 min 1 s", "1 h 1 min"]
        );
        assert_eq!([0, 1_536, 5 << 20, 3 << 30].map(bytes), ["0 B", "1.5 KiB", "5.0 MiB", "3 GiB"]);
        assert_eq!([0, 512, 1_024, 1_536, 10_240, 2_097_152].map(mebibytes), ["0 MiB", "512 MiB", "1 GiB", "1.5 GiB", "10 GiB", "2 TiB"]);
    }
}
