//! The name of one pod of a `StatefulSet` that is not found, beside the Service by which its pods are named.

use std::sync::LazyLock;

use regex::Regex;

use super::line::Joined;
use super::service::services;
use crate::rollout::model::{Lack, Lookup, LookupResult, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// The name of one pod of a `StatefulSet`, `db-0.db` (`pod.hostname` and `pod.subdomain`): DNS has it below the Service that
/// its `serviceName` names, and only while the pod is ready, unless the Service says otherwise.
pub(super) fn of_pod(container: &ContainerView, host: &str, what: &str) -> Option<Joined> {
    static POD: LazyLock<Regex> = LazyLock::new(|| {
        ascii_regex(r"^(?<set>[a-z0-9][a-z0-9-]*)-\d+\.(?<service>[a-z0-9][a-z0-9-]*)(?:\.(?<namespace>[a-z0-9-]+)|$)")
    });
    let found = POD.captures(host)?;
    if found.name("namespace").is_some_and(|namespace| namespace.as_str() != container.namespace()) {
        return None;
    }
    let (set, service) = (&found["set"], &found["service"]);
    let lookup = Lookup::PodsService(set.to_owned());
    let lookups = vec![Lookup::Services, lookup.clone()];
    let joined = |hint: Remedy, facts: Vec<String>, lack| Joined {
        facts,
        lookups: lookups.clone(),
        lack,
        ..Joined::new(what.to_owned(), hint)
    };
    let (set_shown, service_shown) = (escape(set), escape(service));
    let result = container.result_of(&lookup);
    let Some(LookupResult::Present(named)) = result else {
        let hint = format!("is there a StatefulSet {set_shown}, and does its serviceName name {service_shown}?");
        return Some(joined(Remedy::look(hint), Vec::new(), Lack::Absent));
    };
    let own = named.first().map_or("", String::as_str);
    let known = services(container).map(|(_, all)| all.iter().any(|one| one.name == service));
    Some(match (own == service, known) {
        (false, _) => {
            let fact = format!(
                "StatefulSet {set_shown} has serviceName {:?}, so its pods have no name below {service_shown}",
                escape(own)
            );
            let hint = format!(
                "give it serviceName: {service_shown}, for which it has to be made anew, or ask for {set_shown}-0.{}",
                escape(own)
            );
            joined(Remedy::given(result?, hint), vec![fact], Lack::Own)
        }
        (true, Some(false)) => {
            let hint =
                format!("make the headless Service {service_shown} (clusterIP: None) that its serviceName names");
            joined(Remedy::given(result?, hint), vec![format!("there is no Service {service_shown}")], Lack::Absent)
        }
        (true, _) => {
            let hint = format!(
                "DNS has a pod's name only while it is ready, and only of a headless Service (clusterIP: None): where the pods look for each other \
                 before, does Service {service_shown} say publishNotReadyAddresses: true?"
            );
            joined(Remedy::look(hint), Vec::new(), Lack::Starting)
        }
    })
}
