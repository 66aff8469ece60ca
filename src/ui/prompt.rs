//! Questions to a person. Callers ask [`super::Ui::is_interactive`] first and use defaults where nobody is there.

use std::sync::atomic::{AtomicBool, Ordering};

use console::Key;
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, Select};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::printer::Ui;
use crate::error::{Error, Kind, Result};
use crate::questions::Questions;
use crate::text::{Colors, harmless};

/// Gives the terminal back as it was when it is dropped. A question reads key by key, with echo off and perhaps the
/// cursor hidden: SIGTERM or an error in the middle would leave the reader's shell so.
#[derive(Debug)]
#[must_use = "the terminal is given back when this is dropped"]
pub struct Terminal {
    #[cfg(unix)]
    before: Option<nix::sys::termios::Termios>,
}

/// Nobody asks any more: the thread of the questions may be between two of them when the command is stopped, and the
/// next would take the terminal again.
static GIVEN_BACK: AtomicBool = AtomicBool::new(true);

impl Terminal {
    pub fn keep() -> Self {
        GIVEN_BACK.store(false, Ordering::SeqCst);
        Self {
            #[cfg(unix)]
            before: nix::sys::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        GIVEN_BACK.store(true, Ordering::SeqCst);
        #[cfg(unix)]
        if let Some(before) = &self.before {
            use nix::sys::termios::{SetArg, tcsetattr};
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, before);
        }
        let _ = console::Term::stderr().show_cursor();
    }
}

/// The terminal, where it may still be asked.
fn terminal() -> Result<console::Term> {
    if GIVEN_BACK.load(Ordering::SeqCst) {
        return Err(Error::new(Kind::Interrupted, "no answer was given; nothing was changed"));
    }
    Ok(console::Term::stderr())
}

/// Runs questions on a thread of their own: they wait for a person, and SIGTERM is to be heard meanwhile.
///
/// # Errors
/// As the questions'.
pub async fn in_background<T: Send + 'static>(questions: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _terminal = Terminal::keep();
    tokio::task::spawn_blocking(questions).await.map_err(|e| Error::bug("the questions stopped").because(e))?
}

/// Asks yes or no. A question that is wider than the terminal stands above the answer: what is asked in one line is
/// drawn again at each key, and a line that wraps would stay behind.
///
/// # Errors
/// When the terminal goes away or the person presses Ctrl-C.
pub fn confirm(question: &str, default: bool) -> Result<bool> {
    let terminal = terminal()?;
    let question = &*harmless(question, Colors::Escaped);
    let fits = console::measure_text_width(question) + ANSWER < usize::from(terminal.size().1);
    if !fits {
        // What cannot be written cannot be asked either: the next line says so.
        let _ = terminal.write_line(question);
    }
    Confirm::with_theme(&ColorfulTheme::default())
        .with_prompt(if fits { question } else { "continue?" })
        .default(default)
        .interact_on(&terminal)
        .map_err(|e| gone(&e))
}

/// Asks for a line of text; asks again with the reason while `check` refuses the answer.
///
/// # Errors
/// When the terminal goes away or the person presses Ctrl-C.
pub fn input(
    question: &str,
    default: Option<&str>,
    check: impl Fn(&str) -> std::result::Result<(), String>,
) -> Result<String> {
    let theme = ColorfulTheme::default();
    let question = harmless(question, Colors::Escaped);
    let mut input =
        Input::<String>::with_theme(&theme).with_prompt(question).validate_with(|text: &String| check(text));
    if let Some(default) = default {
        // An empty default needs no "()" behind the question.
        input = input.default(default.to_owned()).show_default(!default.is_empty());
    }
    input.interact_text_on(&terminal()?).map_err(|e| gone(&e))
}

/// Asks to choose one of `items`, each of which begins with a letter of its own: that letter chooses it at once; so do
/// the arrows with Enter. Returns its index.
///
/// # Errors
/// When the terminal goes away or the person presses Ctrl-C.
pub fn choose(question: &str, items: &[String], default: usize) -> Result<usize> {
    let terminal = terminal()?;
    let gone = |error| gone(&dialoguer::Error::IO(error));
    let draw = |chosen: usize| {
        let width = usize::from(terminal.size().1).saturating_sub(2).max(1);
        items.iter().enumerate().try_for_each(|(at, item)| {
            let (mark, item) = (if at == chosen { '>' } else { ' ' }, console::truncate_str(item, width, "…"));
            terminal.write_line(&format!("{mark} {item}"))
        })
    };
    terminal.write_line(question).map_err(gone)?;
    let mut chosen = default;
    draw(chosen).map_err(gone)?;
    loop {
        chosen = match terminal.read_key().map_err(gone)? {
            Key::Enter => return Ok(chosen),
            Key::ArrowUp => chosen.checked_sub(1).unwrap_or(items.len() - 1),
            Key::ArrowDown | Key::Tab => (chosen + 1) % items.len(),
            Key::Char(letter) => {
                let is_meant =
                    |item: &String| item.chars().next().is_some_and(|first| first.eq_ignore_ascii_case(&letter));
                match items.iter().position(is_meant) {
                    Some(meant) => {
                        terminal.clear_last_lines(items.len()).and_then(|()| draw(meant)).map_err(gone)?;
                        return Ok(meant);
                    }
                    None => continue,
                }
            }
            _ => continue,
        };
        terminal.clear_last_lines(items.len()).and_then(|()| draw(chosen)).map_err(gone)?;
    }
}

/// Asks to choose one of `items`; returns its index.
///
/// # Errors
/// When the terminal goes away or the person presses Ctrl-C.
pub fn select(question: &str, items: &[String], default: usize) -> Result<usize> {
    let shown = items.iter().map(|item| harmless(item, Colors::Escaped));
    Select::with_theme(&ColorfulTheme::default())
        .with_prompt(harmless(question, Colors::Escaped))
        .items(shown)
        .default(default)
        .interact_on(&terminal()?)
        .map_err(|e| gone(&e))
}

/// Columns of `? `, ` (y/n) › ` and the answer.
const ANSWER: usize = 15;

fn gone(error: &dialoguer::Error) -> Error {
    Error::new(Kind::Interrupted, "no answer was given; nothing was changed").detail(error.to_string())
}

impl Questions for Ui {
    fn is_someone_there(&self) -> bool {
        self.is_interactive()
    }

    fn select(&self, question: String, answers: Vec<String>, default: usize) -> BoxFuture<'_, Result<usize>> {
        in_background(move || choose(&question, &answers, default)).boxed()
    }
}
