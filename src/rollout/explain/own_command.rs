//! A probe whose command calls the pod's loopback, where nothing listens: the program may listen on the pod's address only.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::Probe;
use regex::Regex;

use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// `wget http://127.0.0.1:3000/`, `nc -z localhost 5432`, `--host 127.0.0.1 --port 3306`
static LOOPBACK: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(r"(?i)(?:127\.0\.0\.1|localhost|\[::1\])(?::|\s+|\s+(?:-p|--port)[\s=]*)(?<port>\d{2,5})\b")
});
const REFUSED: [&str; 3] = ["refused", "could not connect", "couldn't connect"];

/// What to do where it is refused there.
pub(super) fn refused_by_itself(container: &ContainerView, probe: &Probe, failure: &str, log: &str) -> Option<Remedy> {
    let command = probe.exec.as_ref()?.command.as_ref()?.join(" ");
    let port = LOOPBACK.captures(&command)?.name("port")?.as_str().to_owned();
    Words::in_any_case(failure, &REFUSED)?;
    let name = container.pod.metadata.name.as_deref();
    let address = container.pod.status.as_ref().and_then(|status| status.pod_ip.as_deref());
    let mut own = name.into_iter().chain(address).map(|own| format!("{own}:{port}"));
    let listens = own.find_map(|own| Some((Words::of(log, &own)?, own)));
    Some(match listens {
        Some((words, own)) => Remedy::given(
            &words,
            format!(
                "its log says that it listens on {}, the pod's address, and the probe asks 127.0.0.1: let it listen on 0.0.0.0 (Next.js takes its \
                 address from HOSTNAME, which is the pod's name: set it), or let the kubelet ask by httpGet",
                escape(&own)
            ),
        ),
        None => Remedy::look(format!(
            "nothing listens on 127.0.0.1:{port} in the pod: does it still start, or does it listen on another port, or on the pod's address only?"
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::line_cases::wrong;

    #[test]
    fn a_command_that_asks_the_loopback_is_told_from_a_dependency() {
        let probe: Probe =
            serde_yaml::from_str("exec: {command: [wget, -qO-, 'http://127.0.0.1:3000/health']}").expect("a probe");
        let failure = "Readiness probe failed: wget: can't connect to remote host (127.0.0.1): Connection refused";
        let cases = r"
- {name: on its own address, log: '- Network: http://api-1-a:3000', says: [listens on api-1-a:3000, let it listen on 0.0.0.0]}
- {name: nothing is known, log: starting, says: ['nothing listens on 127.0.0.1:3000'], never: [let it listen]}
";
        let wrong =
            wrong(cases, |container, log| Some((String::new(), refused_by_itself(container, &probe, failure, log)?)));
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn a_command_that_asks_another_host_is_none_of_these() {
        let probe: Probe = serde_yaml::from_str("exec: {command: [nc, -z, db, '5432']}").expect("a probe");
        let wrong = wrong("[{name: a, log: ''}]", |container, log| {
            Some((String::new(), refused_by_itself(container, &probe, "Connection refused", log)?))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }
}
