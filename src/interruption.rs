//! What an interruption of a command leaves behind. The operation says it as it goes; who stops it reads it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The end of a command that is stopped now. It displays as what is left behind, and how to continue.
#[derive(Debug)]
pub struct Interruption {
    left_behind: Mutex<String>,
}

impl Interruption {
    /// From here on an interruption would leave this behind.
    pub fn leaves(&self, left_behind: impl Into<String>) {
        *self.left_behind.lock().unwrap_or_else(PoisonError::into_inner) = left_behind.into();
    }
}

/// Before anything was said.
impl Default for Interruption {
    fn default() -> Self {
        Self { left_behind: Mutex::new("nothing was changed".to_owned()) }
    }
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.left_behind.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_last_is_left_behind() {
        let interruption = Interruption::default();
        assert_eq!(interruption.to_string(), "nothing was changed");
        interruption.leaves("the image was pushed");
        interruption.leaves("half of it is written");
        assert_eq!(interruption.to_string(), "half of it is written");
    }
}
