//! The Services of the namespace, as a host names them, and who is behind them.

use crate::rollout::model::{Lookup, LookupResult, Remedy, ServiceSeen};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// Those of the namespace, and the look-up that showed them.
pub(super) fn services<'a>(container: &ContainerView<'a>) -> Option<(&'a LookupResult, &'a [ServiceSeen])> {
    match container.result_of(&Lookup::Services)? {
        result @ LookupResult::Services(services) => Some((result, services)),
        _ => None,
    }
}

/// The name of a Service of this namespace, as its DNS has it: `db`, `db.shop`, `db.shop.svc.cluster.local`.
pub(super) fn service_name<'h>(container: &ContainerView, host: &'h str) -> Option<&'h str> {
    let (name, rest) = host.split_once('.').unwrap_or((host, ""));
    let namespace = rest.split('.').next().unwrap_or_default();
    (rest.is_empty() || namespace == container.namespace()).then_some(name)
}

/// The Service of this name, or with this address.
pub(super) fn service_of<'a>(container: &ContainerView<'a>, host: &str) -> Option<&'a ServiceSeen> {
    let name = service_name(container, host);
    let is_it =
        |service: &&ServiceSeen| Some(service.name.as_str()) == name || service.addresses.iter().any(|one| one == host);
    services(container)?.1.iter().find(is_it)
}

/// Why nobody is behind a Service without a ready endpoint, or not on its port.
pub(super) struct Nobody {
    pub hint: Remedy,
    /// Whether the Service itself is wrong: what it means runs.
    pub is_wrong: bool,
}

pub(super) fn nobody_behind(container: &ContainerView, service: &ServiceSeen) -> Nobody {
    let name = escape(&service.name);
    if !service.unnamed.is_empty() {
        let targets = escape(&service.unnamed.join(", "));
        let hint = format!(
            "Service {name} sends {targets}, a targetPort that no port of its pods is named: make the two names the same"
        );
        return Nobody { hint: Remedy::given(service, hint), is_wrong: true };
    }
    if !service.undeclared.is_empty() {
        let targets = escape(&service.undeclared.join("; "));
        let hint = format!("Service {name} sends {targets}: correct its targetPort");
        return Nobody { hint: Remedy::given(service, hint), is_wrong: true };
    }
    match (&service.misses, &service.idle) {
        (Some(misses), _) if misses.contains(", and the pods of ") => {
            let hint = format!("Service {name} has no ready endpoint: {misses}: make them the same");
            Nobody { hint: Remedy::given(service, hint), is_wrong: true }
        }
        (Some(why), _) | (None, Some(why)) => {
            let hint = format!("Service {name} has no ready endpoint: {why}");
            Nobody { hint: Remedy::look(hint), is_wrong: false }
        }
        (None, None) => {
            let namespace = escape(container.namespace());
            let hint = format!("what is behind Service {name} does not run: plat why -n {namespace}");
            Nobody { hint: Remedy::look(hint), is_wrong: false }
        }
    }
}
