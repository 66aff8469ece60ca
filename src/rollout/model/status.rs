//! The status of an object, in kstatus' words.

use serde::{Deserialize, Serialize};

/// kstatus' words (sigs.k8s.io/cli-utils).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    InProgress,
    Current,
    Failed,
    Terminating,
}
