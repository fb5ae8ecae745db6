use super::*;
use nusantara_types::ScheduleId;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule(cron: &str, missed: MissedPolicy, due: &str) -> ScheduleRecord {
    ScheduleRecord {
        id: ScheduleId("0199a1b2-0000-7000-8000-00000000002a".parse().unwrap()),
        name: "look".parse().unwrap(),
        task: "drift_look".into(),
        cron: cron.parse().unwrap(),
        zone: "UTC".into(),
        jitter_seconds: 0,
        missed,
        catch_up: 3,
        enabled: true,
        next_due: Some(at(due)),
        last_job: None,
        created_by: Actor::root(),
        created_at: at(due),
        updated_at: at(due),
        generation: 1,
    }
}

fn utc() -> Zone {
    "UTC".parse().unwrap()
}

fn verdict(run: Option<&str>, missed: Option<(&str, u64)>, next: &str) -> Option<Verdict> {
    Some(Verdict { run: run.map(at), missed: missed.map(|(last, count)| (at(last), count)), next: Some(at(next)) })
}

#[test]
fn a_time_that_comes_runs_and_the_next_is_awaited() {
    for policy in [MissedPolicy::Skip, MissedPolicy::Once, MissedPolicy::All] {
        let hourly = schedule("0 * * * *", policy, "2026-11-20T10:00:00Z");
        assert_eq!(judge(&hourly, utc(), false, at("2026-11-20T09:59:59Z")), None);
        let run = verdict(Some("2026-11-20T10:00:00Z"), None, "2026-11-20T11:00:00Z");
        assert_eq!(judge(&hourly, utc(), false, at("2026-11-20T10:00:00Z")), run);
        assert_eq!(judge(&hourly, utc(), false, at("2026-11-20T10:01:30Z")), run, "still on time");
    }
}

#[test]
fn missed_times_are_passed_over_or_made_up_for() {
    let now = at("2026-11-20T14:30:00Z");
    let hourly = |policy| schedule("0 * * * *", policy, "2026-11-20T10:00:00Z");
    let (last, next) = ("2026-11-20T14:00:00Z", "2026-11-20T15:00:00Z");
    assert_eq!(judge(&hourly(MissedPolicy::Skip), utc(), false, now), verdict(None, Some((last, 5)), next));
    assert_eq!(judge(&hourly(MissedPolicy::Once), utc(), false, now), verdict(Some(last), Some(("2026-11-20T13:00:00Z", 4)), next));
    // Three of the five are made up for, one after the other.
    let first = judge(&hourly(MissedPolicy::All), utc(), false, now);
    assert_eq!(first, verdict(Some("2026-11-20T12:00:00Z"), Some(("2026-11-20T11:00:00Z", 2)), "2026-11-20T13:00:00Z"));
    let then = ScheduleRecord { next_due: first.unwrap().next, ..hourly(MissedPolicy::All) };
    assert_eq!(judge(&then, utc(), false, now), verdict(Some("2026-11-20T13:00:00Z"), None, last));
}

#[test]
fn a_time_that_comes_while_the_last_run_is_at_it_is_a_missed_one() {
    let now = at("2026-11-20T10:00:30Z");
    let hourly = |policy| schedule("0 * * * *", policy, "2026-11-20T10:00:00Z");
    let over = verdict(None, Some(("2026-11-20T10:00:00Z", 1)), "2026-11-20T11:00:00Z");
    assert_eq!(judge(&hourly(MissedPolicy::Skip), utc(), true, now), over);
    assert_eq!(judge(&hourly(MissedPolicy::Once), utc(), true, now), None, "it waits for its turn");
    assert_eq!(judge(&hourly(MissedPolicy::All), utc(), true, now), None);
}

#[test]
fn what_was_due_long_ago_is_not_forgotten() {
    let yearly = schedule("0 0 1 1 *", MissedPolicy::Once, "2026-01-01T00:00:00Z");
    let late = judge(&yearly, utc(), false, at("2026-11-20T00:00:00Z"));
    assert_eq!(late, verdict(Some("2026-01-01T00:00:00Z"), None, "2027-01-01T00:00:00Z"));
}

#[test]
fn everybody_agrees_about_chance() {
    let spread = ScheduleRecord { jitter_seconds: 600, ..schedule("0 * * * *", MissedPolicy::Skip, "2026-11-20T10:00:00Z") };
    let times: Vec<Timestamp> = utc().times(spread.cron, at("2026-11-20T00:00:00Z")).take(200).collect();
    let offsets: Vec<i64> = times.iter().map(|due| jitter(&spread, *due).num_seconds()).collect();
    assert!(offsets.iter().all(|offset| (0..=600).contains(offset)));
    assert!(offsets.iter().max().unwrap() - offsets.iter().min().unwrap() > 500, "spread over all of it: {offsets:?}");
    assert_eq!(offsets[0], jitter(&spread.clone(), times[0]).num_seconds());
    let due = at("2026-11-20T10:00:00Z");
    let begins = due + jitter(&spread, due);
    assert_eq!(judge(&spread, utc(), false, begins - TimeDelta::seconds(1)), None);
    assert_eq!(judge(&spread, utc(), false, begins).unwrap().run, Some(due));
}

#[test]
fn an_hour_that_is_skipped_does_not_come_and_one_that_is_repeated_comes_once() {
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    let daily: Schedule = "30 2 * * *".parse().unwrap();
    let from = |now: &str, count| berlin.times(daily, at(now)).take(count).map(|at| at.to_rfc3339()).collect::<Vec<_>>();
    // On 29 March 2026 the clocks go from 02:00 to 03:00.
    assert_eq!(from("2026-03-27T12:00:00Z", 2), ["2026-03-28T01:30:00+00:00", "2026-03-30T00:30:00+00:00"]);
    // On 25 October 2026 they go from 03:00 back to 02:00: half past two comes twice, first by summer time.
    let autumn = ["2026-10-24T00:30:00+00:00", "2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"];
    assert_eq!(from("2026-10-23T12:00:00Z", 3), autumn);
    // The schedule goes on from there as well as from before.
    let run = ScheduleRecord { cron: daily, ..schedule("30 2 * * *", MissedPolicy::Skip, "2026-10-25T00:30:00Z") };
    let turned = judge(&run, berlin, false, at("2026-10-25T00:30:05Z"));
    assert_eq!(turned, verdict(Some("2026-10-25T00:30:00Z"), None, "2026-10-26T01:30:00Z"));
}

#[test]
fn a_zone_has_a_name_that_is_known() {
    assert_eq!("Asia/Jakarta".parse::<Zone>().unwrap().to_string(), "Asia/Jakarta");
    for bad in ["", "Mars/Olympus", "../etc/passwd", "+07:00"] {
        assert_eq!(bad.parse::<Zone>(), Err(UnknownZone), "{bad}");
    }
}
