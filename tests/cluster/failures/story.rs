//! What a story is, and how many are told at the same time.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::thread;

use super::deploy::End;
use crate::support::{self, Namespace};

/// How the deploy of a story ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It fails, for the right reason.
    Doomed,
    /// It looks the same for a while, and succeeds.
    Recovers,
}

/// One deploy in a namespace of its own.
#[derive(Clone, Copy)]
pub struct Story {
    /// The class of failure; the same words in both ways.
    pub class: &'static str,
    pub way: Way,
    /// Gets the namespace and an image with a shell; says how the deploy ended that the story is about.
    pub tell: fn(&Namespace, &str) -> End,
}

pub const fn doomed(class: &'static str, tell: fn(&Namespace, &str) -> End) -> Story {
    Story { class, way: Way::Doomed, tell }
}

pub const fn recovers(class: &'static str, tell: fn(&Namespace, &str) -> End) -> Story {
    Story { class, way: Way::Recovers, tell }
}

impl Story {
    pub fn tell(&self, ns: &Namespace, image: &str) {
        let end = (self.tell)(ns, image);
        note(self, &end);
        assert_eq!(end.is_success(), self.way == Way::Recovers, "{}", end.output);
    }
}

/// Tells the stories at the same time: nearly all of it is waiting, and the test runner has a thread for each core only.
pub fn together(stories: &[Story]) {
    let tell = |story: &Story| {
        let Some(ns) = support::namespace("failures") else { return };
        story.tell(&ns, &support::busybox(&ns));
    };
    let failed: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = stories.iter().map(|story| (story, scope.spawn(move || tell(story)))).collect();
        let title = |story: &Story| format!("{} ({:?})", story.class, story.way);
        threads.into_iter().filter_map(|(story, thread)| thread.join().is_err().then(|| title(story))).collect()
    });
    assert!(failed.is_empty(), "went wrong, as shown above: {}", failed.join("; "));
}

/// Class, way, seconds from the apply to the verdict, seconds after which the evidence was conclusive, exit code:
/// docs/failures/README.md shows the table. Nothing asserts a time.
fn note(story: &Story, end: &End) {
    let Some(file) = std::env::var_os("PLAT_FAILURE_TABLE") else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("the table can be written");
    let seconds = |seconds: Option<f64>| seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.1}"));
    let Story { class, way, .. } = story;
    let row = format!(
        "| {class} | {} | {} | {} | {} |\n",
        format!("{way:?}").to_lowercase(),
        seconds(Some(end.verdict)),
        seconds(end.conclusive),
        end.code.unwrap_or(-1),
    );
    // One write a row: stories end at the same time.
    file.write_all(row.as_bytes()).expect("the table can be written");
}
