//! What a long operation tells while it runs. A room is handed a [`Progress`] and knows nothing of terminals; who hands
//! it in decides how, and whether, it is shown.

/// Where an operation tells what it does.
pub trait Progress: Send + Sync {
    /// Begins a step that takes time.
    fn step(&self, label: &str) -> Box<dyn Step>;

    /// Tells the reader something.
    fn note(&self, text: &str);

    /// Something that may surprise the reader later.
    fn warn(&self, text: &str);
}

/// One step. It ends with [`Step::done`]; dropped without, it failed or was interrupted, and its error tells that.
pub trait Step: Send {
    /// What is being waited for: worth a line of a log.
    fn tell(&mut self, detail: &str);

    /// What several things wait for: a line each where they can stand below each other, else all in one.
    fn tell_tree(&mut self, head: &str, lines: &[String]);

    /// What passes at this moment: shown where the next one can take its place, so nowhere in a log.
    fn pass(&mut self, detail: &str);

    /// A line that a program of the step has said, whole: for whoever keeps it, and not to be shown.
    fn said(&mut self, line: &str);

    /// How many units (bytes, packages, rounds) the step has.
    fn length(&mut self, total: u64);

    /// How many of them are done.
    fn position(&mut self, done: u64);

    /// Ends the step well.
    fn done(self: Box<Self>, result: &str);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _label: &str) -> Box<dyn Step> {
        Box::new(Self)
    }

    fn note(&self, _text: &str) {}

    fn warn(&self, _text: &str) {}
}

impl Step for Silent {
    fn tell(&mut self, _detail: &str) {}

    fn tell_tree(&mut self, _head: &str, _lines: &[String]) {}

    fn pass(&mut self, _detail: &str) {}

    fn said(&mut self, _line: &str) {}

    fn length(&mut self, _total: u64) {}

    fn position(&mut self, _done: u64) {}

    fn done(self: Box<Self>, _result: &str) {}
}
