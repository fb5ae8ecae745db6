//! `nusantara account usage` and `usage-history`: what an account uses, beside what it may, and what it used.

use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table, units};
use nusantara_client::api::usage::Usage;
use nusantara_client::types::Username;

pub(crate) async fn show(name: &str, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", name)?;
    let absent = |e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list"));
    let usage = context.client.usage_show(&username).await.map_err(absent)?;
    context.result(&usage, |page| {
        page.line(format!("Account {username} uses"));
        page.fields(&fields(&usage));
    })
}

/// What an account used over time.
pub(crate) async fn history(name: &str, hours: u32, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", name)?;
    let absent = |e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list"));
    let history = context.client.usage_history(&username, hours).await.map_err(absent)?;
    context.result(&history, |page| {
        let mut table = Table::new([
            Column::new("UNTIL (UTC)"),
            Column::new("CPU").number(),
            Column::new("MEMORY").number(),
            Column::new("PROCESSES").number().spare(3),
            Column::new("READ").number().spare(2),
            Column::new("WRITTEN").number().spare(2),
            Column::new("DISK").number(),
            Column::new("SENT").number(),
        ]);
        let step = u64::from(history.step_seconds);
        for point in &history.points {
            table.row([
                point.at.format("%Y-%m-%d %H:%M").to_string().into(),
                format!("{:.1} %", point.cpu_percent).into(),
                units::bytes(point.memory_bytes).into(),
                point.tasks.to_string().into(),
                units::bytes(point.io_read_bytes_per_second * step).into(),
                units::bytes(point.io_write_bytes_per_second * step).into(),
                point.disk_bytes.map_or_else(|| units::NOTHING.to_owned(), units::bytes).into(),
                units::bytes(point.sent_bytes).into(),
            ]);
        }
        page.table(&table, "Nothing recorded yet. Every five minutes a point is added.");
    })
}

fn fields(usage: &Usage) -> Vec<(&'static str, Line)> {
    let limits = &usage.limits;
    let seconds = |usec: u64| format!("{}.{} s", usec / 1_000_000, usec % 1_000_000 / 100_000);
    let of = |used: String, limit: String| Line::from(format!("{used} of {limit}"));
    let disk = usage.disk_bytes.map_or_else(|| "not measured yet".to_owned(), units::bytes);
    let sent = of(units::bytes(usage.sent_bytes), units::mebibytes(limits.bandwidth_quota_mb));
    let mut fields = vec![
        ("Memory", of(units::bytes(usage.memory_bytes), units::mebibytes(limits.memory_limit_mb))),
        ("Processes", of(usage.tasks.to_string(), limits.max_processes.to_string())),
        ("Disk", of(disk, units::mebibytes(limits.disk_quota_mb))),
        ("Sent this month", sent),
        ("CPU since it woke", format!("{}, held back for {}", seconds(usage.cpu_usec), seconds(usage.cpu_throttled_usec)).into()),
        ("Read, written", format!("{}, {}", units::bytes(usage.io_read_bytes), units::bytes(usage.io_write_bytes)).into()),
        ("Killed for memory", usage.oom_kills.to_string().into()),
    ];
    match (usage.disk_files, usage.disk_measured_at) {
        (Some(files), _) => fields.insert(3, ("Files", files.to_string().into())),
        (None, Some(_)) => fields.insert(3, ("Disk limit", "not enforced by the file system; see: nusantara system check".into())),
        (None, None) => {}
    }
    let warning = match usage.sent_percent {
        _ if usage.sites_paused => Some("used up: the sites pause until the month ends or the limit is raised".to_owned()),
        100.. => Some("used up".to_owned()),
        percent @ 80..=99 => Some(format!("{percent} % used")),
        0..=79 => None,
    };
    if let Some(at) = fields.iter().position(|(name, _)| *name == "Sent this month") {
        fields.splice(at + 1..at + 1, warning.as_deref().map(|text| ("Traffic", Line::new(Style::Attention, text))));
    }
    if let Some(pressure) = usage.pressure {
        let percent = |hundredths: u32| format!("{}.{:02} %", hundredths / 100, hundredths % 100);
        let text = format!("CPU {}, memory {}, disk {}", percent(pressure.cpu), percent(pressure.memory), percent(pressure.io));
        fields.push(("Waiting", text.into()));
    }
    fields
}
