//! `plat try`: the whole product in a minute, on a real Kubernetes: new, deploy, the same by raw kubectl in
//! interleaved rounds, the comparison read back from the telemetry endpoint, and whom to ask.

mod endpoint;
mod folder;
mod rounds;
mod sample;
mod testbed;
mod tools;

use std::time::{Duration, Instant};

use crate::error::{Exit, Result};
use crate::report::ENOUGH;
use crate::settings::Settings;
use crate::text::seconds;
use crate::ui::Ui;

use folder::{SERVICE, TryFolder};
use rounds::Comparison;
use testbed::{Existing, Testbed};
use tools::Tool;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Use this kubeconfig context instead of a sandbox
    #[arg(long, value_name = "NAME", requires = "registry")]
    pub context: Option<String>,
    /// Push images here; the cluster of `--context` must be able to pull from it
    #[arg(long, value_name = "HOST", requires = "context")]
    pub registry: Option<String>,
    /// Rounds of the comparison; fewer than fifteen are too few for a headline
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub rounds: u32,
    /// Remove everything that `plat try` made: sandbox, endpoint, folder
    #[arg(long, conflicts_with_all = ["context", "registry", "rounds"])]
    pub down: bool,
}

/// # Errors
/// When a step fails; what was made stays for a look, and `plat try --down` removes it.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    if args.down {
        return down(ui, settings).await;
    }
    let started = Instant::now();
    retire_earlier(ui, settings).await?;
    let existing = if let (Some(context), Some(registry)) = (&args.context, &args.registry) {
        Some(Existing::find(context, registry).await?)
    } else {
        Testbed::check_sandbox(settings).await?;
        None
    };
    let (existing, cluster) = existing.unzip();
    let folder = TryFolder::create(settings, args.rounds, cluster)?;
    let address = endpoint::start(&folder, ui).await?;
    let plat = Tool::plat(&folder)?;
    plat.quiet(&["telemetry", "on", "--endpoint", &address], &folder.root).await?;

    heading(ui, "plat new: a service that builds, tests and deploys untouched");
    plat.show(&["new", SERVICE, "--template", "go-http", "--yes", "--set", "owner=@acme/hello"], &folder.root).await?;

    let testbed = if let Some(existing) = existing {
        Testbed::Existing(existing)
    } else {
        heading(ui, "A real Kubernetes on this machine, and the service built meanwhile");
        let (sandbox, ()) = tokio::try_join!(Testbed::start_sandbox(ui, settings), sample::build(&folder, ui))?;
        sandbox
    };
    let plat = plat.on(&testbed, &folder);
    heading(ui, "plat deploy: build, push, apply, watch until ready");
    plat.show(&["deploy", "--create-namespace", "--namespace", &folder.namespace("home")], &folder.project()).await?;

    heading(ui, "The same image and manifests by plat and by raw kubectl, in turn");
    Comparison::of_deployed(&plat, &plat.kubectl(&testbed), &folder).await?.run(args.rounds, ui).await?;
    heading(ui, "What the telemetry endpoint recorded");
    plat.quiet(&["telemetry", "flush"], &folder.root).await?;
    plat.show(&["report", "--from", "endpoint", "--group", &folder.group], &folder.root).await?;
    if (args.rounds as usize) < ENOUGH {
        ui.note(&format!(
            "So few rounds show nothing certain. For a headline: plat try --rounds {ENOUGH}, a few minutes"
        ));
    }
    ui.note("These are the rounds alone; the dashboard counts the deploy before them too.");

    heading(ui, "plat whoowns: whom to ask");
    plat.show(&["whoowns", SERVICE, "--namespace", &folder.namespace("home")], &folder.project()).await?;

    for line in next_steps(&testbed, &folder, &address, started.elapsed()) {
        ui.data(&line);
    }
    Ok(Exit::Done)
}

/// What an interruption leaves, and how to continue.
#[must_use]
pub fn left_behind() -> String {
    "`plat try` starts over; `plat try --down` removes whatever was made so far".to_owned()
}

async fn down(ui: &Ui, settings: &Settings) -> Result<Exit> {
    let folder = TryFolder::find(settings)?;
    if let Some(folder) = &folder {
        testbed::remove_namespaces(folder, ui).await;
        folder.remove(settings)?;
    }
    let sandbox = testbed::remove_sandbox(ui).await?;
    ui.data(match (folder.is_some(), sandbox) {
        (false, false) => "nothing to remove: plat try made nothing here",
        _ => "removed: sandbox, endpoint, folder",
    });
    Ok(Exit::Done)
}

/// A second `plat try` starts afresh, but keeps the warm sandbox and the first one's service: someone may have
/// worked on it.
async fn retire_earlier(ui: &Ui, settings: &Settings) -> Result<()> {
    if let Some(earlier) = TryFolder::find(settings)? {
        testbed::remove_namespaces(&earlier, ui).await;
        earlier.retire(settings)?;
        ui.note(&format!("the service of the last try stays in {}", earlier.project().display()));
    }
    Ok(())
}

fn heading(ui: &Ui, text: &str) {
    ui.note(&format!("\n{}", ui.paint(&console::Style::new().bold(), text)));
}

fn next_steps(testbed: &Testbed, folder: &TryFolder, address: &str, took: Duration) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("All of it took {}. Look around:", seconds(took)),
        format!("  dashboard   {address}/"),
        format!("  service     cd {}", folder.project().display()),
    ];
    lines
        .extend(testbed.environment(folder).iter().map(|(name, value)| format!("              export {name}={value}")));
    lines.extend([
        format!("              plat status -n {}", folder.namespace("home")),
        format!(
            "  change it   edit main.go, then: plat deploy -n {} (the folder goes with try --down)",
            folder.namespace("home")
        ),
        "  your own    plat new NAME; or, for what you have: plat time -- kubectl apply -f …".to_owned(),
        "  remove all  plat try --down".to_owned(),
    ]);
    lines
}
