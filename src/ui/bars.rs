//! What moves on the terminal. All of it is drawn in one place, so that steps at the same time stand below each other
//! and a line that is printed meanwhile stands above them.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, TermLike};

static BARS: OnceLock<MultiProgress> = OnceLock::new();
/// As indicatif draws to a terminal of its own.
const HZ: u8 = 20;

pub(super) fn add(bar: ProgressBar) -> ProgressBar {
    let target = || ProgressDrawTarget::term_like_with_hz(Box::new(Screen::default()), HZ);
    BARS.get_or_init(|| MultiProgress::with_draw_target(target())).add(bar)
}

pub(super) fn remove(bar: &ProgressBar) {
    bar.finish_and_clear();
    if let Some(bars) = BARS.get() {
        bars.remove(bar);
    }
}

/// Writes to the terminal without what moves there in the way.
pub(super) fn beside<T>(write: impl FnOnce() -> T) -> T {
    match BARS.get() {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

/// Stderr, with the cursor left behind the last text. indicatif fills each line with blanks up to the right edge: there
/// the `^C` that the terminal itself prints would begin a line more than is known of, and one line stayed behind.
#[derive(Debug)]
struct Screen {
    term: Term,
    /// The next text belongs to the next line.
    is_full: AtomicBool,
}

impl Default for Screen {
    fn default() -> Self {
        Self { term: Term::buffered_stderr(), is_full: AtomicBool::new(false) }
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        self.term.size().1
    }

    fn height(&self) -> u16 {
        self.term.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.is_full.store(false, Ordering::Relaxed);
        self.term.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.is_full.store(false, Ordering::Relaxed);
        self.term.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if !text.is_empty() && text.chars().all(|c| c == ' ') {
            self.is_full.store(true, Ordering::Relaxed);
            // Erase to the end of the line (ECMA-48, EL).
            return self.term.write_str("\u{1b}[K");
        }
        if !text.is_empty() && self.is_full.swap(false, Ordering::Relaxed) {
            self.term.write_str("\r\n")?;
        }
        self.term.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.term.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.term.flush()
    }
}
