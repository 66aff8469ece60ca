//! Whom a container runs as.

use std::str::FromStr;

/// Larger than Kubernetes takes (`ValidateUserID`: up to 2³¹ - 1).
const TOO_LARGE: u32 = 1 << 31;

/// A user other than root, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: Option<u32>,
}

impl FromStr for User {
    /// It is not the number of a user, or it is root's.
    type Err = ();

    /// `1000` or `1000:1000`, as plat.yaml and the `User` of an image write it.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (uid, gid) = text.split_once(':').map_or((text, None), |(uid, gid)| (uid, Some(gid)));
        let number = |text: &str| text.parse::<u32>().ok().filter(|id| *id < TOO_LARGE).ok_or(());
        let user = Self { uid: number(uid)?, gid: gid.map(number).transpose()? };
        if user.uid == 0 { Err(()) } else { Ok(user) }
    }
}
