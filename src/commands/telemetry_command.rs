//! `plat telemetry on|local|off|status|show|flush`: see and choose where run timings go.

use std::time::Duration;

use clap::Subcommand;
use serde_json::json;
use url::Url;

use crate::error::{Error, Exit, Result};
use crate::settings::{Settings, TelemetryMode};
use crate::telemetry::spool::{self, Spool};
use crate::telemetry::{Run, consent, event, folder, history::History, identity, sender};
use crate::text::foreign_line;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

impl Args {
    /// Whether a finished run started it.
    #[must_use]
    pub fn is_detached(&self) -> bool {
        matches!(self.action, Action::Flush { detached: true, .. })
    }
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Record runs and send them to an endpoint of your choice
    On {
        /// Base URL of a `plat serve`, such as `http://127.0.0.1:7070`; kept in your settings
        #[arg(long, value_name = "URL")]
        endpoint: Option<String>,
    },
    /// Record runs on this machine only (the default)
    Local,
    /// Record nothing
    Off,
    /// Say what is in force, who decided it, and what waits
    Status,
    /// Print what was recorded; with --output json exactly as it is sent
    Show {
        /// How many runs, newest last
        #[arg(long, value_name = "N", default_value_t = 10)]
        last: usize,
    },
    /// Send what waits and say what remains; for CI, whose machine is gone in a moment
    Flush {
        /// How many seconds to try
        #[arg(long, value_name = "SECONDS", default_value_t = 30)]
        timeout: u64,
        /// Send without a word: what a finished run starts
        #[arg(long, hide = true)]
        detached: bool,
    },
}

/// # Errors
/// When the settings or the state folder cannot be written, or `flush` leaves runs unsent.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    match args.action {
        Action::On { endpoint } => on(endpoint, ui, settings),
        Action::Local => stop_sending(TelemetryMode::Local, ui, settings),
        Action::Off => stop_sending(TelemetryMode::Off, ui, settings),
        Action::Status => status(ui, settings),
        Action::Show { last } => {
            show(last, ui, settings);
            Ok(Exit::Done)
        }
        Action::Flush { detached: true, .. } => {
            sender::flush(settings, sender::DETACHED_LIMIT, false).await?;
            Ok(Exit::Done)
        }
        Action::Flush { timeout, .. } => flush(Duration::from_secs(timeout), ui, settings).await,
    }
}

fn on(endpoint: Option<String>, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let Some(url) = endpoint.as_ref().or(settings.file.telemetry.endpoint.as_ref()) else {
        return Err(Error::user("there is no endpoint to send to")
            .hint("name one: `plat telemetry on --endpoint http://127.0.0.1:7070`")
            .hint("start one on this machine: `plat serve`"));
    };
    let url = consent::parse(url)?;
    settings.save_telemetry(|telemetry| {
        telemetry.mode = Some(TelemetryMode::On);
        telemetry.endpoint = endpoint.or(telemetry.endpoint.take());
    })?;
    if url.scheme() == "http" && !consent::is_loopback(&url) {
        ui.warn("the endpoint is not on this machine and not https: who is on the way can read and change the runs");
    }
    ui.note(&format!(
        "Runs are recorded and sent to {url}: command, timing, outcome, service, namespace and tool, under a random pseudonym."
    ));
    ui.note("Never sent: arguments, environment variables, file contents, user or host names.");
    warn_if_overruled(TelemetryMode::On, ui)?;
    consent::remember_notice(settings, &url).map_err(|e| unwritable(settings, e))?;
    forget(Some(&url), "waiting for another endpoint", ui, settings)?;
    Ok(Exit::Done)
}

fn stop_sending(mode: TelemetryMode, ui: &Ui, settings: &Settings) -> Result<Exit> {
    settings.save_telemetry(|telemetry| telemetry.mode = Some(mode))?;
    ui.note(match mode {
        TelemetryMode::Off => "Runs are no longer recorded.",
        _ => "Runs are recorded on this machine only.",
    });
    forget(None, "recorded but unsent", ui, settings)?;
    warn_if_overruled(mode, ui)?;
    Ok(Exit::Done)
}

/// What nobody agrees to any more is not sent.
fn forget(but_for: Option<&Url>, which: &str, ui: &Ui, settings: &Settings) -> Result<()> {
    let forgotten = spool::forget(&folder::path(settings), but_for).map_err(|e| unwritable(settings, e))?;
    if forgotten > 0 {
        ui.note(&format!("{forgotten} {which} will not be sent."));
    }
    Ok(())
}

/// Runs that wait for the endpoint in force.
fn waiting(settings: &Settings) -> usize {
    let endpoint = consent::endpoint(settings).ok().flatten();
    endpoint.map_or(0, |endpoint| Spool::of(&folder::path(settings), &endpoint).waiting().len())
}

/// A choice in the settings file does nothing while the environment says otherwise.
fn warn_if_overruled(chosen: TelemetryMode, ui: &Ui) -> Result<()> {
    let now = Settings::load()?;
    if now.file.telemetry.effective_mode() != chosen {
        ui.warn(&format!(
            "here {} still decides: telemetry is {}",
            consent::decided_by(&now),
            word(now.file.telemetry.effective_mode())
        ));
    }
    Ok(())
}

fn status(ui: &Ui, settings: &Settings) -> Result<Exit> {
    let dir = folder::path(settings);
    let mode = settings.file.telemetry.effective_mode();
    let endpoint = settings.file.telemetry.endpoint.as_deref().map(|text| foreign_line(text, 200));
    let pseudonym = identity::known(&dir).map(identity::source);
    let recorded = History::at(&dir).runs().len();
    let (waiting, refused) = (waiting(settings), spool::refused(&dir));
    let last = sender::last_attempt(&dir);
    let decided_by = consent::decided_by(settings);
    let json = json!({
        "mode": mode, "decided_by": decided_by, "endpoint": endpoint, "pseudonym": pseudonym,
        "recorded": recorded, "waiting": waiting, "refused": refused, "last_attempt": last, "folder": dir,
    });
    ui.print(&json, || {
        let mut lines = vec![
            format!("telemetry   {} ({decided_by})", word(mode)),
            format!("endpoint    {}", endpoint.as_deref().unwrap_or("none")),
            format!("pseudonym   {}", pseudonym.as_deref().unwrap_or("none yet: made by the first send")),
            format!("recorded    {recorded} in {}", dir.display()),
            format!("waiting     {waiting}"),
        ];
        if refused > 0 {
            lines.push(format!("refused     {refused} in {}", dir.join("refused").display()));
        }
        if let Some(last) = last {
            let result = last.problem.map_or_else(|| format!("sent {}", last.sent), |why| format!("failed: {why}"));
            lines.push(format!("last try    {:.0}  {result}", last.at));
        }
        lines.join("\n")
    });
    consent::endpoint(settings)?;
    Ok(Exit::Done)
}

fn show(last: usize, ui: &Ui, settings: &Settings) {
    let dir = folder::path(settings);
    let runs = History::at(&dir).runs();
    let newest = &runs[runs.len().saturating_sub(last)..];
    let source = identity::known(&dir).map_or_else(|| "urn:uuid:made-by-the-first-send".to_owned(), identity::source);
    if runs.is_empty() {
        return ui.note("Nothing was recorded on this machine yet.");
    }
    ui.print_all(newest.iter().flat_map(|run| event::of_run(run, &source)), |ui| {
        for run in newest {
            ui.data(&line(run));
        }
        ui.hint("`plat telemetry show --output json` prints the events exactly as they are sent");
    });
}

fn line(run: &Run) -> String {
    let facts = &run.facts;
    let reason = run.reason.as_ref().map(|reason| format!(": {}", foreign_line(reason, 60))).unwrap_or_default();
    format!(
        "{:.0}  {:7} {:8} {:24} {:8.0} ms  {}{reason}",
        run.started_at,
        foreign_line(&run.command, 20),
        foreign_line(&facts.arm, 20),
        foreign_line(facts.service.as_deref().unwrap_or("-"), 63),
        run.duration_ms,
        run.outcome.word(),
    )
}

async fn flush(limit: Duration, ui: &Ui, settings: &Settings) -> Result<Exit> {
    if consent::endpoint(settings)?.is_none() {
        let mode = word(settings.file.telemetry.effective_mode());
        ui.note(&format!("Nothing to send: telemetry is {mode} and no endpoint is in force."));
    }
    let attempt = sender::flush(settings, limit, true).await?;
    let waiting = waiting(settings);
    let attempt = attempt.unwrap_or_else(|| sender::Attempt {
        problem: Some("another sender was at work all the time".to_owned()),
        ..sender::Attempt::default()
    });
    let sender::Attempt { sent, refused, problem, .. } = &attempt;
    let json = json!({ "sent": sent, "refused": refused, "waiting": waiting, "problem": problem });
    ui.print(&json, || format!("{sent} sent, {refused} refused, {waiting} waiting"));
    if waiting == 0 {
        return Ok(Exit::Done);
    }
    let mut error = Error::user(format!("{waiting} of the recorded runs could not be sent"))
        .at(settings.file.telemetry.endpoint.as_deref().map(|text| foreign_line(text, 200)).unwrap_or_default())
        .hint("they are kept, and the next run sends them");
    if let Some(problem) = attempt.problem {
        error = error.detail(problem);
    }
    Err(error)
}

fn word(mode: TelemetryMode) -> &'static str {
    match mode {
        TelemetryMode::On => "on",
        TelemetryMode::Local => "local",
        TelemetryMode::Off => "off",
    }
}

fn unwritable(settings: &Settings, cause: std::io::Error) -> Error {
    Error::user("the telemetry folder cannot be written").at(folder::path(settings).display()).because(cause)
}
