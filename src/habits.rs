//! What people type who know kubectl and Helm, and what it is called here.

use clap::Command;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Commands of other tools, with the word after them where that matters; what to type.
pub(crate) const COMMANDS: [(&[&str], &str); 16] = [
    (&["rollout undo"], "plat rollback"),
    (&["rollout restart", "restart"], "plat deploy --restart"),
    (&["rollout history"], "plat history"),
    (&["rollout"], "plat status"),
    (
        &["get", "ps", "ls", "list", "top"],
        "plat status; of what anybody deployed: plat status NAME, plat why -n NAMESPACE",
    ),
    (&["describe", "events", "explain", "inspect"], "plat why NAME"),
    (&["apply", "create", "replace"], "plat deploy -f FILES, or plat deploy for a plat.yaml"),
    (&["install", "upgrade"], "helm template … | plat deploy -f - --set NAME"),
    (&["up", "push", "ship", "release", "launch"], "plat deploy"),
    (&["uninstall", "destroy", "remove", "rm", "down"], "plat delete NAME"),
    (&["undo"], "plat rollback"),
    (&["scale"], "change `replicas` in plat.yaml (or the manifest), then: plat deploy"),
    (&["port-forward", "forward", "proxy"], "plat open"),
    (&["template", "manifest"], "plat render"),
    (
        &["exec", "edit", "cp", "attach", "patch", "label", "annotate", "cordon", "drain"],
        "kubectl does that; what it changed: plat diff",
    ),
    (&["version"], "plat --version"),
];

/// Arguments of other tools' commands: the command here, the argument, what to type.
pub(crate) const ARGUMENTS: [(&str, &str, &str); 17] = [
    ("deploy", "--timeout", "how long it may take: --deadline DURATION"),
    ("deploy", "--wait", "it always waits until all is ready: leave it out"),
    ("deploy", "--atomic", "a service or set that fails is rolled back anyway: leave it out"),
    ("deploy", "--prune", "what leaves a set is pruned: --set NAME"),
    ("deploy", "--force", "to take over fields of others: --take all"),
    ("deploy", "--values", "helm template --values FILE … | plat deploy -f -"),
    ("deploy", "--dry-run", "it takes no value: the API server is always asked"),
    ("deploy", "--install", "the first deploy is like any other: leave it out"),
    ("status", "--all", "all workloads of a namespace: plat why -n NAMESPACE"),
    ("status", "-A", "all workloads of a namespace: plat why -n NAMESPACE"),
    ("status", "--all-namespaces", "all workloads of a namespace: plat why -n NAMESPACE"),
    ("logs", "-p", "of the container before: --previous"),
    ("history", "--revision", "to go back to it: plat rollback NAME --to REVISION"),
    ("delete", "-f", "a service or set by its name: plat delete NAME; what has none: kubectl delete -f FILES"),
    ("delete", "--filename", "a service or set by its name: plat delete NAME; what has none: kubectl delete -f FILES"),
    ("diff", "--server-side", "it always is: leave it out"),
    ("deploy", "--server-side", "it always is: leave it out"),
];

/// The same of any command.
const OF_ALL: [(&str, &str); 2] = [
    (
        "--kubeconfig",
        "the variable KUBECONFIG names the file: KUBECONFIG=FILE plat …; one of its contexts: --context NAME",
    ),
    ("--kube-context", "a context of the kubeconfig: --context NAME"),
];

/// The same error, with what to type instead of what another tool has.
#[must_use]
pub fn answer(mut error: clap::Error, command: &Command, typed: &[String]) -> clap::Error {
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => context(&error, ContextKind::InvalidSubcommand)
            .and_then(|word| of_command(&word, after(typed, &word)).map(str::to_owned)),
        ErrorKind::UnknownArgument | ErrorKind::TooManyValues => {
            context(&error, ContextKind::InvalidArg).and_then(|argument| of_argument(typed, &argument))
        }
        _ => None,
    };
    if let Some(tip) = tip {
        for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg] {
            error.remove(kind);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    } else if error.kind() == ErrorKind::UnknownArgument && typed.first().is_none_or(|command| command != "time") {
        // clap would have it be the name of a file or a service: `-- --kubeconfig`.
        error.remove(ContextKind::Suggested);
    }
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::ValidSubcommand] {
        without_hidden(&mut error, command, kind);
    }
    error
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

fn after<'t>(typed: &'t [String], word: &str) -> Option<&'t str> {
    let at = typed.iter().position(|typed| typed == word)?;
    typed.get(at + 1).map(String::as_str)
}

fn of_command(command: &str, next: Option<&str>) -> Option<&'static str> {
    let whole = next.map(|next| format!("{command} {next}"));
    let find = |word: &str| COMMANDS.iter().find(|(words, _)| words.contains(&word)).map(|(_, tip)| *tip);
    whole.as_deref().and_then(find).or_else(|| find(command))
}

/// `argument`: as it was typed, or as the usage has it (`--dry-run <…>`).
fn of_argument(typed: &[String], argument: &str) -> Option<String> {
    let command = typed.iter().find(|word| !word.starts_with('-'))?;
    let name = argument.split([' ', '=']).next().unwrap_or_default();
    let known = ARGUMENTS.iter().find(|(of, flag, _)| of == command && *flag == name);
    if let Some((.., tip)) = known {
        return Some((*tip).to_owned());
    }
    if let Some((_, tip)) = OF_ALL.iter().find(|(flag, _)| *flag == name) {
        return Some((*tip).to_owned());
    }
    let is_plain = !argument.starts_with('-');
    match command.as_str() {
        "deploy" | "diff" | "render" if is_plain => {
            Some(format!("manifests are given with -f: plat {command} -f {argument}"))
        }
        "time" if is_plain => Some(format!("the command comes after `--`: plat time -- {argument} …")),
        _ => None,
    }
}

/// A command that plat starts itself is nobody's to type.
fn without_hidden(error: &mut clap::Error, command: &Command, kind: ContextKind) {
    let Some(ContextValue::Strings(names)) = error.remove(kind) else { return };
    let is_shown = |name: &String| command.find_subcommand(name).is_none_or(|command| !command.is_hide_set());
    let shown: Vec<String> = names.into_iter().filter(is_shown).collect();
    if !shown.is_empty() {
        error.insert(kind, ContextValue::Strings(shown));
    }
}
