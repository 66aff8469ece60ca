//! Reads what somebody named as a file: a regular file of a bounded size. A pipe or a device may never end, and a large
//! file may be something else.

use std::fmt;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// What people call an empty file: `KUBECONFIG=/dev/null`.
const NOTHING: &str = "/dev/null";
/// What a shell hands over open, for `-f <(command)` and `-f /dev/stdin`.
const HANDED_OVER: [&str; 3] = ["/dev/fd/", "/dev/stdin", "/proc/self/fd/"];

/// Why a file was not read. It displays as the predicate of a sentence about it.
#[derive(Debug)]
pub enum Refusal {
    NotFound(io::Error),
    NotAllowed(io::Error),
    Folder,
    /// A pipe, a socket or a device, and which.
    Special(&'static str),
    /// Larger than so many bytes.
    TooLarge(u64),
    NotUtf8(NotUtf8),
    Unreadable(io::Error),
}

/// Where a text stops being UTF-8.
#[derive(Debug, Clone, Copy)]
pub struct NotUtf8 {
    pub line: usize,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(_) => f.write_str("does not exist"),
            Self::NotAllowed(_) => f.write_str("is not yours to read"),
            Self::Folder => f.write_str("is a folder, not a file"),
            Self::Special(kind) => write!(f, "is {kind}, not a file"),
            Self::TooLarge(limit) => write!(f, "is larger than {}", size(*limit)),
            Self::NotUtf8(NotUtf8 { line }) => write!(f, "is not UTF-8 text (line {line})"),
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotFound(error) | Self::NotAllowed(error) | Self::Unreadable(error) => Some(error),
            Self::Folder | Self::Special(_) | Self::TooLarge(_) | Self::NotUtf8(_) => None,
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound(error),
            io::ErrorKind::PermissionDenied => Self::NotAllowed(error),
            io::ErrorKind::IsADirectory => Self::Folder,
            _ => Self::Unreadable(error),
        }
    }
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(error) | Refusal::NotAllowed(error) | Refusal::Unreadable(error) => error,
            other => Self::new(io::ErrorKind::InvalidInput, other),
        }
    }
}

/// The bytes of a regular file of at most `limit` bytes. It never waits for another program.
///
/// # Errors
/// When it is something else, larger, or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
    let meta = std::fs::metadata(path)?;
    if is_nothing(path, &meta) {
        return Ok(Vec::new());
    }
    // Before it is opened, which waits for the other end of a pipe and may move the tape of a device.
    regular(&meta)?;
    let file = open(path)?;
    // Again: another file may have taken its place.
    regular(&file.metadata()?)?;
    bounded(file, limit)
}

/// As [`read`], as text.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, Refusal> {
    text(read(path, limit)?)
}

/// As [`read`], and also what a shell hands over open (`/dev/fd/63`, `/dev/stdin`), whose writer may take its time: a
/// signal ends the wait.
///
/// # Errors
/// As [`read`].
pub async fn read_or_pipe(path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
    let owned = path.to_owned();
    let read = move || if is_handed_over(&owned) { bounded(File::open(owned)?, limit) } else { read(&owned, limit) };
    beside(read).await
}

/// Stdin to its end, at most `limit` bytes; a signal ends the wait.
///
/// # Errors
/// When there is more, or it cannot be read.
pub async fn read_stdin(limit: u64) -> Result<Vec<u8>, Refusal> {
    beside(move || bounded(io::stdin(), limit)).await
}

/// # Errors
/// When it is not UTF-8.
pub fn text(bytes: Vec<u8>) -> Result<String, Refusal> {
    String::from_utf8(bytes).map_err(|error| {
        let readable = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        Refusal::NotUtf8(NotUtf8 { line: readable.split(|byte| *byte == b'\n').count() })
    })
}

/// That a file is written, or made, and not a pipe: opening one waits for who reads it.
///
/// # Errors
/// When something else lies there.
pub fn can_be_written(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(meta) => Ok(regular(&meta)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether a shell handed this over open.
#[must_use]
pub fn is_handed_over(path: &Path) -> bool {
    let path = path.to_string_lossy();
    HANDED_OVER.iter().any(|open| path.starts_with(open))
}

/// On a thread of its own, which the end of the program does not wait for.
async fn beside(read: impl FnOnce() -> Result<Vec<u8>, Refusal> + Send + 'static) -> Result<Vec<u8>, Refusal> {
    tokio::task::spawn_blocking(read).await.map_err(|error| Refusal::Unreadable(io::Error::other(error)))?
}

fn bounded(from: impl Read, limit: u64) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(Refusal::TooLarge(limit)) } else { Ok(bytes) }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits() | nix::fcntl::OFlag::O_NOCTTY.bits());
    }
    options.open(path)
}

fn regular(meta: &Metadata) -> Result<(), Refusal> {
    if meta.is_file() {
        Ok(())
    } else if meta.is_dir() {
        Err(Refusal::Folder)
    } else {
        Err(Refusal::Special(kind(meta.file_type())))
    }
}

fn is_nothing(path: &Path, meta: &Metadata) -> bool {
    !meta.is_file() && !meta.is_dir() && path.canonicalize().is_ok_and(|path| path == Path::new(NOTHING))
}

fn kind(file: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file.is_fifo() {
            return "a named pipe";
        }
        if file.is_socket() {
            return "a socket";
        }
        if file.is_char_device() || file.is_block_device() {
            return "a device";
        }
    }
    let _ = file;
    "something else"
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &Path, limit: u64) -> String {
        read(path, limit).map_or_else(|refusal| refusal.to_string(), |bytes| format!("{} bytes", bytes.len()))
    }

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), [b'a'; 2048]).unwrap();
        nix::unistd::mkfifo(&path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path("device")).unwrap();
        std::os::unix::fs::symlink("/dev/null", path("nothing")).unwrap();
        assert_eq!(said(&path("file"), 2048), "2048 bytes");
        assert_eq!(said(&path("file"), 2047), "is larger than 1 KiB");
        assert_eq!(said(&path("nothing"), 0), "0 bytes");
        assert_eq!(said(&path("none"), 1), "does not exist");
        assert_eq!(said(folder.path(), 1), "is a folder, not a file");
        assert_eq!(said(&path("pipe"), 1), "is a named pipe, not a file");
        assert_eq!(said(&path("socket"), 1), "is a socket, not a file");
        assert_eq!(said(&path("device"), 1), "is a device, not a file");
    }

    #[test]
    fn a_text_says_where_it_is_none() {
        assert_eq!(text(b"a\n\xff".to_vec()).unwrap_err().to_string(), "is not UTF-8 text (line 2)");
    }

    #[tokio::test]
    async fn what_a_shell_hands_over_is_read_within_the_limit() {
        use std::os::fd::AsRawFd;
        let pipe = |bytes: &'static [u8]| {
            let (reader, mut writer) = std::io::pipe().unwrap();
            std::thread::spawn(move || std::io::Write::write_all(&mut writer, bytes));
            reader
        };
        let reader = pipe(b"text");
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        assert_eq!(read_or_pipe(Path::new(&path), 4).await.unwrap(), b"text");
        let reader = pipe(b"texts");
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        assert!(matches!(read_or_pipe(Path::new(&path), 4).await, Err(Refusal::TooLarge(4))));
    }
}
