//! Where things lie, in the image and in the cache.

/// Where the program lies in the image.
pub const ROOT: &str = "app";
pub const DEPENDENCIES: &str = "dependencies";
pub const APPLICATION: &str = "application";
