//! What stands for a secret.

pub(super) const MASK: &str = "***";
