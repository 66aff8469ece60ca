//! How this process talks.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use console::Style;
use serde::Serialize;

use super::options::{Color, Global, Output};
use super::{bars, ci, tree};
use crate::error::{Error, Result};
use crate::event::{Event, Line};
use crate::reason::Reason;
use crate::settings::is_ci;
use crate::text::{Colors, foreign_line, harmless, harmless_json, redact};

/// Lines of the terminal that a tree leaves to what was said before, its own head among them.
pub(super) const SPARE: usize = 3;

/// How this process talks: made once from the global flags and the environment.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about this process, each decided once")]
pub struct Ui {
    output: Output,
    verbose: u8,
    quiet: bool,
    color: bool,
    data_color: bool,
    /// Stdout is a terminal, which obeys what it is sent.
    data_terminal: bool,
    animated: bool,
    interactive: bool,
    pub(super) ci: Option<ci::Ci>,
    lost: Lost,
}

/// The first thing that kept data from being written; shared by all clones.
type Lost = Arc<OnceLock<io::Error>>;

impl Ui {
    /// Reads `NO_COLOR` (no-color.org), `CI` and whether stdin, stdout and stderr are terminals.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let terminal = std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let wants_color = |terminal: bool| match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        let color = wants_color(terminal);
        console::set_colors_enabled(color);
        console::set_colors_enabled_stderr(color);
        init_tracing(global.verbose);
        let text = matches!(global.output, Output::Text | Output::Wide);
        Self {
            output: global.output,
            verbose: global.verbose,
            quiet: global.quiet,
            color,
            data_color: text && wants_color(terminal && std::io::stdout().is_terminal()),
            data_terminal: std::io::stdout().is_terminal(),
            lost: Lost::default(),
            animated: terminal && text && !global.quiet && !is_ci(),
            interactive: terminal && text && std::io::stdin().is_terminal(),
            ci: ci::Ci::detect(|name| std::env::var(name).is_ok_and(|v| v == "true")).filter(|_| text && !terminal),
        }
    }

    /// Whether stdout carries values for programs: one JSON value a line, or YAML documents.
    #[must_use]
    pub fn is_data(&self) -> bool {
        matches!(self.output, Output::Json | Output::Yaml)
    }

    /// Whether tables are shown whole, wider than the terminal.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.output == Output::Wide
    }

    /// Whether a person sits there to answer a question.
    #[must_use]
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    #[must_use]
    pub fn verbose(&self) -> u8 {
        self.verbose
    }

    #[must_use]
    pub fn is_animated(&self) -> bool {
        self.animated
    }

    /// Prints a result to stdout, with a line break.
    pub fn data(&self, text: &str) {
        self.write_data(&harmless(text, self.data_colors()));
    }

    /// Prints what another program reads (a manifest): to a program as it is, to the last byte.
    fn document(&self, text: &str) {
        if self.data_terminal { self.data(text) } else { self.write_data(text) }
    }

    fn write_data(&self, text: &str) {
        if let Err(error) = bars::beside(|| writeln!(std::io::stdout().lock(), "{text}")) {
            // Only the first is of interest; the rest of the story is still told on stderr.
            let _ = self.lost.set(error);
        }
    }

    /// Whether nobody reads stdout any more: what only prints may end.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        self.lost.get().is_some()
    }

    /// Says when data was lost on its way out: a full disk, say. A reader that went away (`plat render | head -1`) is no
    /// error.
    ///
    /// # Errors
    /// When stdout could not be written.
    pub fn delivered(&self) -> Result<()> {
        match self.lost.get() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::user(format!("the output could not be written: {error}"))
                    .at("standard output")
                    .hint("is the disk full? What the command did is done; only its output is incomplete")
                    .reason(Reason::OutputLost))
            }
            _ => Ok(()),
        }
    }

    /// Prints the result of a command: as one JSON value on a line, or as text for people.
    pub fn print<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) {
        if self.is_data() {
            self.value(value);
        } else {
            self.data(&text());
        }
    }

    /// Prints a result again that has changed: on a terminal in the place of the one before, elsewhere below it. Returns the
    /// rows that it takes.
    #[must_use = "the next one takes the place of these rows"]
    pub fn print_again(&self, text: &str, rows_before: usize) -> usize {
        let text = harmless(text, self.data_colors());
        if self.data_terminal && rows_before > 0 {
            let term = console::Term::stdout();
            // What has scrolled away stays.
            let _ = term.clear_last_lines(rows_before.min(self.height()));
        }
        self.write_data(&text);
        let width = self.width().max(1);
        text.lines().map(|line| console::measure_text_width(line).div_ceil(width).max(1)).sum()
    }

    /// The same for what another program reads; as text it is YAML already.
    pub fn print_document<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) {
        if self.output == Output::Json {
            self.value(value);
        } else {
            self.document(&text());
        }
    }

    /// Prints the results of a command: each as one JSON value on a line, or as people are told of them all.
    pub fn print_all<T: Serialize>(&self, values: impl IntoIterator<Item = T>, tell: impl FnOnce(&Self)) {
        if self.is_data() {
            values.into_iter().for_each(|value| self.value(&value));
        } else {
            tell(self);
        }
    }

    /// Prints one value on stdout: as a line of JSON, or as a document of YAML.
    ///
    /// # Panics
    /// When the value cannot be JSON (a map with keys that are not strings): a bug of the caller.
    pub fn value<T: Serialize>(&self, value: &T) {
        let told = "every printed value is a plain struct";
        if self.output == Output::Yaml {
            let value = serde_json::to_value(value).expect(told);
            let yaml = serde_yaml::to_string(&value).expect("JSON values can all be written as YAML");
            return self.document(&format!("---\n{}", yaml.trim_end()));
        }
        self.write_data(&harmless_json(&serde_json::to_string(value).expect(told)));
    }

    /// Tells the reader something on stderr; `--quiet` silences it.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.write_line(text);
        }
    }

    /// Something that may surprise the reader later.
    pub fn warn(&self, text: &str) {
        let label = self.paint(&Style::new().yellow().bold(), "warning:");
        self.write_line(&format!("{label} {text}"));
    }

    /// What to do next.
    pub fn hint(&self, text: &str) {
        let label = self.paint(&Style::new().cyan().bold(), "hint:");
        self.note(&format!("{label} {text}"));
    }

    /// Prints an error: on stderr for people, one JSON object on stdout for programs.
    pub fn error(&self, error: &Error) {
        let details: Vec<String> = redact(&error.details.join("\n")).lines().map(ToOwned::to_owned).collect();
        let place = error.place.as_deref().map(redact);
        if self.is_data() {
            let mut event = Event::from(error);
            if let Event::Error { place: shown_place, details: shown, .. } = &mut event {
                (*shown_place, *shown) = (place, details);
            }
            self.value(&Line::of(&event));
            return;
        }
        let (edge, hint) = (Style::new().blue().bold(), Style::new().cyan().bold());
        let mut lines = vec![format!("{} {}", self.paint(&Style::new().red().bold(), "error:"), error.what)];
        lines.extend(place.iter().map(|place| format!("  {} {place}", self.paint(&edge, "-->"))));
        lines.extend(details.iter().map(|line| format!("  {} {line}", self.paint(&edge, "|"))));
        let causes = error.cause.iter().filter(|_| self.verbose > 0).flat_map(anyhow::Error::chain);
        lines.extend(causes.map(|link| format!("  caused by: {}", foreign_line(&link.to_string(), 500))));
        lines.extend(error.hints.iter().map(|text| format!("{} {text}", self.paint(&hint, "hint:"))));
        self.write_line(&lines.join("\n"));
        for line in self.ci.iter().flat_map(|ci| ci.error(error)) {
            self.write_line(&line);
        }
    }

    /// Styles text for stderr when colour is on.
    #[must_use]
    pub fn paint(&self, style: &Style, text: &str) -> String {
        if self.color { style.clone().force_styling(true).apply_to(text).to_string() } else { text.to_owned() }
    }

    /// Styles text for stdout when it is a terminal and colour is on.
    #[must_use]
    pub fn paint_data(&self, style: &Style, text: &str) -> String {
        if self.data_color { style.clone().force_styling(true).apply_to(text).to_string() } else { text.to_owned() }
    }

    /// What becomes of colours on stdout.
    #[must_use]
    pub fn data_colors(&self) -> Colors {
        if self.data_color { Colors::Stay } else { Colors::Escaped }
    }

    /// Text for stderr, made harmless: the one place where what was missed elsewhere is caught.
    pub(super) fn shown(&self, text: &str) -> String {
        harmless(text, if self.color { Colors::Stay } else { Colors::Escaped }).into_owned()
    }

    fn write_line(&self, text: &str) {
        write_line(&self.shown(text));
    }

    /// A command of plat's own to the log viewer, control characters and all.
    pub(super) fn command(&self, line: &str) {
        if !self.quiet {
            write_line(line);
        }
    }

    /// One row beside a spinner.
    pub(super) fn fit(&self, text: &str) -> String {
        tree::fit(&self.shown(text), &[], self.width(), 0)
    }

    /// Lines of the terminal; 24 where there is none.
    #[must_use]
    pub fn height(&self) -> usize {
        console::Term::stderr().size_checked().map_or(24, |(rows, _)| usize::from(rows))
    }

    /// Columns of the terminal; 80 where there is none.
    #[must_use]
    pub fn width(&self) -> usize {
        console::Term::stderr().size_checked().map_or(80, |(_, columns)| usize::from(columns))
    }
}

/// A reader that went away must not stop a deploy half-way.
fn write_line(text: &str) {
    let _ = bars::beside(|| writeln!(std::io::stderr().lock(), "{text}"));
}

fn init_tracing(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    if verbose == 0 && std::env::var_os("RUST_LOG").is_none() {
        return;
    }
    let default = match verbose {
        0 | 1 => "plat=info",
        2 => "plat=debug,kube=info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // A second Ui in one process (tests) keeps the first subscriber.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Scrubbed).without_time().try_init();
}

/// Stderr for what the libraries log, an event a call: they know nothing of secrets and terminals.
struct Scrubbed;

impl Write for Scrubbed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = redact(&String::from_utf8_lossy(bytes));
        io::stderr().lock().write_all(harmless(&text, Colors::Escaped).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
