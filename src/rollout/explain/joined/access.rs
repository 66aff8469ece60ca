//! What a database or somebody else refuses the program, beside its Secrets and what the server was told.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::line::{Joined, Phrase, Read, first_group, group};
use super::{given, origin};
use crate::rollout::explain::mounts::ConfigKind;
use crate::rollout::model::{Likeness, LoginPart, Lookup, LookupResult, Product, Remedy, ServerLogin, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 2] = [
        (
            r"(?i)permission denied for (?<what>table|relation|schema|database|sequence|function|view) (?<name>\S+)",
            |container, found| Some(database(container, found)),
        ),
        (
            r#"(?i)(?<mongo>MongoServerError: Authentication failed|\(AuthenticationFailed\)|codeName: 'AuthenticationFailed'|Authentication failed\., full error|MongoSecurityException|auth error: sasl conversation error)|password authentication failed for user "(?<user>[^"]+)"|access denied for user '(?<user2>[^']+)'[^(]*(?:\(using password: \w+\))?|WRONGPASS|NOAUTH|authentication failed|login failed|invalid (?:username or password|credentials|api[ -]?key|token|password)|incorrect password|invalid username-password pair|\b401 unauthorized|ACCESS_REFUSED|login was refused|request signature we calculated does not match|SignatureDoesNotMatch|InvalidAccessKeyId|Access Key Id you provided does not exist|invalid audience \(aud\) claim"#,
            login,
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn database(container: &ContainerView, found: &Captures) -> Joined {
    let (what, name) = (group(found, "what").to_lowercase(), escape(group(found, "name")));
    Joined::new(
        format!("{} is not allowed to use the {what} {name} of its database", container.title()),
        Remedy::given(found, "grant it to the user that it logs in as (GRANT), or log in as its owner"),
    )
}

/// Of a token that is refused for its audience: those of the projected tokens.
fn audiences(container: &ContainerView, found: &Captures) -> Vec<String> {
    if !found[0].contains("audience") {
        return Vec::new();
    }
    let volumes = container.pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let tokens = volumes.flat_map(|volume| {
        let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
        sources.filter_map(move |source| Some((volume, source.service_account_token.as_ref()?)))
    });
    tokens
        .map(|(volume, token)| {
            let audience = escape(token.audience.as_deref().unwrap_or("that of the API server"));
            format!("the token of volume {} is for the audience {audience}", escape(&volume.name))
        })
        .collect()
}

/// Who speaks, by its words.
fn product(line: &str) -> Option<Product> {
    let of = |words: &[&str]| words.iter().any(|word| line.contains(word));
    match () {
        () if of(&["password authentication failed"]) => Some(Product::Postgres),
        () if of(&["ccess denied for user"]) => Some(Product::Mysql),
        () if of(&["WRONGPASS", "NOAUTH", "username-password pair"]) => Some(Product::Redis),
        () if of(&["ACCESS_REFUSED", "ogin was refused"]) => Some(Product::Rabbitmq),
        () if of(&["request signature", "SignatureDoesNotMatch", "InvalidAccessKeyId", "Access Key Id"]) => {
            Some(Product::Minio)
        }
        () => None,
    }
}

/// Which Secrets the login comes from, and whether the server has another.
fn login(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let sends_none = Words::any(&found[0], &["NOAUTH", "using password: NO"]);
    let user = first_group(found, &["user", "user2"]);
    let user = user.map(|user| format!(" as {}", escape(user))).unwrap_or_default();
    let secrets = given::of_secrets(container).take(4).chain(audiences(container, found));
    if let Some(words) = sends_none {
        let hint = given::beside(container).map_or_else(
            || "give it the password by the variable, or the part of its URL, that the program reads".to_owned(),
            |beside| format!("give it the password as {beside}"),
        );
        return Some(Joined {
            facts: secrets.chain([given::listed(&given::all(container))]).collect(),
            lookups: given::lookups(container),
            ..Joined::new(
                format!("{} sends no password{user}, and one is asked for", container.title()),
                Remedy::given(&words, hint),
            )
        });
    }
    let pod = container.pod.metadata.name.clone().unwrap_or_default();
    let refused = first_group(found, &["user", "user2"]).map(str::to_owned);
    let lookup = Lookup::Logins { pod, container: container.name().to_owned(), user: refused.clone() };
    let what = format!("{} is refused its login{user}", container.title());
    let seen = container.result_of(&lookup);
    if let Some((result @ LookupResult::Logins(all), product)) = seen.zip(product(&found[0]))
        && let Some((facts, hint)) = compared(result, all, product, refused.as_deref())
    {
        return Some(Joined { facts, lookups: vec![lookup], ..Joined::new(what, hint) });
    }
    if let Some(joined) = of_mongo(container, found) {
        return Some(joined);
    }
    let facts: Vec<String> = secrets.collect();
    if facts.is_empty() && product(&found[0]).is_none() {
        return None;
    }
    let hint = Remedy::look(if facts.is_empty() {
        "is its password the one that the other side expects?"
    } else {
        "compare these keys with what the other side expects; a Secret that changed reaches a pod only at its next start"
    });
    Some(Joined { facts, lookups: vec![lookup], ..Joined::new(what, hint) })
}

/// `MongoDB` looks for a user in the database of the URL, unless `authSource` names another; the image makes its own in
/// `admin`.
fn of_mongo(container: &ContainerView, found: &Captures) -> Option<Joined> {
    found.name("mongo")?;
    let text = "authSource";
    let ask = |name| Lookup::SecretHolding { name, text: text.to_owned() };
    let (answers, mut lookups) = origin::answers(container, ConfigKind::Secret, ask);
    let (of_maps, asked) = origin::variables_of_maps(container, text);
    lookups.extend(asked);
    let is_open = lookups.iter().any(|lookup| container.result_of(lookup).is_none());
    let names_one = given::holding(container, text).is_some()
        || !of_maps.is_empty()
        || answers.iter().any(|one| !one.all.is_empty());
    let what = format!("{} is refused its login by MongoDB", container.title());
    let facts: Vec<String> = given::of_secrets(container).take(4).collect();
    let joined = |facts, hint| Joined { facts, lookups, ..Joined::new(what, hint) };
    Some(if names_one || is_open {
        joined(facts, Remedy::look("are user, password and authSource those that the server has?"))
    } else {
        let fact = "no URL of its variables names an authSource, so the user is looked for in the database of the URL";
        joined(
            std::iter::once(fact.to_owned()).chain(facts).collect(),
            Remedy::given(
                found,
                "add authSource=admin to the URL, if the user is the one of MONGO_INITDB_ROOT_USERNAME, which is made in admin; else compare user and password",
            ),
        )
    })
}

/// `POSTGRES_PASSWORD (key password of Secret db)`
static KEY_OF_SECRET: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"^(?<variable>\S+) \(key (?<key>\S+) of Secret (?<owner>\S+)\)$"));

/// What it sends beside what the servers of this product take. None where there is no such server, or nothing is sent.
fn compared(
    result: &LookupResult,
    all: &[ServerLogin],
    product: Product,
    user: Option<&str>,
) -> Option<(Vec<String>, Remedy)> {
    let of = |part: LoginPart| {
        all.iter().filter(move |one| one.product == product && one.part == part && !one.sends.is_empty())
    };
    let is = |one: &ServerLogin, likeness: Likeness| one.sends.iter().find(|sent| sent.likeness == likeness).cloned();
    let part = match (product, user) {
        (Product::Mysql, Some("root")) => LoginPart::RootPassword,
        _ => LoginPart::Password,
    };
    let right = |part| of(part).find(|one| is(one, Likeness::Same).is_some());
    let wrong = |part| of(part).next().filter(|_| right(part).is_none());
    of(part).next()?;
    // Another user than the one that the server makes: what is sent of it does not reach the program's login.
    if let Some(user) = of(LoginPart::User).find(|one| one.refused == Some(Likeness::Other))
        && let Some(unused) = is(user, Likeness::Same)
    {
        let (server, takes, unused) = (escape(&user.server), escape(&user.takes), escape(&unused.from));
        let fact =
            format!("{server} makes the user of {takes}, which {unused} has too: the program logs in with another");
        let hint = format!(
            "does the program read a variable of that name? {unused}: its documentation says how the user is called"
        );
        return Some((vec![fact], Remedy::look(hint)));
    }
    let Some(one) = wrong(part).or_else(|| wrong(LoginPart::User)) else {
        let own = right(part)?;
        let fact = format!("its password is the one that {} takes: {}", escape(&own.server), escape(&own.takes));
        let hint = "the server keeps the login with which its data folder was made: change it there (ALTER USER), or begin with an empty one";
        return Some((vec![fact], Remedy::given(result, hint)));
    };
    let (server, takes) = (escape(&one.server), escape(&one.takes));
    if let Some(sent) = is(one, Likeness::Spaced) {
        let fact =
            format!("{server} takes {takes}, and {} is the same but for white space at an end", escape(&sent.from));
        let hint = "write both without a line break at the end (echo -n, kubectl create secret --from-literal)";
        return Some((vec![fact], Remedy::given(result, hint)));
    }
    if let Some(sent) = is(one, Likeness::Encoded) {
        let fact = format!("{server} takes {takes}, and {} is the same, one of the two in Base64", escape(&sent.from));
        let hint = "write the text itself: `data` of a Secret has it in Base64, `stringData` and a variable as it is";
        return Some((vec![fact], Remedy::given(result, hint)));
    }
    let sent: Vec<String> = one.sends.iter().map(|sent| escape(&sent.from)).take(3).collect();
    let differ = if sent.len() == 1 { "is another" } else { "are others" };
    let fact = format!("{server} takes {takes}, and {} {differ}", sent.join(", "));
    let [only] = one.sends.as_slice() else {
        return Some((vec![fact], Remedy::given(result, format!("give both the same value: {takes} is what counts"))));
    };
    let hint = match (KEY_OF_SECRET.captures(&one.takes), KEY_OF_SECRET.captures(&only.from)) {
        (Some(server), Some(own)) if server["owner"] == own["owner"] => {
            let (key, owner, variable) = (escape(&server["key"]), escape(&server["owner"]), escape(&own["variable"]));
            format!("take key {key} of Secret {owner} for {variable}, or log in as the user of {}", escape(&own["key"]))
        }
        _ => format!("give both the same value: {takes} is what counts"),
    };
    Some((vec![fact], Remedy::given(result, hint)))
}
