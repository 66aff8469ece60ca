//! What a program decrypts its own files with, and does not fit them: no server refuses it anything.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::given;
use super::line::Joined;
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// One kind of key.
struct Kind {
    said: Regex,
    /// The variables that hold it.
    variables: Regex,
    what: &'static str,
    /// How whoever has the right one finds out.
    advice: &'static str,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let all: [(&str, &str, &str, &str); 4] = [
        (
            // JDK (PKCS12, JKS), OpenSSL, Python's cryptography, Go's pkcs12, .NET
            r"(?i)keystore password was incorrect|keystore was tampered with, or password was incorrect|failed to decrypt safe contents entry|UnrecoverableKeyException|\bmac verify (?:failure|error)|pkcs12: decryption password incorrect|invalid password or PKCS12 data|PKCS12 key store mac invalid|network password is not correct",
            r"(?i)(?:key_?-?store|trust_?-?store|keystore|pfx|p12|pkcs_?12|certificate|ssl|tls).*(?:pass(?:word|phrase|wd)?|pwd)$",
            "cannot open its keystore: the password is not the one that it was made with",
            "(keytool -list -keystore FILE, or openssl pkcs12 -in FILE -noout, tells whether one fits)",
        ),
        (
            r"MessageEncryptor::InvalidMessage|Couldn't decrypt .*\.yml\.enc|Encrypted file .* could not be decrypted",
            r"^RAILS_MASTER_KEY$",
            "cannot decrypt its credentials (config/credentials): they were encrypted with another master key",
            "(config/master.key, or config/credentials/ENVIRONMENT.key, of whoever edits them)",
        ),
        (
            r"cryptography\.fernet\.InvalidToken|Fernet.*(?:incorrect|must be 32)",
            r"FERNET_KEY$",
            "cannot decrypt what it stored: that was encrypted with another Fernet key",
            "(the one of the first installation)",
        ),
        (
            r"(?i)mismatching encryption keys",
            r"ENCRYPTION_KEY$",
            "cannot decrypt what it stored: that was encrypted with another key",
            "(the one of the first start)",
        ),
    ];
    let regex = |pattern| ascii_regex(pattern);
    let kinds = all.into_iter().map(|(said, variables, what, advice)| Kind {
        said: regex(said),
        variables: regex(variables),
        what,
        advice,
    });
    kinds.collect()
});

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let (kind, found) = KINDS.iter().find_map(|kind| Some((kind, kind.said.captures(line)?)))?;
    Some(said(container, kind, &found))
}

fn said(container: &ContainerView, kind: &Kind, found: &Captures) -> Joined {
    let is_it = |name: &str| kind.variables.is_match(name);
    let what = format!("{} {}", container.title(), kind.what);
    let own = given::env(container).filter(|one| is_it(&one.name)).map(|one| {
        let from = one.value_from.as_ref().and_then(given::described);
        (escape(&one.name), from.unwrap_or_else(|| "written in `env`".to_owned()))
    });
    let of_sources = given::all(container).into_iter().filter(|one| one.from != "env" && is_it(&one.name));
    let all: Vec<(String, String)> = own
        .chain(of_sources.map(|one| {
            let name = escape(&one.name);
            (name.clone(), format!("key {name} of {}", one.from))
        }))
        .collect();
    let lookups = given::lookups(container);
    let Some((name, from)) = all.first() else {
        let hint = "what gives it: a variable, a file that is mounted, or the image?";
        return Joined { lookups, ..Joined::new(what, Remedy::look(hint)) };
    };
    let facts = all.iter().map(|(name, from)| format!("{name} is {from}")).collect();
    let hint = format!("correct {name} ({from}): give it the right one {}", kind.advice);
    Joined { facts, lookups, ..Joined::new(what, Remedy::given(found, hint)) }
}
