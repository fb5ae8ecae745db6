//! Keys as ssh-keygen made them, and what is none.

use super::*;

/// Keys of ssh-keygen (OpenSSH 9.2), with the fingerprints it shows.
const MADE: [(&str, &str); 5] = [
    (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop",
        "SHA256:7Se4w2d5KUM4q4lcEop8YxqsZVb7xNXSwg6v3bzC8Bg",
    ),
    (
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGHKIs7DEPRRew6139LshnlRlgEkJHTc3w4E/3kYrJtq/mxD3CJStDk0RdicEFr6I1Ul+9VK22siXIB0eisXzNk= joko@laptop",
        "SHA256:8YH6AGxzrPQ3xLmE4xVgb/ruYZDft34rYHQZu4sfpSc",
    ),
    (
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBDYS+I8hGFVhOXds8VDKSZlyGz8m2Ho+zoThbgjLHU0cuXcxrKwqENSf4uojBKXpaNh8eFsCAHIA0gcaGZar9KlCglIXF+zdNUHOdDrgcSFvea3hOQoVcPIJP6giM9aHeQ== joko@laptop",
        "SHA256:251H8A6vFQjhdtQYro0A7ZA21UmStfk7kx9PYFxohpY",
    ),
    (
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAAd1b7wQVlH/NfCT3Eb9ATbvdbQGlpVk6kKJVwR0ZRLvOi1pQOj/bAwEpmVh1SakIxORwoL4W/sNolZnXRqk0fgsgEzGt6j4hgpX122OkrmEI9QQ/BBT6EW9n6YqwC14A/g+tYtrc23iGAnn0N+CzSiWO4Dfn8WR6q/w3KOhccPaM+x1g== joko@laptop",
        "SHA256:shmw6cRjNM5AoO8oioTsCGM8pxv6idGSuqpfWCdw/gg",
    ),
    (
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQClNe+swP1cEVAV3TD4dmgukoRj603YJq25pbH7utzhY+8VNDXrPMQlbv0vH41ciUPgIl+qQujnn9WBJbvS+hfcExrTNVvawyKXJuewH9nPw6pUs+hcp6PcXsEFY8S+N5DpYLs5mxjBBcNtV03wBRvBZnVzyiQoiAkMzxeXkYzatAeUKw9W+XI6fyw3zVq0WegB2oHwuJYzR5kduJr4Do73c0vZKFW+yEaFVjaOk4iBsb4p5VxFOip0XsgcOmBiTvBWcXRznulM5pb8TC2+2yGcg1mPQsxd0MFJyokmEPHK/N4bcBOT8F5h16j+wZXrveP3ueBTa3uKlAd0C5g0WAOF joko@laptop",
        "SHA256:650l3D6QH1Sn/Hr++f5gHCmMBtERgW1Scut8xAQUO1g",
    ),
];
const SHORT_RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC8UwkEeJZ9nDjJuundm37yTkSVwnEl3iIcKt+CVniHjDFgD0e15NU7TGxVdp3FedcGWKkaUXkk5TLlqUyts1UQfuQt3y2tmPRctfrzNTX7W092ZPd8K+6f2yZpIMnrhRwJgTiW+u+YHrpwSfQSV5qp8DJHyKeUQyikuqlJ7Uenew== joko@laptop";

fn key(line: &str) -> Result<SshKey, Invalid> {
    line.parse()
}

/// A key on a security key: the fields, each with its length before it.
fn of_fields(name: &str, fields: &[&[u8]]) -> String {
    let mut blob = Vec::new();
    for field in std::iter::once(&name.as_bytes()).chain(fields) {
        blob.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        blob.extend(*field);
    }
    format!("{name} {}", STANDARD.encode(blob))
}

#[test]
fn keys_of_ssh_keygen_are_read_and_written_as_they_were() {
    for (line, fingerprint) in MADE {
        let parsed = key(line).unwrap();
        assert_eq!(parsed.line(), line);
        assert_eq!(parsed.fingerprint().as_str(), fingerprint);
        assert_eq!(parsed.comment(), "joko@laptop");
        assert_eq!(serde_json::from_value::<SshKey>(serde_json::json!(line)).unwrap(), parsed);
        assert!(key(&format!("  {line}\n")).unwrap().is_same_key(&parsed));
    }
    assert_eq!(key(MADE[4].0).unwrap().bits(), Some(2_048));
    let point = [&[4_u8][..], &[7; 64]].concat();
    key(&of_fields("sk-ssh-ed25519@openssh.com", &[&[7; 32], b"ssh:"])).unwrap();
    key(&of_fields("sk-ecdsa-sha2-nistp256@openssh.com", &[b"nistp256", &point, b"ssh:work"])).unwrap();
}

#[test]
fn options_are_refused_and_said_to_be_options() {
    for options in ["command=\"/bin/sh\"", "no-pty,from=\"10.0.0.1\"", "restrict", "environment=\"A=b c\"", "cert-authority"] {
        let error = key(&format!("{options} {}", MADE[0].0)).unwrap_err();
        assert!(error.allowed.starts_with("options before the key are not accepted"), "{options}: {error}");
    }
}

#[test]
fn what_is_not_a_key_is_refused_with_what_would_be() {
    let ed = MADE[0].0;
    let blob = ed.split(' ').nth(1).unwrap();
    let bad = [
        (String::new(), "starts with its type"),
        (SHORT_RSA.to_owned(), "2048"),
        ("ssh-dss AAAA x".to_owned(), "DSA"),
        ("ssh-ed25519".to_owned(), "not complete"),
        (format!("ssh-ed25519 {}", &blob[..blob.len() - 4]), "not complete"),
        (format!("ssh-ed25519 {}", &blob[1..]), "base64"),
        (format!("ssh-ed25519 {blob}AAAA"), "not complete"),
        (format!("ssh-rsa {blob}"), "not complete"),
        (format!("ecdsa-sha2-nistp256 {blob}"), "not complete"),
        (format!("{ed}\n{ed}"), "one line"),
        (format!("{ed}\ncommand=\"x\" {ed}"), "one line"),
        (format!("{ed}\u{0}"), "comment"),
        (format!("{ed} \"quoted\""), "comment"),
        (format!("{ed}{}", "x".repeat(101)), "comment"),
        ("x".repeat(9_000), "8192"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n".to_owned(), "private key"),
        ("---- BEGIN SSH2 PUBLIC KEY ----".to_owned(), "RFC 4716"),
        (of_fields("ssh-ed25519", &[&[7; 31]]), "not complete"),
        (of_fields("ssh-ed25519", &[&[7; 32], b"more"]), "not complete"),
        (of_fields("ecdsa-sha2-nistp256", &[b"nistp384", &[4; 65]]), "not complete"),
        (of_fields("ecdsa-sha2-nistp256", &[b"nistp256", &[2; 33]]), "not complete"),
        (of_fields("sk-ssh-ed25519@openssh.com", &[&[7; 32], b"web:"]), "not complete"),
        // Negative, even, with needless zeros, with an exponent of 1.
        (of_fields("ssh-rsa", &[&[1, 0, 1], &[0x81; 256]]), "not complete"),
        (of_fields("ssh-rsa", &[&[1, 0, 1], &[&[0_u8, 0x81][..], &[0x80; 255]].concat()]), "not complete"),
        (of_fields("ssh-rsa", &[&[1, 0, 1], &[&[0_u8, 0][..], &[0x81; 256]].concat()]), "not complete"),
        (of_fields("ssh-rsa", &[&[1], &[&[0_u8][..], &[0x81; 256]].concat()]), "not complete"),
    ];
    for (line, why) in bad {
        let error = key(&line).unwrap_err();
        assert!(error.allowed.contains(why), "{line:?}: {error}");
    }
}

#[test]
fn a_fingerprint_is_a_sha256() {
    for (_, fingerprint) in MADE {
        assert_eq!(fingerprint.parse::<SshFingerprint>().unwrap().as_str(), fingerprint);
    }
    for bad in ["", "SHA256:", "MD5:00:11", "SHA256:AAAA", &MADE[0].1[7..], &format!("{}=", MADE[0].1)] {
        assert!(bad.parse::<SshFingerprint>().is_err(), "{bad}");
    }
}
