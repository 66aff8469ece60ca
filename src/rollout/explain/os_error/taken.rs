//! EADDRINUSE: somebody listens on the port already. Frameworks say it in words of their own.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{Container, ContainerPort};
use regex::Regex;

use super::line::{self, path};
use super::listener::told;
use crate::rollout::explain::explanation::Explanation;
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// strerror(3) of glibc and of musl, Erlang and Node.js; Spring Boot, the JVM, Flask, Django, Quarkus, gunicorn, `MySQL`.
static TAKEN: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?ix)\baddress\s(?:already\s)?in\suse\b|\beaddrinuse\b
        |\bport\b[\s:\d()s]{0,14}(?:was\s|is\s)?already\s(?:in\suse|bound|allocated|taken)
        |\bport\s\d+\s(?:is\s|seems\sto\sbe\s)in\suse\b|\bconnection\sin\suse:\s
        |\banother\s\w+(?:\sserver)?\s(?:already\s)?running\son\sport\b",
    )
});
/// Servers for developers go on with the next one.
static GOES_ON: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"(?i)\b(?:trying|using) (?:another|\d|port|an available|the next)"));
/// Of lines around it, which say where it was to listen.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?i)\b(?:bind|listen|port)"));
/// The exception that names the port may stand some frames before the errno.
const AROUND: usize = 15;

/// What the line at this place says, if that.
pub(super) fn taken(container: &ContainerView, lines: &[&str], at: usize) -> Option<Explanation> {
    let text = lines[at];
    let found = TAKEN.find(text).filter(|_| !GOES_ON.is_match(text))?;
    let words = Words::of(text, found.as_str())?;
    let port = line::port(words).or_else(|| line::port_of(text)).or_else(|| around(lines, at));
    if let (None, Some(socket)) = (port, path(words)) {
        return Some(left_behind(container, words, socket));
    }
    Some(Explanation { hint: hint(container, words, port), what: what(container, port) })
}

fn around(lines: &[&str], at: usize) -> Option<i32> {
    let before = lines[..at].iter().rev().take(AROUND);
    let mut near = lines[at + 1..].iter().take(2).chain(before).filter(|line| ABOUT.is_match(line));
    near.find_map(|line| line::port_of(line))
}

/// A socket is a file, which stays when its program ends.
fn left_behind(container: &ContainerView, words: Words, socket: &str) -> Explanation {
    Explanation {
        what: format!("{} cannot listen: its socket {} is there already", container.title(), escape(socket)),
        hint: Remedy::given(
            &words,
            "remove the socket before the program starts: one that ended before left it behind",
        ),
    }
}

/// Whether the pod has its network from its node.
fn is_of_node(container: &ContainerView) -> bool {
    container.pod.spec.as_ref().and_then(|spec| spec.host_network) == Some(true)
}

fn what(container: &ContainerView, port: Option<i32>) -> String {
    let of = port.map(|port| format!(" {port}")).unwrap_or_default();
    let place = if is_of_node(container) { "on its node" } else { "in the pod" };
    format!("{} cannot listen: its port{of} is taken {place}", container.title())
}

/// Those that run at the same time: an init container is over when the others start.
fn others<'a>(container: &ContainerView<'a>) -> Vec<&'a Container> {
    let spec = container.pod.spec.as_ref();
    let is_sidecar = |one: &Container| one.restart_policy.as_deref() == Some("Always");
    let is_init = |one: &Container| {
        spec.and_then(|spec| spec.init_containers.as_ref())
            .is_some_and(|all| all.iter().any(|init| init.name == one.name))
    };
    let is_first = container.init && !container.is_sidecar();
    container.beside().filter(|one| if is_init(one) { is_sidecar(one) } else { !is_first }).collect()
}

fn hint(container: &ContainerView, words: Words, port: Option<i32>) -> Remedy {
    let others = others(container);
    let declared = |one: &&'_ Container| -> Option<ContainerPort> {
        one.ports.iter().flatten().find(|own| Some(own.container_port) == port).cloned()
    };
    if let Some((other, declared)) = others.iter().find_map(|one| Some((one, declared(one)?))) {
        let name = escape(&other.name);
        return Remedy::given(
            &declared,
            format!("container {name} of the same pod listens there: give one of them another port"),
        );
    }
    let told_by = |one: &Container| port.map(|port| told(one, port)).filter(|told| !told.is_empty());
    if let Some((other, told)) = others.iter().find_map(|one| Some((*one, told_by(one)?))) {
        let name = escape(&other.name);
        return Remedy::given(
            other,
            format!(
                "container {name} of the same pod is told to listen there ({}): give one of them another port",
                told[0]
            ),
        );
    }
    if let Some([one, other, ..]) = told_by(container.spec).as_deref() {
        return Remedy::given(
            &words,
            format!("it is told twice to listen there ({one}, {other}): give one of them another port"),
        );
    }
    let itself = "does the program start twice, or open the port a second time?";
    if is_of_node(container) {
        let node = container.pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
        let pods =
            node.map(|node| format!(" kubectl get pods -A -o wide --field-selector spec.nodeName={}", escape(node)));
        return Remedy::look(format!(
            "with hostNetwork all pods and programs of a node share its ports: which other one of the node listens there?{}",
            pods.unwrap_or_default()
        ));
    }
    Remedy::look(match port {
        _ if others.is_empty() => format!("the pod has no other container that runs beside it: {itself}"),
        None => {
            "the containers of a pod share their ports: does another one listen there, or does the program start twice?"
                .to_owned()
        }
        Some(_) => format!(
            "no other container of the pod is known to listen there: {itself} Or does another one, without declaring it?"
        ),
    })
}
