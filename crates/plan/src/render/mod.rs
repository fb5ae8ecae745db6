//! Every text that another program reads: nginx, PHP-FPM, systemd, a browser.
//!
//! Templates are compiled in. What goes into them is a name of `nusantara-types`, whose grammar has no white space and none of
//! `; { } $ " ' \ # ` `, or a number made here: there is nothing to escape, and a test walks the grammars to prove it.

pub mod access;
pub mod app;
pub mod cron;
pub mod databases;
pub mod firewall;
pub mod ftp;
pub mod last_copy;
pub mod nginx;
pub mod notice;
pub mod php;
pub mod ssh;
pub mod starter;
pub mod sweep;

/// Renders a template, with one line end at its end.
fn text(template: &impl askama::Template) -> String {
    let mut out = template.render().unwrap_or_default();
    while out.ends_with("\n\n") {
        out.pop();
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}
