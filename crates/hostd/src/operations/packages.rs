//! The packages of this host.

use crate::daemon::Daemon;
use nusantara_proto::host::Answer;

pub(super) fn run(d: &Daemon) -> Answer {
    Answer::Packages { packages: d.specs.packages() }
}
