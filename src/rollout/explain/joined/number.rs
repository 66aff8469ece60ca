//! A number that the program cannot read, where its line names neither the variable nor the value.

use std::sync::LazyLock;

use regex::Regex;

use super::given;
use super::line::Joined;
use super::origin::{self, Answer};
use super::service::services;
use super::value;
use crate::rollout::explain::mounts::ConfigKind;
use crate::rollout::model::{Lookup, Remedy, ServiceSeen};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, is_odd_number, redact};

/// C++, Rust, Go, the JVM, Python, .NET, Ruby, Node.js, PHP.
static NO_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"\bsto(?:i|l|ll|ul|ull|f|d)\b|invalid digit found|invalid float literal|Parse(?:Int|Float)Error|strconv\.(?:Atoi|Parse\w+)|NumberFormatException|invalid literal for int|could not convert string to float|was not in a correct format|invalid value for (?:Integer|Float)\(\)|bad lexical cast|not a (?:valid )?(?:number|integer)|ERR_SOCKET_BAD_PORT|must be of type \??int, string given|\bNaN\b",
    )
});

/// The variables whose names ask for a number and whose values are none.
pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = NO_NUMBER.captures(line)?;
    let written = given::env(container).filter_map(|one| Some((&one.name, one.value.as_deref()?)));
    let mut odd: Vec<(String, String)> = written
        .filter(|(name, value)| is_odd_number(name, value))
        .map(|(name, value)| (name.clone(), format!("`env` gives it {}", escape(&redact(&format!("{name}={value}"))))))
        .collect();
    let (answers, lookups) = origin::answers(container, ConfigKind::ConfigMap, Lookup::OddNumbers);
    for Answer { config, all, .. } in answers {
        odd.extend(all.iter().filter_map(|key| {
            let variable = origin::variable(container, &config, key)?;
            let fact = format!("{} is key {} of ConfigMap {}", escape(&variable), escape(key), escape(config.name));
            Some((variable, fact))
        }));
    }
    let title = container.title();
    let of_names = given::lookups(container).into_iter().chain([Lookup::Services]);
    let lookups: Vec<Lookup> = lookups.into_iter().chain(of_names).collect();
    if let Some((variable, service)) = linked(container).filter(|_| odd.is_empty()) {
        let fact =
            format!("Service {} brings the variable {variable}, and nothing else gives it", escape(&service.name));
        return Some(Joined { facts: vec![fact], lookups, ..value::of_link(container, &variable, service) });
    }
    match odd.as_slice() {
        [] if lookups.iter().all(|lookup| container.result_of(lookup).is_some()) => None,
        [] => {
            let hint = Remedy::look("which of its variables is to be a number, and is none?");
            Some(Joined { lookups, ..Joined::new(format!("{title} cannot read a number"), hint) })
        }
        [(name, fact)] => {
            let (name, facts) = (escape(name), vec![fact.clone()]);
            let what = format!("{title} cannot read a number, and the value of its variable {name} is none");
            Some(Joined { facts, lookups, ..Joined::new(what, Remedy::given(&found, format!("give {name} a number"))) })
        }
        all => {
            let facts = all.iter().take(4).map(|(_, fact)| fact.clone()).collect();
            let hint = Remedy::look("which of these is to be a number?");
            Some(Joined { facts, lookups, ..Joined::new(format!("{title} cannot read a number"), hint) })
        }
    }
}

/// The port of a Service whose host it is given and whose port it is not: Kubernetes gives that as `tcp://10.96.0.7:6379`.
fn linked<'a>(container: &ContainerView<'a>) -> Option<(String, &'a ServiceSeen)> {
    let given: Vec<String> = given::all(container).into_iter().map(|one| one.name).collect();
    let (_, services) = services(container).filter(|_| value::has_links(container))?;
    services.iter().filter(|service| !service.addresses.is_empty()).find_map(|service| {
        let stem = service.name.to_uppercase().replace('-', "_");
        let port = format!("{stem}_PORT");
        let has = |name: &str| given.iter().any(|one| one == name);
        let is_called = ["HOST", "HOSTNAME", "ADDR", "ADDRESS"].iter().any(|end| has(&format!("{stem}_{end}")));
        (is_called && !has(&port)).then_some((port, service))
    })
}
