//! nginx: two trees of which one is live, a test that runs against the other, a swap that is one rename, a reload that is waited
//! for, and a probe.
//!
//! The live tree is never written. A change goes into the spare tree, `nginx -t` reads the spare tree through the stage folder,
//! and [`Tree::swap`] exchanges the two. Since the old content is still in what is then the spare tree, swapping once more is the
//! way back.

mod limits;
mod probe;
mod reload;
mod tree;

pub use probe::{PROBE_SOCKET, TLS_PROBE_SOCKET, prepare_probe_folder, probe, revision};
pub use reload::{Reloaded, reload};
pub use tree::{Change, ConfFile, NginxRefusal, Tree, Verdict, include, include_ours, includes_ours};
