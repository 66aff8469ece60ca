//! Names of secrets: what a field, a variable, a flag or a header is called that holds one.

use std::sync::LazyLock;

/// What a name of a secret ends in. Longer words first: the first that fits is taken.
const WORDS: &str = concat!(
    r"pass[_-]?words?|passwds?|pass[_-]?phrases?|passcodes?|pass|pwds?|pw|creds|credentials?|",
    r"secret[_-]?key[_-]?base|(?:",
    r"api|access|account|private|signing|signature|encryption|decryption|crypto|cipher|secret|shared[_-]?access|client|",
    r"master|ssh|deploy|auth|hmac|license|app|application|consumer|service|admin|webhook|subscription|functions|jwt|",
    r"personal|storage|session|cookie",
    r")[_ -]?keys?|secrets?|tokens?|_?auth"
);

/// What may follow, so that it is still the secret: `DB_PASSWORD_PROD`, `PASSWORD2`, `password_hash`.
const ENDINGS: &str = concat!(
    r"(?:[_-]?[0-9]{1,2}|[_.-](?:prod|production|staging|stage|dev|test|old|new|current|previous|primary|secondary|ro|rw|",
    r"read|write|base64|b64|enc|encrypted|hash|value|plain|raw|v[0-9])|Hash|Value)?"
);

/// The end of a secret's name, in any case of letters.
pub(super) static NAME: LazyLock<String> = LazyLock::new(|| format!("(?:(?:{WORDS}){ENDINGS})"));

/// A name in a line: all of it, and the word that makes it a secret's.
pub(super) struct Name<'l> {
    /// What is before the word: `DB_`, `spring.datasource.`
    pub prefix: &'l str,
    pub word: &'l str,
}

impl<'l> Name<'l> {
    /// The name whose end is at `start..end` of the line.
    pub fn at(line: &'l str, start: usize, end: usize) -> Self {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let head = &line[..start];
        Self { prefix: &head[head.trim_end_matches(is_part).len()..], word: &line[start..end] }
    }

    /// Whether only one secret is meant, or `passwords`.
    pub fn is_plural(&self) -> bool {
        self.word.ends_with(['s', 'S']) && !self.word.to_ascii_lowercase().ends_with("pass")
    }

    pub fn is(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.word.to_ascii_lowercase().starts_with(word))
    }

    /// Words as short as `pass` are also the end of others (`bypass`, `compass`).
    pub fn is_short(&self) -> bool {
        let word = self.word.to_ascii_lowercase();
        ["pass", "pw", "creds", "auth", "_auth"].iter().any(|short| {
            word.strip_prefix(short).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
        })
    }

    /// Whether it is the end of a pod's name, whose last five letters are random (`SafeEncodeString` of apimachinery):
    /// `web-5c9bd65849-8x7pw`.
    pub fn is_of_a_pod(&self) -> bool {
        const RANDOM: &str = "bcdfghjklmnpqrstvwxz2456789";
        let Some((_, begin)) = self.prefix.rsplit_once('-') else { return false };
        let suffix = [begin, self.word].concat();
        suffix.len() == 5 && !begin.is_empty() && suffix.chars().all(|letter| RANDOM.contains(letter))
    }

    /// Whether the word is no end of another one.
    pub fn is_whole_word(&self) -> bool {
        let begins_upper = self.word.starts_with(|c: char| c.is_ascii_uppercase());
        match self.prefix.chars().next_back() {
            Some(before) if self.is_short() && before.is_ascii_alphabetic() => {
                before.is_ascii_lowercase() && begins_upper
            }
            _ => true,
        }
    }
}
