//! What is different between two specs.
//!
//! The six files are compared as the JSON they are, so that a field which is added to a spec is compared without anybody having to
//! think of it. Entries of a list are told apart by their name. What is secret is told by the name of its field, and a test holds
//! that no secret of a spec gets through.

use nusantara_proto::host::{ChangeAction, FieldChange};
use nusantara_types::AccountSpec;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What tells entries of a list apart, whichever all of them have.
const IDENTITIES: [&str; 5] = ["name", "domain", "subdomain", "status", "path"];
/// Lists whose order means something: they are compared as a whole.
const ORDERED: [&str; 2] = ["args", "index"];
/// Fields that are shown to nobody, nor anything below them: hashes of passwords, and values of apps' environments.
const SECRET: [&str; 2] = ["hash", "env"];
/// The longest text that is shown, in characters.
const LONGEST: usize = 1_000;

/// Every field that is different, also those of parts that came or went.
#[must_use]
pub fn differences(before: &AccountSpec, after: &AccountSpec) -> Vec<FieldChange> {
    compare(before, after, true)
}

/// The differences in short: a part that came or went is one of them, without its values.
#[must_use]
pub fn summary(before: &AccountSpec, after: &AccountSpec) -> Vec<FieldChange> {
    compare(before, after, false)
}

fn compare(before: &AccountSpec, after: &AccountSpec, deep: bool) -> Vec<FieldChange> {
    let mut out = Vec::new();
    for ((file, before), (_, after)) in files(before).into_iter().zip(files(after)) {
        let mut walk = Walk { file, deep, out: &mut out };
        walk.both(&Place::default(), Some(&before), Some(&after));
    }
    out
}

/// The six files, without what is written down *about* the account: the same that a revision is taken over.
fn files(spec: &AccountSpec) -> [(&'static str, Value); 6] {
    let file = |value: Result<Value, serde_json::Error>| value.unwrap_or_default();
    let mut account = file(serde_json::to_value(&spec.account));
    if let Some(map) = account.as_object_mut() {
        map.retain(|name, _| !matches!(name.as_str(), "updated_at" | "last_login_ip" | "last_login_at"));
    }
    [
        ("account.json", account),
        ("limits.json", file(serde_json::to_value(&spec.limits))),
        ("domains.json", file(serde_json::to_value(&spec.domains))),
        ("services.json", file(serde_json::to_value(&spec.services))),
        ("ssh.json", file(serde_json::to_value(&spec.ssh))),
        ("meta.json", json!({ "notes": Some(&spec.meta.notes).filter(|notes| !notes.is_empty()) })),
    ]
}

/// Where in a file, and whether it is secret there.
#[derive(Debug, Clone, Default)]
struct Place {
    path: String,
    secret: bool,
    ordered: bool,
}

impl Place {
    fn field(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { path, secret: self.secret || SECRET.contains(&name), ordered: ORDERED.contains(&name) }
    }

    fn entry(&self, identity: &str) -> Self {
        Self { path: format!("{}[{identity}]", self.path), ordered: false, ..self.clone() }
    }
}

struct Walk<'a> {
    file: &'static str,
    deep: bool,
    out: &'a mut Vec<FieldChange>,
}

impl Walk<'_> {
    /// Compares what is at a place; null is the same as nothing.
    fn both(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        let (before, after) = (before.filter(|v| !v.is_null()), after.filter(|v| !v.is_null()));
        match (before, after) {
            _ if before == after => {}
            (Some(Value::Object(old)), Some(Value::Object(new))) => self.fields(place, old, new),
            (Some(Value::Array(old)), Some(Value::Array(new))) => self.lists(place, old, new),
            (None, Some(Value::Object(new))) if self.deep && !new.is_empty() => self.fields(place, &Map::new(), new),
            (Some(Value::Object(old)), None) if self.deep && !old.is_empty() => self.fields(place, old, &Map::new()),
            (None, Some(Value::Array(new))) if self.deep => self.lists(place, &[], new),
            (Some(Value::Array(old)), None) if self.deep => self.lists(place, old, &[]),
            _ => self.say(place, before, after),
        }
    }

    fn fields(&mut self, place: &Place, old: &Map<String, Value>, new: &Map<String, Value>) {
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            self.both(&place.field(name), old.get(name), new.get(name));
        }
    }

    fn lists(&mut self, place: &Place, old: &[Value], new: &[Value]) {
        if let Some((old, new)) = named(old, new) {
            // In their own order, which is how people know them; what went comes last.
            let went = old.iter().filter(|(name, _)| !new.iter().any(|(other, _)| other == name));
            for (name, value) in &new {
                let before = old.iter().find(|(other, _)| other == name).map(|(_, value)| *value);
                self.both(&place.entry(name), before, Some(value));
            }
            for (name, value) in went {
                self.both(&place.entry(name), Some(value), None);
            }
        } else if !place.ordered && is_set(old) && is_set(new) && !same_members(old, new) {
            for value in old.iter().filter(|value| !new.contains(value)) {
                self.say(place, Some(value), None);
            }
            for value in new.iter().filter(|value| !old.contains(value)) {
                self.say(place, None, Some(value));
            }
        } else {
            let value = |list: &[Value]| (!list.is_empty()).then(|| Value::Array(list.to_vec()));
            self.say(place, value(old).as_ref(), value(new).as_ref());
        }
    }

    fn say(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        let action = match (before, after) {
            (None, None) => return,
            (None, Some(_)) => ChangeAction::Create,
            (Some(_), None) => ChangeAction::Remove,
            (Some(_), Some(_)) => ChangeAction::Update,
        };
        let shown = |value: Option<&Value>| match value {
            // A part as a whole may hold anything.
            Some(value) if !place.secret && (self.deep || is_plain(value)) => shortened(value),
            _ => Value::Null,
        };
        let (before, after) = (shown(before), shown(after));
        self.out.push(FieldChange { file: self.file.to_owned(), field: place.path.clone(), action, before, after, hidden: place.secret });
    }
}

/// Entries of a list, each with what tells it apart.
type Named<'a> = Vec<(String, &'a Value)>;

/// The entries of two lists with what tells them apart; none when it is not the same in all of them, or not there once each.
fn named<'a>(old: &'a [Value], new: &'a [Value]) -> Option<(Named<'a>, Named<'a>)> {
    let all = || old.iter().chain(new);
    all().next()?;
    let identity = IDENTITIES.into_iter().find(|name| all().all(|entry| entry.get(name).is_some()))?;
    let names = |list: &'a [Value]| -> Option<Named<'a>> {
        let mut seen = BTreeSet::new();
        let name = |entry: &'a Value| match &entry[identity] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let entries: Option<Named<'a>> = list.iter().map(|entry| Some((name(entry)?, entry))).collect();
        entries.filter(|entries| entries.iter().all(|(name, _)| seen.insert(name.clone())))
    };
    Some((names(old)?, names(new)?))
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Array(_))
}

fn is_set(list: &[Value]) -> bool {
    list.iter().enumerate().all(|(i, value)| value.is_string() && !list[..i].contains(value))
}

fn same_members(old: &[Value], new: &[Value]) -> bool {
    old.len() == new.len() && old.iter().all(|value| new.contains(value))
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > LONGEST => text.chars().take(LONGEST).chain(['…']).collect::<String>().into(),
        other => other.clone(),
    }
}
