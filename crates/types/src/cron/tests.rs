use super::*;
use chrono::{DateTime, Datelike, FixedOffset, Local, TimeDelta, TimeZone, Timelike, Utc};
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn runs(schedule: &str, after: &str, count: usize) -> Vec<String> {
    let schedule: Schedule = schedule.parse().unwrap();
    schedule.next_runs(&at(after), count).iter().map(|run| run.format("%a %F %R").to_string()).collect()
}

#[test]
fn equal_schedules_print_the_same() {
    for (text, canonical) in [
        ("* * * * *", "* * * * *"),
        ("\t*/1  0-23 \t1-31 1-12 0-7 ", "* * * * *"),
        ("*/5 * * * *", "*/5 * * * *"),
        ("0,5,10,15,20,25,30,35,40,45,50,55 * * * *", "*/5 * * * *"),
        ("0,30 0-23/6 * JAN,jul Mon-fri", "0,30 */6 * 1,7 1-5"),
        ("5-15/10,58 22-23 * * 7", "5,15,58 22,23 * * 0"),
        ("0 0 * * FRI-SUN", "0 0 * * 0,5,6"),
        ("0 0 * * 5-7", "0 0 * * 0,5,6"),
        ("0 0 1,15 * 1", "0 0 1,15 * 1"),
        ("0 0 1-31 * 1", "0 0 * * *"),
        ("0 0 */2 * 1", "0 0 */2 * 1"),
        ("0 0 1-31/2 * 1", "0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1"),
        ("0 0 10-15 * */2", "0 0 10-15 * */2"),
        ("0 0 */20,5 * 1,2", "0 0 */20,5 * 1,2"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@Hourly", "0 * * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        (" @reboot ", "@reboot"),
    ] {
        let schedule: Schedule = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(schedule.to_string(), canonical, "{text}");
        assert_eq!(canonical.parse::<Schedule>().unwrap(), schedule);
    }
}

#[test]
fn a_refusal_names_the_field_and_what_is_allowed() {
    let said = |text: &str| text.parse::<Schedule>().map(|s| s.to_string()).unwrap_err().message;
    expect_test::expect![[r#"
        60 * * * *          | minute: use 0 to 59, *, lists, ranges and steps; "60" is none of them
        * 24 * * *          | hour: use 0 to 23, *, lists, ranges and steps; "24" is none of them
        * * 0 * *           | day of month: use 1 to 31, *, lists, ranges and steps; "0" is none of them
        * * * 13 *          | month: use 1 to 12 or JAN to DEC, *, lists, ranges and steps; "13" is none of them
        * * * MON *         | month: use 1 to 12 or JAN to DEC, *, lists, ranges and steps; "MON" is none of them
        * * * * 8           | day of week: use 0 to 7 or SUN to SAT, *, lists, ranges and steps; "8" is none of them
        1, * * * *          | minute: use 0 to 59, *, lists, ranges and steps; "" is none of them
        30-10 * * * *       | minute: a range goes upwards, "30-10" does not; write two of them with a comma
        */0 * * * *         | minute: a step after / is a number from 1 to 60, not "*/0"
        */x * * * *         | minute: a step after / is a number from 1 to 60, not "*/x"
        5/10 * * * *        | minute: a step follows * or a range; write 5-59/10 in place of "5/10"
        +1 * * * *          | minute: use 0 to 59, *, lists, ranges and steps; "+1" is none of them
        * * L * *           | day of month: use 1 to 31, *, lists, ranges and steps; "L" is none of them
        * * * * ?           | day of week: use 0 to 7 or SUN to SAT, *, lists, ranges and steps; "?" is none of them
        0 0 30 2 *          | such a day never comes: none of these months has that day of month
        0 0 31 4,6 */2      | such a day never comes: none of these months has that day of month
        * * * *             | give five fields (minute, hour, day of month, month, day of week) or a word such as @daily; there are 4
        * * * * * *         | give five fields (minute, hour, day of month, month, day of week) or a word such as @daily; there are 6
        @often              | use one of @reboot, @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually
        1%1 * * * *         | minute: use 0 to 59, *, lists, ranges and steps; "1%1" is none of them
    "#]]
    .assert_eq(
        &[
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * MON *",
            "* * * * 8",
            "1, * * * *",
            "30-10 * * * *",
            "*/0 * * * *",
            "*/x * * * *",
            "5/10 * * * *",
            "+1 * * * *",
            "* * L * *",
            "* * * * ?",
            "0 0 30 2 *",
            "0 0 31 4,6 */2",
            "* * * *",
            "* * * * * *",
            "@often",
            "1%1 * * * *",
        ]
        .map(|text| format!("{text:<20}| {}\n", said(text)))
        .concat(),
    );
    for bad in ["", " ", "* * * * *\n", "* * * *\n*", "0 0 * * * /bin/sh", "* * * * *\0", "٣ * * * *", &"*,".repeat(600)] {
        assert!(bad.parse::<Schedule>().is_err(), "{bad:?}");
    }
}

#[test]
fn the_two_day_fields_go_together_as_in_crontab() {
    // 2026-11-01 is a Sunday.
    let from = "2026-11-01T00:00:00Z";
    assert_eq!(runs("0 6 13 * 5", from, 3), ["Fri 2026-11-06 06:00", "Fri 2026-11-13 06:00", "Fri 2026-11-20 06:00"]);
    assert_eq!(runs("0 6 10 * MON", from, 3), ["Mon 2026-11-02 06:00", "Mon 2026-11-09 06:00", "Tue 2026-11-10 06:00"]);
    assert_eq!(runs("0 6 */2 * MON", from, 2), ["Mon 2026-11-09 06:00", "Mon 2026-11-23 06:00"], "an asterisk makes it both");
    assert_eq!(runs("0 6 31 2 SUN", "2026-01-31T12:00:00Z", 1), ["Sun 2026-02-01 06:00"], "the weekday alone comes");
    assert_eq!(runs("0 0 29 2 *", "2096-03-01T00:00:00Z", 1), ["Fri 2104-02-29 00:00"]);
    assert_eq!(runs("@reboot", from, 5), [""; 0]);
}

#[test]
fn a_run_is_after_now() {
    assert_eq!(runs("30 * * * *", "2026-11-01T10:30:00Z", 1), ["Sun 2026-11-01 11:30"]);
    assert_eq!(runs("30 * * * *", "2026-11-01T10:29:59Z", 1), ["Sun 2026-11-01 10:30"]);
    let jakarta = FixedOffset::east_opt(7 * 3_600).unwrap();
    let now = at("2026-11-01T20:00:00Z").with_timezone(&jakarta);
    let run = "0 2 * * *".parse::<Schedule>().unwrap().next_after(&now).unwrap();
    assert_eq!(run.to_rfc3339(), "2026-11-03T02:00:00+07:00", "by the clock on the wall there");
}

/// A zone in which the clock jumps: an hour forward at 02:00 on 29 March, an hour back at 03:00 on 25 October 2026.
#[derive(Clone, Copy, Debug)]
struct Jumping;

impl Jumping {
    const SPRING: &str = "2026-03-29T01:00:00Z";
    const AUTUMN: &str = "2026-10-25T01:00:00Z";

    fn hours(at_utc: chrono::NaiveDateTime) -> FixedOffset {
        let summer = at_utc >= at(Self::SPRING).naive_utc() && at_utc < at(Self::AUTUMN).naive_utc();
        FixedOffset::east_opt(if summer { 7_200 } else { 3_600 }).unwrap()
    }
}

impl TimeZone for Jumping {
    type Offset = FixedOffset;
    fn from_offset(_: &FixedOffset) -> Self {
        Self
    }
    fn offset_from_local_date(&self, _: &chrono::NaiveDate) -> chrono::MappedLocalTime<FixedOffset> {
        chrono::MappedLocalTime::None
    }
    fn offset_from_local_datetime(&self, local: &chrono::NaiveDateTime) -> chrono::MappedLocalTime<FixedOffset> {
        let fits =
            |hours: i64| Some(Self::hours(*local - TimeDelta::hours(hours))).filter(|o| i64::from(o.local_minus_utc()) == hours * 3_600);
        match (fits(2), fits(1)) {
            (Some(summer), Some(winter)) => chrono::MappedLocalTime::Ambiguous(summer, winter),
            (Some(one), None) | (None, Some(one)) => chrono::MappedLocalTime::Single(one),
            (None, None) => chrono::MappedLocalTime::None,
        }
    }
    fn offset_from_utc_date(&self, utc: &chrono::NaiveDate) -> FixedOffset {
        Self::hours(utc.and_hms_opt(0, 0, 0).unwrap())
    }
    fn offset_from_utc_datetime(&self, utc: &chrono::NaiveDateTime) -> FixedOffset {
        Self::hours(*utc)
    }
}

/// What `systemd-analyze calendar` of systemd 252 answers for Europe/Berlin.
#[test]
fn a_skipped_time_does_not_come_and_a_repeated_one_comes_once() {
    let runs = |schedule: &str, after: &str, count| -> Vec<String> {
        let now = at(after).with_timezone(&Jumping);
        schedule.parse::<Schedule>().unwrap().next_runs(&now, count).iter().map(|r| r.naive_utc().format("%d. %R").to_string()).collect()
    };
    assert_eq!(runs("30 2 * * *", "2026-03-28T12:00:00Z", 2), ["30. 00:30", "31. 00:30"]);
    assert_eq!(runs("0,30 * * * *", "2026-03-29T00:20:00Z", 3), ["29. 00:30", "29. 01:00", "29. 01:30"]);
    assert_eq!(runs("30 2 * * *", "2026-10-24T12:00:00Z", 2), ["25. 00:30", "26. 01:30"]);
    assert_eq!(runs("0,30 * * * *", "2026-10-24T23:40:00Z", 3), ["25. 00:00", "25. 00:30", "25. 02:00"]);
}

/// crontab(5) read anew from the text: for each field the numbers it holds, and whether it begins with an asterisk.
struct Naive([(Vec<u32>, bool); 5]);

impl Naive {
    fn of(text: &str) -> Self {
        let names = |part: &str| {
            let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
            let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
            let named = (1..).zip(months).chain((0..).zip(days));
            named.fold(part.to_lowercase(), |part, (i, name): (u32, _)| part.replace(name, &i.to_string()))
        };
        let field = |part: &str, low: u32, high: u32| -> (Vec<u32>, bool) {
            let plain = names(part);
            let numbers = plain.split(',').flat_map(|item| {
                let (values, step) = item.split_once('/').unwrap_or((item, "1"));
                let (from, to) = match values {
                    "*" => (low, high),
                    _ => values.split_once('-').map_or_else(
                        || (values.parse().unwrap(), values.parse().unwrap()),
                        |(a, b)| (a.parse().unwrap(), b.parse().unwrap()),
                    ),
                };
                let step: u32 = step.parse().unwrap();
                (from..=to).filter(move |n| (n - from).is_multiple_of(step)).collect::<Vec<u32>>()
            });
            (numbers.collect(), part.starts_with('*'))
        };
        let parts: Vec<&str> = text.split(' ').collect();
        let [a, b, c, d, e] = parts.as_slice() else { panic!("{text}") };
        Self([field(a, 0, 59), field(b, 0, 23), field(c, 1, 31), field(d, 1, 12), field(e, 0, 7)])
    }

    fn holds(&self, time: DateTime<Utc>) -> bool {
        let [minutes, hours, days, months, weekdays] = &self.0;
        let sunday = time.weekday().num_days_from_sunday();
        let day = days.0.contains(&time.day());
        let weekday = weekdays.0.contains(&sunday) || (sunday == 0 && weekdays.0.contains(&7));
        let days = if days.1 || weekdays.1 { day && weekday } else { day || weekday };
        minutes.0.contains(&time.minute()) && hours.0.contains(&time.hour()) && months.0.contains(&time.month()) && days
    }
}

fn field(low: u32, high: u32, names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let number = low..=high;
    let item = prop_oneof![
        3 => Just("*".to_owned()),
        1 => (1..=high - low + 1).prop_map(|step| format!("*/{step}")),
        3 => number.clone().prop_map(|n| n.to_string()),
        2 => (number.clone(), number.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (number.clone(), number, 1..=high - low + 1).prop_map(|(a, b, step)| format!("{}-{}/{step}", a.min(b), a.max(b))),
        2 => proptest::option::of(0..names.len().max(1)).prop_map(move |i| i.and_then(|i| names.get(i)).map_or_else(|| "*".to_owned(), |n| (*n).to_owned())),
    ];
    proptest::collection::vec(item, 1..4).prop_map(|items| items.join(","))
}

fn text() -> impl Strategy<Value = String> {
    const MONTHS: &[&str] = &["JAN", "feb", "Dec"];
    const WEEKDAYS: &[&str] = &["SUN", "mon", "Sat"];
    (field(0, 59, &[]), field(0, 23, &[]), field(1, 31, &[]), field(1, 12, MONTHS), field(0, 7, WEEKDAYS))
        .prop_map(|(a, b, c, d, e)| format!("{a} {b} {c} {d} {e}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_schedule_means_what_a_minute_by_minute_look_says(text in text(), start in 1_577_836_800_i64..1_893_456_000) {
        let Ok(schedule) = text.parse::<Schedule>() else { return Ok(()) };
        let Schedule::Fields(fields) = schedule else { panic!("{text}") };
        let now = DateTime::from_timestamp(start, 0).unwrap();
        let first = now.duration_trunc_minute() + TimeDelta::minutes(1);
        let look = Naive::of(&text);
        let naive = (0..60 * 24 * 20).map(|i| first + TimeDelta::minutes(i)).find(|time| look.holds(*time));
        let next = schedule.next_after(&now).unwrap();
        prop_assert!(next > now && look.holds(next), "{text}: {next}");
        match naive {
            Some(naive) => prop_assert_eq!(next, naive, "{}", text),
            None => prop_assert!(next - now > TimeDelta::days(19), "{text}: {next}"),
        }
        prop_assert_eq!(fields.has_minute(first.naive_utc()), look.holds(first));
        // The zone of the machine does not matter to the meaning of UTC.
        prop_assert_eq!(next.with_timezone(&Local).with_timezone(&Utc), next);
    }

    #[test]
    fn what_is_printed_is_read_as_the_same(text in text()) {
        let Ok(schedule) = text.parse::<Schedule>() else { return Ok(()) };
        let printed = schedule.to_string();
        prop_assert_eq!(printed.parse::<Schedule>().unwrap(), schedule, "{} as {}", text, printed);
        prop_assert_eq!(serde_json::from_str::<Schedule>(&serde_json::to_string(&schedule).unwrap()).unwrap(), schedule);
        let now = at("2026-11-01T00:00:00Z");
        prop_assert_eq!(printed.parse::<Schedule>().unwrap().next_runs(&now, 3), schedule.next_runs(&now, 3));
    }

    #[test]
    fn nothing_makes_the_reader_fall(text in "[-*/,0-9A-Za-z@ \\t]{0,40}") {
        if let Ok(schedule) = text.parse::<Schedule>() {
            prop_assert!(schedule == Schedule::Reboot || schedule.next_after(&at("2026-11-01T00:00:00Z")).is_some());
        }
    }
}

trait Trunc {
    fn duration_trunc_minute(self) -> Self;
}
impl Trunc for DateTime<Utc> {
    fn duration_trunc_minute(self) -> Self {
        self - TimeDelta::seconds(i64::from(self.second()))
    }
}
