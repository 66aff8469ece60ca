//! The test runner of this binary: libtest's arguments and output (libtest-mimic), and what libtest does not have:
//! groups with a limit of their own, "ignored" for a machine that cannot run a node, a second try for injected faults.
//!
//! ```text
//! cargo test --test cluster                       all tests, but those of a group that runs on demand
//! cargo test --test cluster -- NAME               those whose name contains NAME; also --exact, --skip, --list
//! cargo test --test cluster -- --ignored large    a group that runs on demand
//! cargo test --test cluster -- --test-threads 4   how many run at once
//! PLAT_TEST_TIMES=FILE cargo test --test cluster  writes the seconds of each test to FILE, the slowest first
//! ```

mod gate;
mod group;
mod report;

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use gate::Gate;
pub use group::{BUILDS, FAULTS, Group, LARGE, LOCAL, SANDBOXES, SHARED};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use report::Report;

/// How many run at once unless `--test-threads` says otherwise. Nearly all of a test is waiting for the cluster.
const AT_ONCE: usize = 10;

/// A test, registered by [`tests!`].
pub struct Test {
    name: String,
    group: &'static Group,
    run: Box<dyn Fn() + Send + Sync>,
}

impl Test {
    /// `path` is the path of the function, with the name of this crate.
    pub fn new(group: &'static Group, path: &str, run: impl Fn() + Send + Sync + 'static) -> Self {
        let name = path.split_once("::").map_or(path, |(_, name)| name).replace("r#", "");
        Self { name, group, run: Box::new(run) }
    }
}

/// Registers the tests of a module. A test that is left out is dead code, which fails the build in CI.
///
/// ```text
/// tests![SHARED: the_first_deploy_creates, the_second_changes_nothing; LOCAL: a_third];
/// ```
macro_rules! tests {
    ($($group:ident: $($(#[$condition:meta])* $test:ident),+ $(,)?);+ $(;)?) => {
        pub fn tests() -> Vec<$crate::harness::Test> {
            vec![$($(
                $(#[$condition])*
                $crate::harness::Test::new(
                    &$crate::harness::$group,
                    concat!(module_path!(), "::", stringify!($test)),
                    $test,
                )
            ),+),+]
        }
    };
}
pub(crate) use tests;

/// This machine cannot run the test, for this reason: the test ends as ignored.
pub fn ignore(reason: &str) -> ! {
    panic::panic_any(CannotRun(reason.to_owned()))
}

struct CannotRun(String);

thread_local! {
    /// Message and place of the panic of the test that runs in this thread; None where no test runs.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs the tests that the arguments select.
pub fn run(mut tests: Vec<Test>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A group that runs one at a time takes longest: it begins first.
    tests.sort_by_key(|test| test.group.at_once);
    let at_once = arguments.test_threads.unwrap_or(AT_ONCE);
    let gate = Arc::new(Gate::new(at_once));
    let report = Arc::new(Report::default());
    let trials: Vec<Trial> = tests
        .into_iter()
        .enumerate()
        .map(|(turn, test)| trial(turn, Arc::new(test), Arc::clone(&gate), Arc::clone(&report)))
        .collect();
    let mut names: Vec<&str> = trials.iter().map(Trial::name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two tests have the same name: {names:?}");
    for (turn, trial) in trials.iter().enumerate() {
        if !arguments.is_filtered_out(trial) && !arguments.is_ignored(trial) {
            gate.expect(turn);
        }
    }
    if at_once > 1 {
        // Each test has a thread, which waits at the gate: a test whose group is full takes nobody's place.
        arguments.test_threads = Some(trials.len().max(2));
    }
    panic::set_hook(Box::new(note_panic));
    let conclusion = libtest_mimic::run(&arguments, trials);
    report.end();
    conclusion.exit_code()
}

fn trial(turn: usize, test: Arc<Test>, gate: Arc<Gate>, report: Arc<Report>) -> Trial {
    let (name, group) = (test.name.clone(), test.group);
    let run = move || {
        let _pass = gate.enter(turn, test.group);
        let started = Instant::now();
        let mut outcome = attempt(&test);
        for _ in 1..test.group.tries {
            let Err(first) = &outcome else { break };
            let first = first.message().unwrap_or_default().to_owned();
            outcome = attempt(&test);
            if outcome.is_ok() {
                report.passed_on_another_try(&test.name, &first);
            }
        }
        report.took(&test.name, started.elapsed());
        outcome
    };
    Trial::ignorable_test(name, run).with_kind(group.name).with_ignored_flag(group.on_demand)
}

fn attempt(test: &Test) -> Result<Completion, Failed> {
    PANIC.set(Some(String::new()));
    let ended = panic::catch_unwind(AssertUnwindSafe(|| (test.run)()));
    let message = PANIC.take().unwrap_or_default();
    match ended {
        Ok(()) => Ok(Completion::Completed),
        Err(payload) => match payload.downcast::<CannotRun>() {
            Ok(reason) => Ok(Completion::ignored_with(reason.0)),
            Err(_) => Err(message.into()),
        },
    }
}

/// Keeps what a test panicked with for the list of failures; threads that a test started write to stderr.
fn note_panic(panic: &PanicHookInfo<'_>) {
    if panic.payload().is::<CannotRun>() {
        return;
    }
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = format!("{place}: {}", text(panic.payload()));
    let kept = PANIC.with_borrow_mut(|kept| {
        // The first one is the cause: another may come while the values of the test are dropped.
        kept.as_mut().map(|kept| {
            if kept.is_empty() {
                kept.clone_from(&message);
            }
        })
    });
    if kept.is_none() {
        report::line(&mut std::io::stderr(), &message);
    }
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
}
