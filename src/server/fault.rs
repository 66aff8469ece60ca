//! What an error of the store says about trying again.

use axum::http::StatusCode;

/// Primary result codes of `SQLite`: <https://sqlite.org/rescode.html>.
const BUSY: [u32; 6] = [5, 6, 7, 9, 10, 13]; // BUSY, LOCKED, NOMEM, INTERRUPT, IOERR, FULL
const UNSTORABLE: [u32; 3] = [18, 19, 20]; // TOOBIG, CONSTRAINT, MISMATCH

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// This event can never be stored; others can.
    Event,
    /// Nothing can be stored now: a lock, a full disk.
    Busy,
    /// Nothing can be stored until someone repairs the store. Events are worth keeping until then.
    Broken,
}

impl Fault {
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Encode(_) => Self::Event,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Busy
            }
            sqlx::Error::Database(error) => Self::of_code(error.code().as_deref().unwrap_or_default()),
            _ => Self::Broken,
        }
    }

    /// The primary result code is the low byte of the extended one.
    fn of_code(extended: &str) -> Self {
        match extended.parse::<u32>().map(|code| code & 0xff) {
            Ok(code) if UNSTORABLE.contains(&code) => Self::Event,
            Ok(code) if BUSY.contains(&code) => Self::Busy,
            _ => Self::Broken,
        }
    }

    /// The sender puts aside what 422 condemns, and keeps the events for later with any other.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Event => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::busy_snapshot("517", Fault::Busy)]
    #[case::disk_full("13", Fault::Busy)]
    #[case::io_error_of_a_write("778", Fault::Busy)]
    #[case::raised_by_a_trigger("1811", Fault::Event)]
    #[case::not_null("1299", Fault::Event)]
    #[case::too_big("18", Fault::Event)]
    #[case::no_such_table("1", Fault::Broken)]
    #[case::read_only("8", Fault::Broken)]
    #[case::corrupt("11", Fault::Broken)]
    #[case::not_a_code("x", Fault::Broken)]
    fn a_code_says_whose_fault_it_is(#[case] code: &str, #[case] expected: Fault) {
        assert_eq!(Fault::of_code(code), expected);
    }
}
