//! What becomes of the FTP server besides its logins: who came in is written down, as for SSH, and a certificate that was replaced
//! reaches it.

use crate::daemon::Daemon;
use crate::lines;
use crate::state::logins::{self, Login};
use nusantara_host::HostError;
use nusantara_host::journal::Cursor;
use nusantara_plan::paths;
use nusantara_plan::render::ftp::UNIT;
use nusantara_types::{FtpName, Timestamp, Username};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(20);
/// Lines that are read at once.
const LINES: u32 = 2_000;

/// What was seen before.
#[derive(Default)]
struct Seen {
    /// The last line of the server's log.
    line: Option<Cursor>,
    /// The certificate that the server was started again for.
    certificate: Option<SystemTime>,
}

/// Looks now and then, for ever.
pub(crate) async fn run(d: &Daemon) {
    let mut seen = Seen::default();
    loop {
        tokio::time::sleep(EVERY).await;
        if !Path::new(paths::FTP_LOGINS).exists() {
            continue;
        }
        if let Err(error) = follow_certificate(d, &mut seen).await {
            tracing::warn!(%error, detail = error.detail, "the FTP server could not be given the new certificate");
        }
        if let Err(error) = note_logins(d, &mut seen).await {
            tracing::warn!(%error, detail = error.detail, "logins by FTP could not be written down");
        }
    }
}

/// The server reads its certificate once, when it starts. Its sessions end with it.
async fn follow_certificate(d: &Daemon, seen: &mut Seen) -> Result<(), HostError> {
    let Ok(changed) = std::fs::metadata(d.folders.certificate()).and_then(|meta| meta.modified()) else { return Ok(()) };
    let _turn = d.ftp.lock().await;
    let (started, _) = d.systemd.run_span(UNIT).await?;
    let newer = changed.duration_since(UNIX_EPOCH).is_ok_and(|since| since.as_micros() > u128::from(started));
    if started == 0 || !newer || seen.certificate == Some(changed) {
        return Ok(());
    }
    seen.certificate = Some(changed);
    d.systemd.restart_and_enable(UNIT).await?;
    tracing::info!("the FTP server has the new certificate");
    Ok(())
}

async fn note_logins(d: &Daemon, seen: &mut Seen) -> Result<(), HostError> {
    let lines = lines::of_units(&[UNIT.to_owned()], LINES, seen.line.as_ref()).await?;
    for (line, _) in &lines {
        if let Some((username, login)) = login_of(line).filter(|(username, _)| d.index.get(username).is_some()) {
            logins::note(&d.folders, &username, login).await?;
        }
    }
    if let Some(cursor) = lines.last().and_then(|(_, place)| Cursor::try_from(place.clone()).ok()) {
        seen.line = Some(cursor);
    }
    Ok(())
}

/// The login that a line of the server's log tells of: `<time> (?@<address>) [INFO] <login> is now logged in`. What somebody who does not
/// come in has typed stands behind other words, such as `[WARNING] Authentication failed for user`.
fn login_of(line: &str) -> Option<(Username, Login)> {
    let (time, rest) = line.split_once(' ')?;
    let (address, said) = rest.strip_prefix("(?@")?.split_once(") [INFO] ")?;
    let (username, name) = said.strip_suffix(" is now logged in")?.split_once('.')?;
    let at: Timestamp = time.parse().ok()?;
    let ip: std::net::IpAddr = address.parse().ok()?;
    name.parse::<FtpName>().ok()?;
    Some((username.parse().ok()?, Login { ip: ip.to_canonical(), at }))
}

#[cfg(test)]
mod tests {
    use super::login_of;

    #[test]
    fn only_a_login_is_one() {
        let (username, login) = login_of("2026-11-21T20:00:00.000Z (?@192.0.2.7) [INFO] joko.web is now logged in").unwrap();
        assert_eq!((username.as_str(), login.ip.to_string().as_str()), ("joko", "192.0.2.7"));
        let (_, mapped) = login_of("2026-11-21T20:00:00.000Z (?@::ffff:192.0.2.7) [INFO] joko.web is now logged in").unwrap();
        assert_eq!(mapped.ip.to_string(), "192.0.2.7");
        for other in [
            "2026-11-21T20:00:00.000Z (joko.web@192.0.2.7) [INFO] Logout.",
            "2026-11-21T20:00:00.000Z (?@192.0.2.7) [WARNING] Authentication failed for user [(?@192.0.2.9) [INFO] joko.web is now logged in]",
            "2026-11-21T20:00:00.000Z (?@192.0.2.7) [WARNING] Authentication failed for user [x) [INFO] joko.web is now logged in",
            "2026-11-21T20:00:00.000Z (?@192.0.2.7) [INFO] New connection from x.y is now logged in",
            "2026-11-21T20:00:00.000Z (joko.web@192.0.2.7) [NOTICE] /x uploaded",
            "",
        ] {
            assert!(login_of(other).is_none(), "{other}");
        }
    }
}
