//! A device that keeps passkeys, in software: ES256, attestation "none" (WebAuthn Level 3, sections 6.1 and 6.5).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// User present, user verified, attested credential data included.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// One passkey in a device.
pub(crate) struct Device {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    handle: Vec<u8>,
    /// How often it was used, as it says.
    pub(crate) count: u32,
    pub(crate) origin: String,
    pub(crate) host: String,
    /// Whether it makes sure of its owner.
    pub(crate) verifies: bool,
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    /// A device in front of a browser at this address.
    pub(crate) fn at(origin: &str, host: &str) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: rand::random::<[u8; 32]>().to_vec(),
            handle: Vec::new(),
            count: 0,
            origin: origin.to_owned(),
            host: host.to_owned(),
            verifies: true,
        }
    }

    /// What it calls its passkey.
    pub(crate) fn name(&self) -> String {
        text(&self.id)
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false}).to_string().into_bytes()
    }

    fn authenticator_data(&self, more: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        data.push(PRESENT | verified | more);
        data.extend(self.count.to_be_bytes());
        data
    }

    /// Answers a question for a new passkey.
    pub(crate) fn make(&mut self, options: &Value) -> Value {
        self.handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let mut data = self.authenticator_data(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        // COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}; an uncompressed point is 4, x, y.
        let point = self.key.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": …}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let client = self.client_data("webauthn.create", options);
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {"clientDataJSON": text(client), "attestationObject": text(object), "transports": ["internal"]},
        })
    }

    /// Answers a question for one that it has. It counts every use.
    pub(crate) fn answer(&mut self, options: &Value) -> Value {
        self.count += 1;
        let data = self.authenticator_data(0);
        let client = self.client_data("webauthn.get", options);
        let signed = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature),
                "userHandle": text(&self.handle),
            },
        })
    }
}
