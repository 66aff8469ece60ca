//! What a registry's refusal means for the reader: thing, place, next step.

use super::credentials::{self, Credentials};
use super::docker_config::Login;
use super::exchange::Cause;
use super::protocol::is_loopback;
use super::reference::Reference;
use crate::error::Error;
use crate::reason::Reason;
use crate::text;

/// What plat wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    LogIn,
    Find,
    LogInToPush,
    Push,
}

impl Action {
    /// What there is to do about a registry that does not answer. Where plat pushes is for the reader to say; what it
    /// reads is named by an image.
    fn elsewhere(self, registry: &str) -> String {
        match self {
            Self::LogInToPush | Self::Push => {
                "look at the address: --registry, PLAT_REGISTRY, or registry: of the environment in plat.yaml"
                    .to_owned()
            }
            Self::LogIn | Self::Find => {
                format!(
                    "look at the network, or at the image's name; a mirror of it: PLAT_MIRRORS={registry}=HOST/PATH"
                )
            }
        }
    }
}

pub fn explain(cause: Cause, action: Action, reference: &Reference, credentials: &Credentials) -> Error {
    let logged_in = credentials.login != Login::Anonymous;
    let registry = reference.resolve_registry().to_owned();
    let repository = reference.repository();
    let scheme = if is_loopback(&registry) { "http" } else { "https" };
    let error = match classify(&cause) {
        Class::Unreachable(why) => Error::user(format!("the registry {registry} is not reachable: {why}"))
            .hint(action.elsewhere(reference.registry()))
            .hint(format!("see what answers there: curl -i {scheme}://{registry}/v2/"))
            .reason(Reason::RegistryUnreachable),
        Class::Unauthorized if logged_in => {
            Error::user(format!("the registry {registry} refuses the credentials that are kept for it"))
                .hint(format!("log in again: docker login {registry}"))
                .reason(Reason::RegistryUnauthorized)
        }
        Class::Unauthorized => match &credentials.missing {
            Some(missing) => Error::user(format!("the registry {registry} asks for a login, and {missing}"))
                .hint(format!("install it, or take it out of {} and log in again", credentials::config_place()))
                .reason(Reason::RegistryUnauthorized),
            None => Error::user(format!("the registry {registry} asks for a login, and none is kept for it"))
                .hint(format!("log in: docker login {registry} (or set DOCKER_CONFIG to the folder of a config.json)"))
                .reason(Reason::RegistryUnauthorized),
        },
        Class::Foreign(place) => Error::user(format!(
            "the registry {registry} asks for the login at {place}, which is not its own place: nothing was sent there"
        ))
        .hint("if that place is right, ask whoever runs the registry for one on its own host, over https")
        .reason(Reason::RegistryUnauthorized),
        Class::Denied => Error::user(match action {
            Action::Push => format!("you are not allowed to push to {repository}"),
            Action::LogIn | Action::LogInToPush | Action::Find => format!("you are not allowed to read {repository}"),
        })
        .hint("ask whoever owns the repository for access, or choose another registry with --registry")
        .reason(Reason::RegistryDenied),
        Class::NotFound if action == Action::Push => {
            Error::user(format!("the registry {registry} has no place for the repository {repository}"))
                .hint("create the repository or its project there first, or fix the path in --registry")
                .reason(Reason::RepositoryNotFound)
        }
        Class::NotFound => {
            Error::user(format!("the image {} is not in the registry", reference.whole())).reason(Reason::ImageNotFound)
        }
        Class::Busy => Error::user(format!("the registry {registry} takes no more requests just now"))
            .hint("wait a minute and try again; a login often raises the limit")
            .reason(Reason::RegistryRateLimited),
        Class::Other(what) => Error::user(format!("the registry {registry} {what}"))
            .hint("try again; if it stays so, look at the registry's own log")
            .reason(Reason::RegistryFailed),
    };
    let place = match action {
        Action::LogIn | Action::LogInToPush if logged_in => format!("{registry}, {}", credentials::config_place()),
        Action::LogIn | Action::LogInToPush => registry,
        Action::Push => format!("{}/{repository}", reference.registry()),
        Action::Find => reference.whole(),
    };
    error.at(place).because(anyhow::Error::new(cause))
}

pub fn is_not_found(cause: &Cause) -> bool {
    classify(cause) == Class::NotFound
}

/// Adds the tags that were perhaps meant.
pub fn with_nearest_tag(error: Error, wanted: &str, tags: &[String]) -> Error {
    if tags.is_empty() {
        return error.hint("the repository has no tags: look at its name, or push the image first");
    }
    let shown = |tag: &str| text::foreign_line(tag, 128);
    let last = || tags.iter().rev().take(5).map(|tag| shown(tag)).collect::<Vec<_>>().join(", ");
    let some = text::nearest(wanted, tags.iter().map(String::as_str))
        .map_or_else(|| format!("it has {}", last()), |tag| format!("the nearest is {}", shown(tag)));
    error.hint(format!("there is no tag {wanted}; {some}"))
}

#[derive(Debug, PartialEq, Eq)]
enum Class {
    Unreachable(String),
    Unauthorized,
    Denied,
    /// The login is wanted at this place.
    Foreign(String),
    NotFound,
    Busy,
    Other(String),
}

fn classify(cause: &Cause) -> Class {
    match cause {
        Cause::LoginRefused(_) | Cause::Refused { status: 401, .. } => Class::Unauthorized,
        Cause::Refused { status, code, message } => match code.as_deref() {
            None => by_status(*status, message),
            Some("UNAUTHORIZED") => Class::Unauthorized,
            Some("DENIED") => Class::Denied,
            Some("MANIFEST_UNKNOWN" | "NAME_UNKNOWN" | "NOT_FOUND") => Class::NotFound,
            Some("TOOMANYREQUESTS") => Class::Busy,
            Some(_) => Class::Other(format!("refuses: {}", text::foreign_line(message, 200))),
        },
        Cause::ForeignRealm(place) => Class::Foreign(text::foreign_line(place, 200)),
        Cause::Unreachable(error) => Class::Unreachable(root_cause(error)),
        Cause::TooLong(_) => Class::Unreachable(cause.to_string()),
        Cause::TooLarge(_) => Class::Other(format!("answers something else than a registry does: {cause}")),
        Cause::Unusable(what) => Class::Other(format!("cannot be logged in to: config.json {what}")),
        Cause::Unexpected(what) => {
            Class::Other(format!("answers something unexpected: {}", text::foreign_line(what, 200)))
        }
    }
}

fn by_status(status: u16, message: &str) -> Class {
    match status {
        401 => Class::Unauthorized,
        403 => Class::Denied,
        404 => Class::NotFound,
        429 => Class::Busy,
        _ if message.trim().is_empty() => Class::Other(format!("answers {status}")),
        _ => Class::Other(format!("answers {status}: {}", text::foreign_line(message, 200))),
    }
}

/// The innermost cause says it best: "Connection refused", "invalid peer certificate: `UnknownIssuer`".
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    text::foreign_line(&cause.to_string(), 200)
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;
    use rstest::rstest;

    fn status(code: u16) -> Cause {
        Cause::Refused { status: code, code: None, message: "\u{1b}[2Jdown".to_owned() }
    }

    fn envelope(code: &str) -> Cause {
        Cause::Refused { status: 400, code: Some(code.to_owned()), message: "as it is".to_owned() }
    }

    fn explained(cause: Cause, action: Action, logged_in: bool) -> Error {
        let login = if logged_in { Login::Password("ada".to_owned(), "s3cret".to_owned()) } else { Login::Anonymous };
        let credentials = Credentials { login, missing: None };
        explain(cause, action, &reference::parse("ghcr.io/acme/shop:v1").unwrap(), &credentials)
    }

    #[rstest]
    #[case(status(401), Action::Push, false, Reason::RegistryUnauthorized, "asks for a login")]
    #[case(envelope("UNAUTHORIZED"), Action::Push, true, Reason::RegistryUnauthorized, "refuses the credentials")]
    #[case(
        Cause::LoginRefused(String::new()),
        Action::LogIn,
        true,
        Reason::RegistryUnauthorized,
        "refuses the credentials"
    )]
    #[case(envelope("DENIED"), Action::Push, true, Reason::RegistryDenied, "not allowed to push to acme/shop")]
    #[case(status(403), Action::Find, true, Reason::RegistryDenied, "not allowed to read acme/shop")]
    #[case(envelope("MANIFEST_UNKNOWN"), Action::Find, true, Reason::ImageNotFound, "ghcr.io/acme/shop:v1 is not")]
    #[case(envelope("NAME_UNKNOWN"), Action::Push, true, Reason::RepositoryNotFound, "no place for")]
    #[case(envelope("TOOMANYREQUESTS"), Action::Find, true, Reason::RegistryRateLimited, "no more requests")]
    #[case(
        Cause::ForeignRealm("https://evil.example".to_owned()),
        Action::LogIn,
        true,
        Reason::RegistryUnauthorized,
        "asks for the login at https://evil.example"
    )]
    #[case(
        Cause::TooLong(std::time::Duration::from_secs(30)),
        Action::Find,
        false,
        Reason::RegistryUnreachable,
        "no whole answer within 30 s"
    )]
    #[case(status(503), Action::Push, true, Reason::RegistryFailed, "answers 503: \\u{1b}[2Jdown")]
    #[case(envelope("MANIFEST_INVALID"), Action::Push, true, Reason::RegistryFailed, "refuses: as it is")]
    fn a_refusal_has_a_reason_a_sentence_and_a_next_step(
        #[case] cause: Cause,
        #[case] action: Action,
        #[case] logged_in: bool,
        #[case] reason: Reason,
        #[case] what: &str,
    ) {
        let error = explained(cause, action, logged_in);
        assert_eq!(error.reason, Some(reason));
        assert!(error.what.contains(what), "{}", error.what);
        assert!(error.place.is_some_and(|place| place.contains("ghcr.io")));
    }

    #[rstest]
    #[case(Action::LogInToPush, "--registry")]
    #[case(Action::Push, "--registry")]
    #[case(Action::LogIn, "PLAT_MIRRORS=ghcr.io=HOST/PATH")]
    #[case(Action::Find, "PLAT_MIRRORS=ghcr.io=HOST/PATH")]
    fn what_does_not_answer_is_looked_for_where_it_was_named(#[case] action: Action, #[case] hint: &str) {
        let error = explained(Cause::TooLong(std::time::Duration::from_secs(30)), action, false);
        assert!(error.hints[0].contains(hint), "{:?}", error.hints);
    }

    #[rstest]
    #[case("v1.3.0", &["main", "v1.2.0"], "there is no tag v1.3.0; the nearest is v1.2.0")]
    #[case("latest", &["7", "8"], "there is no tag latest; it has 8, 7")]
    #[case("v1", &[], "the repository has no tags: look at its name, or push the image first")]
    fn a_tag_that_is_not_there_is_answered_with_those_that_are(
        #[case] wanted: &str,
        #[case] tags: &[&str],
        #[case] hint: &str,
    ) {
        let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
        assert_eq!(with_nearest_tag(Error::user("x"), wanted, &tags).hints, [hint]);
    }
}
