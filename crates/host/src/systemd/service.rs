//! How a service is, in systemd's words.

use super::NONE;
use super::bus::{ManagerProxy, ServiceProxy, UnitProxy, unit_path};
use zbus::proxy::CacheProperties;

/// How a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceState {
    /// `active`, `activating`, `failed`, `inactive`, `deactivating`.
    pub active_state: String,
    /// The finer word, such as `running` or `auto-restart`.
    pub sub_state: String,
    /// When it came into this state, in microseconds since 1970; 0 when it was never in another.
    pub since_usec: u64,
    /// How often systemd has started it again.
    pub restarts: u32,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// How its main process ended, in words; `None` while it runs.
    pub ended: Option<String>,
}

pub(super) async fn state(manager: &ManagerProxy<'_>, name: &str) -> zbus::Result<ServiceState> {
    let connection = manager.inner().connection();
    let path = unit_path(name);
    let unit = UnitProxy::builder(connection).path(path.as_str()).cache_properties(CacheProperties::No).build().await?;
    let service = ServiceProxy::builder(connection).path(path.as_str()).cache_properties(CacheProperties::No).build().await?;
    let (active_state, sub_state, since_usec) = tokio::try_join!(unit.active_state(), unit.sub_state(), unit.state_change_timestamp())?;
    let (restarts, memory, code, status, result) = tokio::try_join!(
        service.n_restarts(),
        service.memory_current(),
        service.exec_main_code(),
        service.exec_main_status(),
        service.result()
    )?;
    let memory_bytes = Some(memory).filter(|bytes| *bytes != NONE);
    Ok(ServiceState { active_state, sub_state, since_usec, restarts, memory_bytes, ended: ended(code, status, &result) })
}

/// waitid(2)'s `si_code` and `si_status` as a sentence fragment.
fn ended(code: i32, status: i32, result: &str) -> Option<String> {
    let how = match code {
        0 => return None,
        1 => format!("exit status {status}"),
        2 => format!("signal {status}"),
        _ => format!("signal {status}, with a core dump"),
    };
    Some(match result {
        "oom-kill" => format!("{how}, for want of memory"),
        "timeout" => format!("{how}, for it took too long"),
        _ => how,
    })
}

#[cfg(test)]
mod tests {
    use super::ended;

    #[test]
    fn an_end_is_said_in_words() {
        assert_eq!(ended(0, 0, "success"), None);
        assert_eq!(ended(1, 7, "exit-code").unwrap(), "exit status 7");
        assert_eq!(ended(2, 9, "oom-kill").unwrap(), "signal 9, for want of memory");
    }
}
