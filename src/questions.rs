//! What an operation has to ask a person. Two real implementations: a terminal (`src/ui`), and nobody there.

use futures::future::BoxFuture;

use crate::error::Result;

/// Who answers.
pub trait Questions: Send + Sync {
    /// Whether a person is there.
    fn is_someone_there(&self) -> bool;

    /// Which of these answers, by its place; `default` is marked. Each begins with a letter of its own.
    ///
    /// # Errors
    /// When the terminal goes away or the person presses Ctrl-C.
    fn select(&self, question: String, answers: Vec<String>, default: usize) -> BoxFuture<'_, Result<usize>>;
}

/// Nobody is there.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Questions for Nobody {
    fn is_someone_there(&self) -> bool {
        false
    }

    fn select(&self, _question: String, _answers: Vec<String>, default: usize) -> BoxFuture<'_, Result<usize>> {
        Box::pin(async move { Ok(default) })
    }
}
