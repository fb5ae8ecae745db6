//! What an order for a certificate needs of the host: a key with a request to be signed, and answers to an authority's challenges.
//! Neither changes what is in force: each is a file that is there whole or not at all, so the ledger is enough.

use super::{Call, no_account, note};
use crate::access::Held;
use crate::daemon::Daemon;
use crate::state::specs::broken;
use crate::state::{certificates, host_failed};
use nusantara_host::certificate;
use nusantara_plan::site::sites;
use nusantara_proto::host::{Answer, CertificateChallenge, CertificateRequest, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, DomainName, Username};

/// The most names of a certificate (what authorities sign).
const NAMES_MOST: usize = 100;

pub(super) async fn make(d: &Daemon, call: &Call, args: &CertificateRequest) -> Result<Answer, OperationError> {
    let (_held, spec) = held(d, &args.username).await?;
    possible(&spec, args)?;
    note(d, call).await?;
    let made = certificate::request(&args.names).await.map_err(|e| host_failed(&e))?;
    certificates::keep_key(&d.folders, spec.account.uid, &args.domain, &made.key).await.map_err(|e| host_failed(&e))?;
    Ok(Answer::CertificateRequest { request: made.request })
}

/// A certificate is for names of the site it is for.
fn possible(spec: &AccountSpec, args: &CertificateRequest) -> Result<(), OperationError> {
    let invalid = |field: &str, message: String| Err(OperationError::new(ErrorCode::Invalid, message).field(field));
    let all = sites(spec);
    let Some(site) = all.iter().find(|site| site.domain == &args.domain) else { return Err(no_site(&args.domain)) };
    if args.names.is_empty() || args.names.len() > NAMES_MOST {
        return invalid("names", format!("name 1 to {NAMES_MOST} of the site's names"));
    }
    match args.names.iter().find(|name| !site.names().contains(name)) {
        Some(foreign) => invalid("names", format!("{foreign} is no name of the site {}", args.domain)),
        None => Ok(()),
    }
}

pub(super) async fn challenge(d: &Daemon, call: &Call, args: &CertificateChallenge) -> Result<Answer, OperationError> {
    let (_held, spec) = held(d, &args.username).await?;
    if !spec.domains.claims().iter().any(|(name, _)| name == &args.name) {
        return Err(OperationError::new(ErrorCode::NotFound, format!("this account does not hold {}", args.name)).field("name"));
    }
    note(d, call).await?;
    let done = match &args.answer {
        None => certificates::answer_none(&d.folders, &args.name).await,
        Some(answer) if !answer.authorization.answers(&answer.token) => {
            let message = "the answer is to another challenge: it has to begin with the token";
            return Err(OperationError::new(ErrorCode::Invalid, message).field("authorization"));
        }
        Some(answer) => certificates::answer(&d.folders, &args.name, &answer.token, &answer.authorization).await,
    };
    done.map(|()| Answer::Done {}).map_err(|e| host_failed(&e))
}

/// The account's lock, and its spec as it is under it.
async fn held(d: &Daemon, username: &Username) -> Result<(Held, AccountSpec), OperationError> {
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    let held = d.access.to(username).await?;
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    Ok((held, d.specs.read(username).map_err(|e| broken(&e))?))
}

/// No such site, in the words every operation uses.
pub(super) fn no_site(domain: &DomainName) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("this account has no site {domain}")).field("domain")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::site_add::tests::with;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn a_request_is_for_names_of_its_site() {
        let spec = with(&spec_of("joko", "joko.test"), "shop.test", None);
        let ask = |domain: &str, names: &[&str]| {
            let names = names.iter().map(|name| name.parse().unwrap()).collect();
            possible(&spec, &CertificateRequest { username: "joko".parse().unwrap(), domain: domain.parse().unwrap(), names })
        };
        ask("shop.test", &["shop.test"]).unwrap();
        for (domain, names, code) in [
            ("shop.test", &["shop.test", "joko.test"][..], ErrorCode::Invalid),
            ("shop.test", &[], ErrorCode::Invalid),
            ("other.test", &["other.test"], ErrorCode::NotFound),
        ] {
            assert_eq!(ask(domain, names).unwrap_err().code, code, "{domain} {names:?}");
        }
    }
}
