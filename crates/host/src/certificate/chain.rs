//! What a chain of certificates says. Read here, in one place, by a parser of the standard (RFC 5280); whether the signatures hold is
//! asked of openssl(1).

use nusantara_types::Timestamp;
use nusantara_types::certificates::CertificateName;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

/// The most certificates of a chain.
const MOST: usize = 10;
/// The most names of one.
const NAMES_MOST: usize = 100;
/// As much of an issuer's name is kept.
const ISSUER_MOST: usize = 120;

/// A chain that hangs together by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The certificates, that of the site first.
    pub der: Vec<Vec<u8>>,
    /// The public key of the first, as it stands in it (SubjectPublicKeyInfo).
    pub public_key: Vec<u8>,
    /// What it is for.
    pub names: Vec<CertificateName>,
    /// Who signed it.
    pub issuer: String,
    /// When it begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

/// Reads a chain. What is wrong is said in words for whoever pasted it.
///
/// # Errors
/// A sentence.
pub fn read(pem: &str) -> Result<Chain, String> {
    let mut der = Vec::new();
    for (at, block) in Pem::iter_from_buffer(pem.as_bytes()).enumerate() {
        let block = block.map_err(|_| format!("block {} of the chain is not PEM: paste the files as they are", at + 1))?;
        if block.label != "CERTIFICATE" {
            return Err(format!("block {} of the chain is a {}; it may hold certificates only", at + 1, block.label));
        }
        der.push(block.contents);
    }
    if der.len() > MOST {
        return Err(format!("the chain has {} certificates; at most {MOST} are taken", der.len()));
    }
    let parsed = der.iter().enumerate().map(|(at, der)| parse(at, der)).collect::<Result<Vec<_>, _>>()?;
    let Some(leaf) = parsed.first() else { return Err("the chain holds no certificate".to_owned()) };
    if leaf.is_ca() {
        return Err("the first certificate of the chain is an authority's; the site's own has to come first".to_owned());
    }
    in_order(&parsed)?;
    let names = names(leaf)?;
    Ok(Chain {
        public_key: leaf.public_key().raw.to_vec(),
        names,
        issuer: issuer(leaf),
        not_before: time(leaf.validity().not_before)?,
        not_after: time(leaf.validity().not_after)?,
        der: der.clone(),
    })
}

fn parse(at: usize, der: &[u8]) -> Result<X509Certificate<'_>, String> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) | Err(_) => Err(format!("certificate {} of the chain cannot be read", at + 1)),
    }
}

/// Each certificate is followed by the one that signed it (RFC 8446, 4.4.2).
fn in_order(parsed: &[X509Certificate<'_>]) -> Result<(), String> {
    for (at, pair) in parsed.windows(2).enumerate() {
        let (this, next) = (&pair[0], &pair[1]);
        if this.issuer().as_raw() != next.subject().as_raw() {
            let (n, wanted) = (at + 1, this.issuer());
            return Err(format!(
                "certificate {} of the chain did not sign certificate {n}: that one was signed by {}",
                n + 1,
                plain(&wanted.to_string())
            ));
        }
        if !next.is_ca() {
            return Err(format!("certificate {} of the chain is not an authority's", at + 2));
        }
    }
    Ok(())
}

/// The DNS names; others, such as addresses, mean nothing to a site.
fn names(leaf: &X509Certificate<'_>) -> Result<Vec<CertificateName>, String> {
    let extension = leaf.subject_alternative_name().map_err(|_| "the certificate's names cannot be read".to_owned())?;
    let listed = extension.map(|found| found.value.general_names.as_slice()).unwrap_or_default();
    let dns = listed.iter().filter_map(|name| if let GeneralName::DNSName(name) = name { Some(*name) } else { None });
    let mut names: Vec<CertificateName> = dns.filter_map(|name| name.to_ascii_lowercase().parse().ok()).collect();
    names.dedup();
    if names.is_empty() {
        return Err("the certificate names no domain in its subjectAltName, so no browser takes it".to_owned());
    }
    if names.len() > NAMES_MOST {
        return Err(format!("the certificate is for {} names; at most {NAMES_MOST} are taken", names.len()));
    }
    Ok(names)
}

fn issuer(leaf: &X509Certificate<'_>) -> String {
    let issuer = leaf.issuer();
    let first = issuer.iter_common_name().chain(issuer.iter_organization()).find_map(|part| part.as_str().ok());
    plain(first.unwrap_or("an authority without a name"))
}

/// Somebody else's words, without what a terminal or a page could stumble over.
fn plain(text: &str) -> String {
    text.chars().filter(|&c| nusantara_types::refuse_control("issuer", c.encode_utf8(&mut [0; 4])).is_ok()).take(ISSUER_MOST).collect()
}

fn time(at: ASN1Time) -> Result<Timestamp, String> {
    Timestamp::from_timestamp(at.timestamp(), 0).ok_or_else(|| "the certificate's dates cannot be read".to_owned())
}
