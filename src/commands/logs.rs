//! `plat logs`: the logs of all replicas.

use std::time::Duration;

use console::Style;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::target::{self, TargetArgs};
use crate::cluster::inspect::{self, Meant, Target};
use crate::cluster::logs::{Instance, Line, Part, Since, Told, tail};
use crate::error::{Exit, Result};
use crate::text::{self, Colors};
use crate::ui::Ui;

/// Prints what all replicas wrote, each line with its pod: of a service, of all workloads of a set, or of one object.
///
/// The lines are your own program's: nothing in them is masked, and what could drive the terminal is escaped.
#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// All pods with these labels, such as app=shop
    #[arg(short = 'l', long, value_name = "LABELS", conflicts_with = "target")]
    selector: Option<String>,
    /// Go on printing what they write, through restarts, new replicas and lost connections
    #[arg(short, long)]
    pub(super) follow: bool,
    /// Lines from the end of each log; "all" for everything [default: 200, with --since all]
    #[arg(long, value_name = "LINES", value_parser = lines)]
    tail: Option<Lines>,
    /// Only what was written since: 10m, 2h, or a moment such as 2026-11-23T10:00:00Z
    #[arg(long, value_name = "DURATION|TIME", value_parser = since)]
    since: Option<Since>,
    /// The instance before the present one, such as the one that crashed
    #[arg(long, conflicts_with = "follow")]
    previous: bool,
    /// Only this container of each pod; init containers and sidecars count
    #[arg(short, long, value_name = "NAME")]
    container: Option<String>,
}

#[derive(Debug, Clone, Copy)]
struct Lines(Option<i64>);

/// Without --since.
const LINES: i64 = 200;

/// # Errors
/// No such service or object, no cluster, no permission.
pub async fn run(args: Args, ui: &Ui) -> Result<Exit> {
    let (target, cluster) = match &args.selector {
        Some(labels) => (Target::labelled(labels), args.target.place.connect(ui.events()).await?),
        None => args.target.reach(ui.events()).await?,
    };
    let targets = match inspect::meant(&cluster, target).await? {
        Meant::One(target) => vec![target],
        Meant::Set(members) => members.into_iter().filter(Target::is_workload).collect(),
    };
    let part = Part {
        lines: args.tail.map_or(args.since.is_none().then_some(LINES), |lines| lines.0),
        since: args.since,
        previous: args.previous,
        container: args.container.clone(),
    };
    let printer = Printer { ui, main: targets.iter().map(|target| target.name.clone()).collect() };
    if args.follow {
        tail::follow(&cluster, &targets, part, |told| printer.tell(&told)).await?;
    } else {
        tail::read(&cluster, &targets, part, |told| printer.tell(&told)).await?;
    }
    Ok(Exit::Done)
}

struct Printer<'a> {
    ui: &'a Ui,
    /// The containers that need not be named: those with the name of what was asked for.
    main: Vec<String>,
}

impl Printer<'_> {
    /// Prints it; false when nobody reads any more.
    fn tell(&self, told: &Told) -> bool {
        match told {
            Told::Line(line) => self.line(line),
            Told::New(of) => self.ui.note(&format!("+ {} started", self.name(of))),
            Told::Ended { of, exit_code } => self.ui.note(&format!("- {} ended with code {exit_code}", self.name(of))),
            Told::NoLog(of) => self.ui.warn(&format!("{}: its log is not on the node any more", self.name(of))),
            Told::Lost(of) => {
                self.ui.note(&format!("! {}: the connection was lost; trying again, no line is lost", self.name(of)));
            }
            Told::NoPods => self.ui.note("no pods yet: waiting for the first"),
            Told::TooMany => {
                self.ui.warn("there are more logs than are followed at once; choose with --container or KIND/NAME");
            }
        }
        !self.ui.is_unread()
    }

    fn line(&self, line: &Line) {
        let Line { pod, container, at, .. } = line;
        let plain = text::log_line(&line.text, Colors::Escaped);
        self.ui.print(&json!({ "pod": pod, "container": container, "time": at, "line": plain }), || {
            let label = self.label(pod, container);
            let label = self.ui.paint_data(&color(pod), &format!("{label} |"));
            format!("{label} {}", text::log_line(&line.text, self.ui.data_colors()))
        });
    }

    fn name(&self, of: &Instance) -> String {
        self.label(&of.pod, &of.container)
    }

    fn label(&self, pod: &str, container: &String) -> String {
        if self.main.contains(container) { pod.to_owned() } else { format!("{pod} {container}") }
    }
}

/// A pod keeps its colour from run to run.
fn color(pod: &str) -> Style {
    // FNV-1a: small, and the same on every machine.
    let hash = pod.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let style = Style::new();
    match (hash >> 8) % 6 {
        0 => style.cyan(),
        1 => style.green(),
        2 => style.yellow(),
        3 => style.blue(),
        4 => style.magenta(),
        _ => style.cyan().bright(),
    }
}

fn since(text: &str) -> std::result::Result<Since, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Since::Moment(at));
    }
    let duration = text.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    duration.map(Since::Ago).ok_or_else(|| "is neither a duration (90s, 10m, 2h) nor a moment (RFC 3339)".to_owned())
}

fn lines(text: &str) -> std::result::Result<Lines, String> {
    match text.parse::<u32>() {
        _ if text == "all" => Ok(Lines(None)),
        Ok(lines) => Ok(Lines(Some(i64::from(lines)))),
        Err(_) => Err("is neither a number of lines nor \"all\"".to_owned()),
    }
}
