//! What the shell asks at each TAB: the names that could follow. A completion is quiet and quick, or it is nothing: what would
//! ask a person, print or hang is cut off.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::runtime::runtime;
use crate::bundle::Store;
use crate::cluster::connect::{self, Cluster, ClusterArgs};
use crate::cluster::inspect::names;
use crate::cluster::records::revisions;
use crate::event::{Event, Events, Reporter};
use crate::project::{Project, ProjectArgs};
use crate::revision::rows;
use crate::settings::Settings;
use crate::text::foreign_line;

/// Set by the script of the shell, to the shell's name.
const ASKED: &str = "PLAT_COMPLETE";
/// How long a person waits for a TAB.
const PATIENCE: Duration = Duration::from_secs(1);

/// Answers the shell where it is the shell that asks; false where a person does.
#[must_use]
pub fn answered(root: fn() -> clap::Command) -> bool {
    if std::env::var_os(ASKED).is_none() {
        return false;
    }
    silence();
    let here = std::env::current_dir().ok();
    // A shell that nobody knows gets no names: an error would land in the line that is being typed.
    let knowing = || with_names(root());
    CompleteEnv::with_factory(knowing).var(ASKED).try_complete(std::env::args_os(), here.as_deref()).unwrap_or(true)
}

/// The script that makes a shell ask; none for a shell that cannot.
#[must_use]
pub fn script(shell: &str) -> Option<String> {
    let shells = Shells::builtins();
    let mut script = Vec::new();
    shells.completer(shell)?.write_registration(ASKED, "plat", "plat", "plat", &mut script).ok()?;
    String::from_utf8(script).ok()
}

/// Nothing that is called may ask or print: the terminal belongs to the line that is being typed.
fn silence() {
    #[cfg(unix)]
    if let Ok(null) = std::fs::File::options().read(true).write(true).open("/dev/null") {
        // Where they cannot be closed, a login program may be seen.
        let _ = (nix::unistd::dup2_stdin(&null), nix::unistd::dup2_stderr(&null));
    }
}

type Names = fn(&Words, &str) -> Vec<CompletionCandidate>;

/// What each argument could be, by its name in the `Args` of every command.
const NAMES: [(&str, Names); 9] = [
    ("environment", |words, _| plain(ask(environments(words)))),
    ("context", |_, _| plain(ask(connect::contexts()))),
    ("namespace", |words, _| plain(with_cluster(words, async |cluster, _| names::namespaces(cluster).await))),
    ("target", targets),
    ("service", targets),
    ("key", targets),
    ("to", of_revisions),
    ("revision", of_revisions),
    ("asked", |_, _| evidence()),
];

fn with_names(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        let known = NAMES.iter().find(|(id, _)| arg.get_id() == id);
        match known {
            Some((_, names)) => arg.add(ArgValueCompleter::new(|typed: &OsStr| matching(*names, typed))),
            None => arg,
        }
    });
    command.mut_subcommands(with_names)
}

fn matching(names: Names, typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let names = names(&Words::typed(), typed);
    names.into_iter().filter(|name| name.get_value().to_string_lossy().starts_with(typed)).collect()
}

fn targets(words: &Words, typed: &str) -> Vec<CompletionCandidate> {
    plain(with_cluster(words, async |cluster, _| names::targets(cluster, typed).await))
}

fn of_revisions(words: &Words, _: &str) -> Vec<CompletionCandidate> {
    let named = words.named.clone();
    let lines = with_cluster(words, async |cluster, project| {
        let Some(name) = named.or(project.map(|project| project.spec.name)) else { return Vec::new() };
        let heads = revisions::heads(cluster, &name).await.unwrap_or_default();
        let line = |row: &crate::revision::Row| {
            let who = row.head.who.as_deref().map(|who| format!(" by {}", foreign_line(who, 60))).unwrap_or_default();
            (row.head.number.to_string(), format!("{}{who}", row.outcome.word()))
        };
        rows(&heads).iter().map(line).collect()
    });
    let candidates = lines.into_iter().enumerate();
    // The newest first, as `plat history` has them.
    candidates
        .map(|(at, (number, said))| CompletionCandidate::new(number).help(Some(said.into())).display_order(Some(at)))
        .collect()
}

fn evidence() -> Vec<CompletionCandidate> {
    let Ok(settings) = Settings::load() else { return Vec::new() };
    let kept = Store::of(&settings).list();
    let run = |kept: &crate::bundle::Kept| {
        let service = foreign_line(&kept.summary.service, 60);
        CompletionCandidate::new(&kept.summary.run).help(Some(service.into()))
    };
    kept.iter().map(run).collect()
}

fn plain(names: Vec<String>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}

async fn environments(words: &Words) -> Vec<String> {
    let args = ProjectArgs { environment: None, file: words.file.clone() };
    let project = Project::read(&args).await;
    project.map(|project| project.spec.environments.into_keys().collect()).unwrap_or_default()
}

/// Asks the cluster that the words so far choose.
fn with_cluster<T>(words: &Words, names: impl AsyncFnOnce(&Cluster, Option<Project>) -> Vec<T>) -> Vec<T> {
    ask(async {
        let args = ProjectArgs { environment: words.environment.clone(), file: words.file.clone() };
        let project = Project::read(&args).await.ok();
        let place = project.as_ref().and_then(Project::place);
        match connect::connect(&words.cluster, place, Events::to(Nobody)).await {
            Ok(cluster) => names(&cluster, project).await,
            Err(_) => Vec::new(),
        }
    })
}

/// The answer, or none where it takes too long.
fn ask<T>(question: impl Future<Output = Vec<T>>) -> Vec<T> {
    let Ok(runtime) = runtime() else { return Vec::new() };
    let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, question).await });
    runtime.shutdown_background();
    answer.unwrap_or_default()
}

/// Nobody reads what an operation tells here.
struct Nobody;

impl Reporter for Nobody {
    fn report(&self, _: &Event) {}
}

/// What was typed so far and decides where a name is looked for.
#[derive(Debug, Default)]
struct Words {
    cluster: ClusterArgs,
    environment: Option<String>,
    file: Option<PathBuf>,
    /// The word behind the command, where it is no option.
    named: Option<String>,
}

impl Words {
    /// Those of the line that is being typed: the shell hands it over behind `--`.
    fn typed() -> Self {
        let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        Self::of(words.skip_while(|word| word != "--").skip(3))
    }

    fn of(words: impl IntoIterator<Item = String>) -> Self {
        let mut found = Self::default();
        let mut words = words.into_iter().peekable();
        found.named = words.peek().filter(|word| !word.starts_with('-')).cloned();
        while let Some(word) = words.next() {
            let (name, mut value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let mut value = || value.take().or_else(|| words.next());
            match name {
                "--context" => found.cluster.context = value(),
                "-n" | "--namespace" => found.cluster.namespace = value(),
                "--env" => found.environment = value(),
                "--file" => found.file = value().map(PathBuf::from),
                _ => {}
            }
        }
        // An option that is being typed has no value yet.
        let is_there = |text: &String| !text.is_empty();
        found.cluster.context = found.cluster.context.filter(is_there);
        found.cluster.namespace = found.cluster.namespace.filter(is_there);
        found.environment = found.environment.filter(is_there);
        found.named = found.named.filter(is_there);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&["shop", "--to", ""], Some("shop"), None, None)]
    #[case(&["-n", "web", "--env=prod", ""], None, Some("web"), Some("prod"))]
    #[case(&["--namespace", ""], None, None, None)]
    #[case(&["-o", "json", "--env", ""], None, None, None)]
    fn the_words_so_far_choose_the_place(
        #[case] words: &[&str],
        #[case] named: Option<&str>,
        #[case] namespace: Option<&str>,
        #[case] environment: Option<&str>,
    ) {
        let found = Words::of(words.iter().map(|&word| word.to_owned()));
        let seen = (found.named.as_deref(), found.cluster.namespace.as_deref(), found.environment.as_deref());
        assert_eq!(seen, (named, namespace, environment));
    }

    #[test]
    fn each_name_belongs_to_an_argument() {
        use clap::Subcommand;
        fn ids(command: &clap::Command, found: &mut Vec<String>) {
            found.extend(command.get_arguments().map(|arg| arg.get_id().to_string()));
            command.get_subcommands().for_each(|command| ids(command, found));
        }
        let mut found = Vec::new();
        ids(&super::super::Command::augment_subcommands(clap::Command::new("plat")), &mut found);
        for (id, _) in NAMES {
            assert!(found.iter().any(|known| known == id), "no argument is called {id}");
        }
    }
}
