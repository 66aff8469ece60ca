//! The groups of tests: what a test may disturb decides how many of its kind may run at once.

/// A group of tests.
pub struct Group {
    /// Shown before the names of its tests; empty for the tests that only need a namespace.
    pub name: &'static str,
    /// How many of the group may run at once, whatever the number of threads.
    pub at_once: usize,
    /// How often a test may be tried.
    pub tries: u32,
    /// Ignored unless `--ignored` or `--include-ignored` asks for it.
    pub on_demand: bool,
}

const ALL: Group = Group { name: "", at_once: usize::MAX, tries: 1, on_demand: false };

/// A namespace in the sandbox that all share.
pub const SHARED: Group = ALL;
/// No cluster at all.
pub const LOCAL: Group = Group { name: "local", ..ALL };
/// Builds programs with Go before it waits: two of them keep two cores busy.
pub const BUILDS: Group = Group { name: "builds", at_once: 2, ..ALL };
/// Starts and ends sandboxes of its own.
pub const SANDBOXES: Group = Group { name: "sandboxes", at_once: 1, ..ALL };
/// Breaks a sandbox on purpose. What a held process or a cut connection leaves behind depends on the moment.
pub const FAULTS: Group = Group { name: "faults", at_once: 1, tries: 2, ..ALL };
/// Hundreds of objects; `.ci/run` runs it when what it proves has changed.
pub const LARGE: Group = Group { name: "large", at_once: 1, on_demand: true, ..ALL };
