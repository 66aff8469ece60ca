//! Tests against a real Kubernetes: they start (and share) a sandbox, and take a namespace each.
//! `harness` runs them and says how to choose some of them.

use std::process::ExitCode;

mod adopt;
mod applyset;
#[cfg(target_os = "linux")]
mod bake;
mod before;
#[cfg(target_os = "linux")]
mod builders;
mod conflicts;
mod delete;
mod deploy;
mod diff;
mod edit_role;
mod ending;
mod escapes;
mod evidence;
mod failures;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod fence;
mod files;
mod follow;
mod gateway;
mod harness;
#[cfg(target_os = "linux")]
mod helm;
mod history;
mod identity;
#[cfg(target_os = "linux")]
mod init_from;
mod large;
#[cfg(target_os = "linux")]
mod linted;
mod lock;
mod logs;
#[cfg(target_os = "linux")]
mod lookout;
mod new;
mod open;
mod refusals;
mod render;
mod restart;
mod resume;
mod rollback;
mod room;
#[cfg(target_os = "linux")]
mod sandbox;
mod served;
mod sets;
mod spec;
mod support;
mod takeover;
#[cfg(target_os = "linux")]
mod templates;
#[cfg(unix)]
#[path = "../terminal/mod.rs"]
mod terminal;
mod time;
mod together;
#[cfg(target_os = "linux")]
mod traffic;
mod r#try;
mod whoowns;

fn main() -> ExitCode {
    failures::admission::serve_if_asked();
    let modules = [
        adopt::tests(),
        applyset::tests(),
        #[cfg(target_os = "linux")]
        bake::tests(),
        before::tests(),
        #[cfg(target_os = "linux")]
        builders::tests(),
        conflicts::tests(),
        delete::tests(),
        deploy::tests(),
        diff::tests(),
        edit_role::tests(),
        ending::tests(),
        escapes::tests(),
        evidence::tests(),
        failures::tests(),
        #[cfg(target_os = "linux")]
        faults::tests(),
        #[cfg(target_os = "linux")]
        fence::tests(),
        files::tests(),
        follow::tests(),
        gateway::tests(),
        #[cfg(target_os = "linux")]
        helm::tests(),
        history::tests(),
        identity::tests(),
        #[cfg(target_os = "linux")]
        init_from::tests(),
        large::tests(),
        #[cfg(target_os = "linux")]
        linted::tests(),
        lock::tests(),
        logs::tests(),
        #[cfg(target_os = "linux")]
        lookout::tests(),
        new::tests(),
        open::tests(),
        refusals::tests(),
        render::tests(),
        restart::tests(),
        resume::tests(),
        rollback::tests(),
        room::tests(),
        #[cfg(target_os = "linux")]
        sandbox::tests(),
        served::tests(),
        sets::tests(),
        spec::tests(),
        takeover::tests(),
        #[cfg(target_os = "linux")]
        templates::tests(),
        together::tests(),
        time::tests(),
        #[cfg(target_os = "linux")]
        traffic::tests(),
        r#try::tests(),
        whoowns::tests(),
    ];
    let code = harness::run(modules.into_iter().flatten().collect());
    #[cfg(target_os = "linux")]
    faults::place::down();
    code
}
