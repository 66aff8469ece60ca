//! What a story is, and how it becomes a test.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write as _;

use crate::harness::{Group, Test};
use crate::support::{Ended, Shop};

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
    /// Gets a service that nothing probes but its port; says how the deploy ended that the story is about.
    pub tell: fn(&Shop) -> Ended,
}

pub const fn doomed(class: &'static str, tell: fn(&Shop) -> Ended) -> Story {
    Story { class, way: Way::Doomed, tell }
}

pub const fn recovers(class: &'static str, tell: fn(&Shop) -> Ended) -> Story {
    Story { class, way: Way::Recovers, tell }
}

impl Story {
    /// Tells it of this service.
    pub fn tell(&self, shop: &Shop) {
        let end = (self.tell)(&shop.without("health"));
        note(self, &end);
        match self.way {
            Way::Recovers => drop(end.succeeds().event("done").clone()),
            Way::Doomed => {
                let place = &end.error()["place"];
                assert!(place.as_str().is_some_and(|place| !place.is_empty()), "the object is named: {end:#?}");
            }
        }
    }
}

/// A test of each story, named `class::way`.
pub fn tests(group: &'static Group, module: &str, stories: &'static [Story], tell: fn(&'static Story)) -> Vec<Test> {
    let mut told: HashMap<String, u32> = HashMap::new();
    let test = |story: &'static Story| {
        let class = story.class.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
        let name = format!("{module}::{}::{}", class.trim_matches('_'), format!("{:?}", story.way).to_lowercase());
        let nth = told.entry(name.clone()).and_modify(|nth| *nth += 1).or_insert(1);
        let name = if *nth > 1 { format!("{name}_{nth}") } else { name };
        Test::new(group, &name, move || tell(story))
    };
    stories.iter().map(test).collect()
}

/// Tells a story in a namespace of the sandbox that all share.
pub fn alone(story: &'static Story) {
    story.tell(&Shop::new("failures"));
}

/// Registers the stories of a module as tests.
macro_rules! stories {
    ($group:ident, $tell:path) => {
        pub fn tests() -> Vec<$crate::harness::Test> {
            super::story::tests(&$crate::harness::$group, module_path!(), STORIES, $tell)
        }
    };
}
pub(crate) use stories;

/// Class, way, seconds from the apply to the verdict, seconds after which the evidence was conclusive, exit code:
/// docs/failures/README.md shows the table. Nothing asserts a time.
fn note(story: &Story, end: &Ended) {
    let Some(file) = std::env::var_os("PLAT_FAILURE_TABLE") else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("the table can be written");
    let seconds = |seconds: Option<f64>| seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.1}"));
    let Story { class, way, .. } = story;
    let row = format!(
        "| {class} | {} | {} | {} | {} |\n",
        format!("{way:?}").to_lowercase(),
        seconds(Some(end.verdict)),
        seconds(end.conclusive),
        end.code,
    );
    // One write a row: stories end at the same time.
    file.write_all(row.as_bytes()).expect("the table can be written");
}
