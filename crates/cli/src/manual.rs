//! What packaging asks the program for: shell completions and manual pages, both made from the same definition as `--help`.

use crate::arguments::Arguments;
use crate::exit;
use crate::failure::Failure;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::io::{self, Write};
use std::path::Path;

const SOURCE: &str = concat!("nusantara ", env!("CARGO_PKG_VERSION"));
const MANUAL: &str = "Nusantara Panel";

const FILES: [(&str, &str); 3] = [
    ("/run/nusantara-panel/panel.sock", "Where the panel listens for root on its own host."),
    ("/etc/nusantara-panel/packages/NAME.json", "Packages."),
    ("/etc/nusantara-panel/users/NAME/", "The six files that are the truth about an account."),
];

const EXAMPLES: [(&str, &str); 4] = [
    (
        "Make an account with a PHP site and wait until it answers:",
        "nusantara account create joko --domain joko.test --package starter --wait",
    ),
    ("See what deleting it would do, then do it:", "nusantara account plan joko --delete && nusantara account delete joko --wait"),
    ("Names of all accounts:", "nusantara account list --json | jq -r '.items[].username'"),
    ("Make the first admin without a browser:", "nusantara setup --username admin --password-stdin <password-file"),
];

/// Writes the completions of a shell to standard output.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "nusantara", &mut text);
    written(io::stdout().write_all(&text))
}

/// Writes `nusantara.1` with every command in it to standard output, or one page per command into `folder`.
pub(crate) fn pages(folder: Option<&Path>) -> Result<(), Failure> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    match folder {
        None => written(whole(&command).and_then(|text| io::stdout().write_all(&text))),
        Some(folder) => written(page_of_each(&command, folder)),
    }
}

/// One page about everything.
fn whole(command: &Command) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let man = Man::new(command.clone()).source(SOURCE).manual(MANUAL);
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    leaves(command, &mut |leaf| describe(leaf, &mut roff));
    roff.control("SH", ["EXIT STATUS"]);
    for (exit, meaning) in exit::ALL {
        roff.control("TP", []).text([bold(exit.code().to_string())]).text([roman(meaning)]);
    }
    roff.control("SH", ["FILES"]);
    for (file, meaning) in FILES {
        roff.control("TP", []).text([bold(file)]).text([roman(meaning)]);
    }
    roff.control("SH", ["EXAMPLES"]);
    for (what, example) in EXAMPLES {
        roff.control("PP", []).text([roman(what)]).control("PP", []).text([bold(example)]);
    }
    roff.to_writer(&mut out)?;
    Ok(out)
}

/// Calls `each` with every command that does something, in order.
fn leaves(command: &Command, each: &mut impl FnMut(&Command)) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        if sub.has_subcommands() { leaves(sub, each) } else { each(sub) }
    }
}

fn describe(command: &Command, roff: &mut Roff) {
    let usage = command.clone().render_usage().to_string();
    roff.control("SS", [usage.trim_start_matches("Usage: ")]);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    roff.text([roman(format!("{about}."))]);
    let own = command.get_arguments().filter(|a| !a.is_hide_set() && !a.is_global_set() && a.get_id() != "help");
    for argument in own {
        let name = argument.get_long().map_or_else(|| argument.get_id().as_str().to_uppercase(), |long| format!("--{long}"));
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        roff.control("TP", []).text([bold(name)]).text([roman(format!("{help}."))]);
    }
}

#[expect(clippy::disallowed_methods, reason = "a package's build folder: nothing reads a page while it is written")]
fn page_of_each(command: &Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("nusantara.1"), whole(command)?)?;
    let mut result = Ok(());
    leaves(command, &mut |leaf| {
        let name = leaf.get_display_name().unwrap_or_else(|| leaf.get_name()).replace(' ', "-");
        let mut page = Vec::new();
        let written = Man::new(leaf.clone()).title(name.to_uppercase()).source(SOURCE).manual(MANUAL).render(&mut page);
        let written = written.and_then(|()| std::fs::write(folder.join(format!("{name}.1")), page));
        if result.is_ok() {
            result = written;
        }
    });
    result
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(|e| match e.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Local(format!("The text cannot be written: {e}.")),
    })
}
