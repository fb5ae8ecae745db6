//! `nusantara account usage`: what an account uses, beside what it may.

use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::show::{Line, units};
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

fn fields(usage: &Usage) -> Vec<(&'static str, Line)> {
    let limits = &usage.limits;
    let seconds = |usec: u64| format!("{}.{} s", usec / 1_000_000, usec % 1_000_000 / 100_000);
    let of = |used: String, limit: String| Line::from(format!("{used} of {limit}"));
    let disk = usage.disk_bytes.map_or_else(|| "not measured yet".to_owned(), units::bytes);
    let mut fields = vec![
        ("Memory", of(units::bytes(usage.memory_bytes), units::mebibytes(limits.memory_limit_mb))),
        ("Processes", of(usage.tasks.to_string(), limits.max_processes.to_string())),
        ("Disk", of(disk, units::mebibytes(limits.disk_quota_mb))),
        ("Sent this month", of(units::bytes(usage.sent_bytes), units::mebibytes(limits.bandwidth_quota_mb))),
        ("CPU since it woke", format!("{}, held back for {}", seconds(usage.cpu_usec), seconds(usage.cpu_throttled_usec)).into()),
        ("Read, written", format!("{}, {}", units::bytes(usage.io_read_bytes), units::bytes(usage.io_write_bytes)).into()),
        ("Killed for memory", usage.oom_kills.to_string().into()),
    ];
    if let Some(pressure) = usage.pressure {
        let percent = |hundredths: u32| format!("{}.{:02} %", hundredths / 100, hundredths % 100);
        let text = format!("CPU {}, memory {}, disk {}", percent(pressure.cpu), percent(pressure.memory), percent(pressure.io));
        fields.push(("Waiting", text.into()));
    }
    fields
}
