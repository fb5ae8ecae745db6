//! Which hosts are up on this machine: one record each, changed only under one lock.
//!
//! A record exists from before a host's first process until after its last, so whoever comes later can clear up
//! after a test that was killed.

use std::{fs, net::Ipv4Addr, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    container,
    error::{During, Error, Result},
    image::{Kind, Suite},
    network,
    paths::{Lock, Process, console, run_dir},
    vm,
};

/// What is written down about a host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) kind: Kind,
    pub(crate) suite: Suite,
    /// The program that owns the host while it comes up, and to its end unless it is `kept`.
    pub(crate) owner: Process,
    /// Whether the host outlives its owner.
    pub(crate) kept: bool,
    /// systemd-nspawn or QEMU, once started.
    pub(crate) supervisor: Option<Process>,
    /// The host's PID 1 as this machine numbers it; for a virtual machine QEMU itself.
    pub(crate) leader: Option<Process>,
}

impl Record {
    /// Whether the host is of use to anybody: up, or coming up.
    fn alive(&self) -> bool {
        match (self.supervisor, self.leader) {
            (Some(supervisor), Some(_)) => supervisor.alive() && (self.kept || self.owner.alive()),
            _ => self.owner.alive(),
        }
    }
}

fn folder() -> PathBuf {
    run_dir().join("hosts")
}

fn path(name: &str) -> PathBuf {
    folder().join(format!("{name}.json"))
}

pub(crate) fn lock() -> Result<Lock> {
    Lock::take(&run_dir().join("lock"))
}

/// All records, in the order of their names.
pub(crate) fn all() -> Result<Vec<Record>> {
    let folder = folder();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).during(|| format!("read {}", folder.display())),
    };
    let mut records: Vec<Record> =
        entries.filter_map(|entry| fs::read(entry.ok()?.path()).ok()).filter_map(|bytes| serde_json::from_slice(&bytes).ok()).collect();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(records)
}

/// The record of one host that is up.
pub(crate) fn find(name: &str) -> Result<Record> {
    all()?.into_iter().find(|record| record.name == name && record.alive()).ok_or_else(|| Error::NotUp(name.to_owned()))
}

/// Writes a record. Call it under the lock.
pub(crate) fn write(record: &Record) -> Result<()> {
    let path = path(&record.name);
    let temporary = path.with_extension("tmp");
    let bytes = serde_json::to_vec(record).during(|| "encode a record".to_owned())?;
    fs::create_dir_all(folder()).during(|| format!("create {}", folder().display()))?;
    fs::write(&temporary, bytes).during(|| format!("write {}", temporary.display()))?;
    fs::rename(&temporary, &path).during(|| format!("write {}", path.display()))
}

/// Takes a name and an address, and makes sure that the bridge is there.
pub(crate) fn claim(name: &str, kind: Kind, suite: Suite, kept: bool) -> Result<Record> {
    let _lock = lock()?;
    reap_locked()?;
    let records = all()?;
    if records.iter().any(|record| record.name == name) {
        return Err(Error::NameTaken(name.to_owned()));
    }
    let address = network::OCTETS
        .map(network::address)
        .find(|address| records.iter().all(|record| record.address != *address))
        .ok_or(Error::NoAddress)?;
    let owner = Process::myself().ok_or_else(|| Error::Unsupported("this system shows no /proc/self/stat".to_owned()))?;
    let record = Record { name: name.to_owned(), address, kind, suite, owner, kept, supervisor: None, leader: None };
    write(&record)?;
    network::bridge_up()?;
    Ok(record)
}

/// Takes a host down, whatever is left of it, and the bridge after the last one.
pub(crate) fn release(record: &Record) -> Result<()> {
    // Stopping may take a second, so other hosts come and go meanwhile; the record still holds name and address.
    let stopped = stop(record);
    let _lock = lock()?;
    forget(record)?;
    stopped
}

/// Clears up after owners that are gone. Returns the names of the hosts that were taken down.
pub(crate) fn reap() -> Result<Vec<String>> {
    let _lock = lock()?;
    let reaped = reap_locked()?;
    if all()?.is_empty() {
        network::bridge_down()?;
    }
    Ok(reaped)
}

fn reap_locked() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for record in all()?.into_iter().filter(|record| !record.alive()) {
        stop(&record)?;
        forget(&record)?;
        names.push(record.name);
    }
    Ok(names)
}

fn stop(record: &Record) -> Result<()> {
    match record.kind {
        Kind::Container => container::stop(record),
        Kind::Vm => vm::stop(record),
    }
}

fn forget(record: &Record) -> Result<()> {
    let path = path(&record.name);
    // Somebody else may have cleared up already and given the name away again.
    let same = fs::read(&path)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok())
        .is_some_and(|now| now.owner == record.owner && now.address == record.address);
    if same {
        fs::remove_file(&path).during(|| format!("remove {}", path.display()))?;
        fs::remove_file(console(&record.name)).ok();
    }
    if all()?.is_empty() { network::bridge_down() } else { Ok(()) }
}
