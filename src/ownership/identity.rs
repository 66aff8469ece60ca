//! Who is meant: the forms in which people and teams are written, bots, and whether two names are one person.

use super::model::{Party, PartyKind};

/// Reads an owner as people write one: `@ada`, `@shop/payments`, `ada@example.com`, `Ada <ada@example.com>`,
/// `group:default/payments`, or a bare word.
#[must_use]
pub fn party(text: &str) -> Party {
    let text = text.trim();
    if let Some(party) = qualified(text) {
        return party;
    }
    if let Some(handle) = text.strip_prefix('@') {
        // GitLab nests groups and marks roles with a second @: `@shop/backend/payments`, `@@maintainers`.
        let handle = handle.trim_start_matches('@');
        let kind = if handle.contains('/') { PartyKind::Team } else { PartyKind::Person };
        return Party { name: handle.to_owned(), kind, email: None, handle: Some(handle.to_owned()) };
    }
    if let Some((name, rest)) = text.split_once('<')
        && let Some((email, _)) = rest.split_once('>')
    {
        return author(name, email);
    }
    let email = is_email(text).then(|| text.to_owned());
    Party { name: text.to_owned(), kind: PartyKind::Unknown, email, handle: None }
}

/// Reads a Backstage entity reference, `[kind:][namespace/]name`; an owner without a kind is a group
/// (backstage.io/docs/features/software-catalog/references).
#[must_use]
pub fn entity(text: &str) -> Party {
    let text = text.trim();
    qualified(text).unwrap_or_else(|| {
        let name = text.rsplit('/').next().unwrap_or(text).to_owned();
        Party { name, kind: PartyKind::Team, email: None, handle: None }
    })
}

fn qualified(text: &str) -> Option<Party> {
    let (kind, name) = text.split_once(':')?;
    let kind = match kind.to_ascii_lowercase().as_str() {
        "group" => PartyKind::Team,
        "user" => PartyKind::Person,
        _ => return None,
    };
    let name = name.rsplit('/').next().unwrap_or(name).to_owned();
    Some(Party { name, kind, email: None, handle: None })
}

/// The author of a commit. A noreply address is not an address: it only tells the login.
#[must_use]
pub fn author(name: &str, email: &str) -> Party {
    let (name, email) = (name.trim(), email.trim());
    let handle = noreply_login(email).map(str::to_owned);
    let reachable = is_email(email) && handle.is_none() && !is_noreply(email);
    Party {
        name: if name.is_empty() { email.to_owned() } else { name.to_owned() },
        kind: PartyKind::Person,
        email: reachable.then(|| email.to_owned()),
        handle,
    }
}

/// Programs that commit: their work tells nothing about whom to ask.
#[must_use]
pub fn is_bot(name: &str, email: &str) -> bool {
    let (name, email) = (name.trim().to_lowercase(), email.trim().to_lowercase());
    // The suffix is GitHub's for every App; the names are programs that commit under a user of their own.
    name.ends_with("[bot]")
        || email.contains("[bot]@")
        || BOTS.iter().any(|bot| name == *bot || email.starts_with(&format!("{bot}@")))
}

const BOTS: &[&str] = &[
    "argocd-image-updater",
    "ci",
    "dependabot",
    "flux",
    "fluxcdbot",
    "github-actions",
    "greenkeeper",
    "jenkins",
    "pre-commit-ci",
    "renovate",
    "renovate-bot",
    "semantic-release-bot",
    "snyk-bot",
    "weblate",
];

/// Whether two names are one party. Sources write one person in many ways, so a handle or name also matches the local
/// part of the other's address; teams match whatever organisation stands before them.
#[must_use]
pub fn same(a: &Party, b: &Party) -> bool {
    if matches!((a.kind, b.kind), (PartyKind::Team, PartyKind::Person) | (PartyKind::Person, PartyKind::Team)) {
        return false;
    }
    let email = |party: &Party| party.email.as_deref().map(str::to_lowercase);
    let local = |party: &Party| email(party).and_then(|email| email.split('@').next().map(plain));
    let (ours, theirs) = (names(a), names(b));
    ours.iter().any(|name| theirs.contains(name))
        || email(a).is_some_and(|address| email(b) == Some(address))
        || local(a).is_some_and(|local| theirs.contains(&local))
        || local(b).is_some_and(|local| ours.contains(&local))
}

fn names(party: &Party) -> Vec<String> {
    let name = Some(party.name.as_str()).filter(|name| !is_email(name));
    let names = name.into_iter().chain(party.handle.as_deref()).map(plain);
    names.filter(|name| !name.is_empty()).collect()
}

/// `@shop/Payments-Team` -> `payments`, `Ada Lovelace` -> `adalovelace`.
fn plain(name: &str) -> String {
    let name = name.to_lowercase();
    let name = name.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix("-team").or_else(|| name.strip_suffix(" team")).unwrap_or(name);
    let name = name.strip_prefix("team-").unwrap_or(name);
    name.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace))
}

/// `12345+ada@users.noreply.github.com` and `12345-ada@users.noreply.gitlab.com` tell the login.
fn noreply_login(email: &str) -> Option<&str> {
    let (local, domain) = email.split_once('@')?;
    let mark = match domain.to_ascii_lowercase().as_str() {
        "users.noreply.github.com" => '+',
        "users.noreply.gitlab.com" => '-',
        _ => return None,
    };
    let login = match local.split_once(mark) {
        Some((id, login)) if id.chars().all(|c| c.is_ascii_digit()) => login,
        _ => local,
    };
    (!login.is_empty()).then_some(login)
}

fn is_noreply(email: &str) -> bool {
    let email = email.to_lowercase();
    let (local, domain) = email.split_once('@').unwrap_or((&email, ""));
    matches!(local, "noreply" | "no-reply" | "donotreply") || domain.split('.').any(|part| part == "noreply")
}

#[cfg(test)]
mod tests {
    use super::*;
    use PartyKind::{Person, Team, Unknown};
    use rstest::rstest;

    #[rstest]
    #[case("@ada", "ada", Person, None, Some("ada"))]
    #[case("@shop/payments", "shop/payments", Team, None, Some("shop/payments"))]
    #[case("@@maintainers", "maintainers", Person, None, Some("maintainers"))]
    #[case("ada@example.com", "ada@example.com", Unknown, Some("ada@example.com"), None)]
    #[case(" Ada Lovelace <ada@example.com>", "Ada Lovelace", Person, Some("ada@example.com"), None)]
    #[case("group:default/payments", "payments", Team, None, None)]
    #[case("User:ada", "ada", Person, None, None)]
    #[case("payments", "payments", Unknown, None, None)]
    #[case("sales: emea", "sales: emea", Unknown, None, None)]
    fn a_party_is_read_from_its_form(
        #[case] text: &str,
        #[case] name: &str,
        #[case] kind: PartyKind,
        #[case] email: Option<&str>,
        #[case] handle: Option<&str>,
    ) {
        let expected = Party { name: name.into(), kind, email: email.map(Into::into), handle: handle.map(Into::into) };
        assert_eq!(party(text), expected);
    }

    #[rstest]
    #[case("payments", "payments", Team)]
    #[case("default/payments", "payments", Team)]
    #[case("user:default/ada", "ada", Person)]
    fn an_entity_without_a_kind_is_a_group(#[case] text: &str, #[case] name: &str, #[case] kind: PartyKind) {
        assert_eq!(entity(text), Party { name: name.into(), kind, email: None, handle: None });
    }

    #[rstest]
    #[case("ada@example.com", Some("ada@example.com"), None)]
    #[case("12345+ada@users.noreply.github.com", None, Some("ada"))]
    #[case("ada@users.noreply.github.com", None, Some("ada"))]
    #[case("7-ada-l@users.noreply.gitlab.com", None, Some("ada-l"))]
    #[case("noreply@github.com", None, None)]
    #[case("ada@localhost", None, None)]
    fn an_author_is_reached_only_at_a_real_address(
        #[case] address: &str,
        #[case] email: Option<&str>,
        #[case] handle: Option<&str>,
    ) {
        let author = author("Ada", address);
        assert_eq!((author.email.as_deref(), author.handle.as_deref()), (email, handle));
    }

    #[rstest]
    #[case("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com", true)]
    #[case("renovate", "bot@renovateapp.com", true)]
    #[case("CI", "ci@example.com", true)]
    #[case("Abbot Costello", "abbot@example.com", false)]
    #[case("Jenkins Jones", "jones@example.com", false)]
    fn bots_are_known(#[case] name: &str, #[case] email: &str, #[case] expected: bool) {
        assert_eq!(is_bot(name, email), expected);
    }

    #[rstest]
    #[case("@ada", "Ada Lovelace <ada@example.com>", true)]
    #[case("@ada-lovelace", "Ada Lovelace <a@example.com>", true)]
    #[case("ADA@example.com", "Ada Lovelace <ada@example.com>", true)]
    #[case("@ada", "Ada <12345+ada@users.noreply.github.com>", true)]
    #[case("@shop/payments", "payments", true)]
    #[case("group:payments-team", "@shop/payments", true)]
    #[case("@shop/ada", "@ada", false)]
    #[case("@ada", "@adam", false)]
    #[case("ada@example.com", "ada@elsewhere.com", false)]
    fn one_party_under_two_names(#[case] a: &str, #[case] b: &str, #[case] expected: bool) {
        assert_eq!(same(&party(a), &party(b)), expected);
    }
}
