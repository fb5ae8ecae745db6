//! The documents stay true: what they name exists, every crate is in the code map, and nothing of one person's machine is kept.

mod repository;

use repository::{ask, metadata, read, root};
use std::collections::BTreeSet;

/// The documents that name places in the repository.
const DOCUMENTS: &[&str] = &["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"];

/// Longer, and nobody reads it to the end.
const LONGEST_ARCHITECTURE: usize = 300;

fn tracked() -> Vec<String> {
    ask("git", &["ls-files", "-z"]).split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

/// Code spans and link targets of a Markdown text, fenced blocks left out.
fn mentions(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        found.extend(line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned));
    }
    found
}

/// Whether a mention means a place in the repository: it begins with a name that lies at its top.
fn is_place(mention: &str, top: &BTreeSet<&str>) -> bool {
    let plain = mention.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b));
    let (first, rest) = mention.split_once('/').unwrap_or((mention, ""));
    // A word alone, such as `web`, may be anything; with a slash or an ending it is meant as a path.
    plain && (!rest.is_empty() || mention.ends_with('/') || first.contains('.')) && top.contains(first)
}

#[test]
fn what_the_documents_name_exists() {
    let tracked = tracked();
    let top: BTreeSet<&str> = tracked.iter().filter_map(|path| path.split('/').next()).collect();
    let guides = tracked.iter().map(String::as_str).filter(|path| path.starts_with("docs/") && path.ends_with(".md"));
    for document in DOCUMENTS.iter().copied().chain(guides) {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        for mention in mentions(&read(document)) {
            let mention = mention.split('#').next().unwrap_or_default();
            let linked_beside = !folder.is_empty() && root().join(folder).join(mention).exists();
            if is_place(mention, &top) && !linked_beside {
                assert!(root().join(mention).exists(), "{document} names {mention}, which does not exist");
            }
        }
    }
}

#[test]
fn every_crate_is_in_the_code_map_and_the_map_is_short() {
    let text = read("ARCHITECTURE.md");
    assert!(text.lines().count() <= LONGEST_ARCHITECTURE, "ARCHITECTURE.md has more than {LONGEST_ARCHITECTURE} lines");
    let mentions = mentions(&text);
    for package in metadata()["packages"].as_array().unwrap() {
        let manifest = std::path::Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap().to_str().unwrap();
        assert!(mentions.contains(folder), "{folder} is missing from the code map of ARCHITECTURE.md");
    }
}

#[test]
fn the_six_files_are_described_field_by_field() {
    let spec: nusantara_types::AccountSpec = serde_json::from_str(include_str!("data/full-spec.json")).unwrap();
    assert_eq!(spec.validate(), Ok(()));
    let text = read("docs/accounts.md");
    // Written by serde, so a field that is new in the types is missing here until the document describes it.
    for (part, value) in serde_json::to_value(&spec).unwrap().as_object().unwrap() {
        assert!(text.contains(&format!("`{part}.json`")), "docs/accounts.md does not describe {part}.json");
        let mut names = Vec::new();
        collect(value, &mut names);
        for name in names {
            assert!(text.contains(&format!("`{name}`")), "docs/accounts.md does not describe {name} of {part}.json");
        }
    }
}

fn collect(value: &serde_json::Value, names: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (name, inner) in map {
                names.push(name.clone());
                collect(inner, names);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

#[test]
fn every_route_and_error_code_of_the_contract_is_described() {
    let contract: serde_json::Value = serde_json::from_str(&read("api/openapi.json")).unwrap();
    let text = read("docs/api.md");
    for (path, operations) in contract["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let route = format!("`{} {path}`", method.to_uppercase());
            assert!(text.contains(&route), "docs/api.md does not describe {route}");
        }
    }
    for code in contract["components"]["schemas"]["ProblemCode"]["enum"].as_array().unwrap() {
        let code = code.as_str().unwrap();
        assert!(text.contains(&format!("| `{code}` |")), "docs/api.md does not describe the error {code}");
    }
}

#[test]
fn nothing_of_one_machine_and_nothing_half_merged_is_kept() {
    let root = root();
    // In pieces, or this file would find itself.
    let conflict = ["<".repeat(7), ">".repeat(7)];
    let checkout = root.to_str().unwrap();
    let long_enough = checkout.len() >= 8;
    for path in tracked() {
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else { continue };
        assert!(!long_enough || !text.contains(checkout), "{path} names the folder of a checkout");
        for mark in &conflict {
            assert!(!text.lines().any(|line| line.starts_with(&format!("{mark} "))), "{path} holds a conflict mark");
        }
    }
}
