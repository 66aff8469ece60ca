//! What an operation tells as it goes. One enum; the reporters in `src/ui` are its only readers.

use std::fmt;
use std::sync::Arc;

/// Something that happened, or that the reader should know.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// For a reader who follows along.
    Note { text: String },
    /// Something that may surprise the reader later.
    Warning { text: String },
}

/// Who reads the events.
pub trait Reporter: Send + Sync {
    fn report(&self, event: &Event);
}

/// Where an operation tells its events; cheap to clone.
#[derive(Clone)]
pub struct Events(Arc<dyn Reporter>);

impl Events {
    #[must_use]
    pub fn to(reporter: impl Reporter + 'static) -> Self {
        Self(Arc::new(reporter))
    }

    pub fn emit(&self, event: &Event) {
        self.0.report(event);
    }

    pub fn note(&self, text: impl Into<String>) {
        self.emit(&Event::Note { text: text.into() });
    }

    pub fn warn(&self, text: impl Into<String>) {
        self.emit(&Event::Warning { text: text.into() });
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}
