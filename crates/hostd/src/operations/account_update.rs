//! Changes what is said of an account, its shell or its limits.

use super::Call;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{AccountUpdate, Answer, Edit, ErrorCode, LimitsEdit, OperationError};
use nusantara_types::{AccountSpec, Limits, PackageName};

pub(super) async fn run(d: &Daemon, call: &Call, args: &AccountUpdate) -> Result<Answer, OperationError> {
    let limits = match &args.limits {
        None => None,
        Some(LimitsEdit::Package(name)) => Some((Some(name), d.specs.package(name)?.limits)),
        Some(LimitsEdit::Custom(limits)) => Some((None, checked(limits)?)),
    };
    edit(d, call, &args.username, Consent::None, |spec| update(spec, args, limits)).await
}

fn update(spec: &mut AccountSpec, args: &AccountUpdate, limits: Option<(Option<&PackageName>, Limits)>) -> Result<(), OperationError> {
    match &args.contact_email {
        Edit::Keep => {}
        Edit::Clear => spec.account.contact_email = None,
        Edit::Set(email) => spec.account.contact_email = Some(email.clone()),
    }
    if let Some(notes) = &args.notes {
        spec.meta.notes = notes.as_str().to_owned();
    }
    if let Some(shell) = args.shell {
        spec.account.shell = shell;
    }
    if let Some((package, limits)) = limits {
        refuse_exceeded(spec, &limits)?;
        spec.limits = limits;
        if let Some(package) = package {
            spec.account.package = package.clone();
        }
    }
    Ok(())
}

fn checked(limits: &Limits) -> Result<Limits, OperationError> {
    match limits.violation() {
        None => Ok(limits.clone()),
        Some((field, allowed)) => Err(OperationError::new(ErrorCode::Invalid, allowed).field(format!("limits.{field}"))),
    }
}

/// Every reason why the account cannot have these limits, each as a sentence.
pub(super) fn refusals(spec: &AccountSpec, limits: &Limits) -> Vec<String> {
    let exceeded = limits.exceeded_by(spec);
    if !exceeded.is_empty() {
        return exceeded.iter().map(ToString::to_string).collect();
    }
    // What else depends on a limit, such as PHP's memory.
    let with = AccountSpec { limits: limits.clone(), ..spec.clone() };
    with.validate().err().map(|e| format!("{}: {}", e.field, e.message)).into_iter().collect()
}

/// An account is never put past its limits: what it has too many of is removed first, by somebody who knows which.
fn refuse_exceeded(spec: &AccountSpec, limits: &Limits) -> Result<(), OperationError> {
    let reasons = refusals(spec, limits);
    if reasons.is_empty() {
        return Ok(());
    }
    let message = format!("{} cannot have these limits: {}", spec.account.username, reasons.join("; "));
    Err(OperationError::new(ErrorCode::LimitReached, message).field("limits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    fn args() -> AccountUpdate {
        AccountUpdate { username: "joko".parse().unwrap(), contact_email: Edit::Keep, notes: None, shell: None, limits: None }
    }

    #[test]
    fn what_is_not_named_stays() {
        let before = spec_of("joko", "joko.test");
        let mut spec = before.clone();
        update(&mut spec, &args(), None).unwrap();
        assert_eq!(spec, before);
        let email = Edit::Set("joko@joko.test".parse().unwrap());
        update(&mut spec, &AccountUpdate { contact_email: email, notes: Some("pays late".parse().unwrap()), ..args() }, None).unwrap();
        assert_eq!((spec.account.contact_email.clone().unwrap().as_str(), spec.meta.notes.as_str()), ("joko@joko.test", "pays late"));
        update(&mut spec, &AccountUpdate { contact_email: Edit::Clear, ..args() }, None).unwrap();
        assert_eq!(spec.account.contact_email, None);
    }

    #[test]
    fn limits_below_what_is_there_are_refused_with_every_reason() {
        let mut spec = spec_of("joko", "joko.test");
        spec.domains.alias_domains = vec!["a.test".parse().unwrap(), "b.test".parse().unwrap()];
        let limits = Limits { max_alias_domains: 1, ..spec.limits.clone() };
        let error = update(&mut spec.clone(), &args(), Some((None, limits))).unwrap_err();
        assert_eq!(error.code, ErrorCode::LimitReached);
        assert_eq!(error.message, "joko cannot have these limits: it has 2 alias domains, 1 would be allowed");
        let custom = Limits { cpu_limit_percent: 0, ..spec.limits.clone() };
        assert_eq!(checked(&custom).unwrap_err().field.as_deref(), Some("limits.cpu_limit_percent"));
    }
}
