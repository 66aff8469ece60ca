//! Where things lie, in the image and in the cache.

/// Where the project lies in the image.
pub const ROOT: &str = "app";
pub const DEPENDENCIES: &str = "dependencies";
pub const APPLICATION: &str = "application";
/// Of the private copy in the cache.
pub const STAGE: &str = "stage";
