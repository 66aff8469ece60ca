//! What a file of machine code is for, by its first bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::image::platform::Platform;

/// Machine code of some system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binary {
    /// ELF, with the architecture as Go calls it.
    Linux(String),
    MacOs,
    Windows,
}

/// Enough for the machine of an ELF file.
const HEAD: usize = 20;

impl Binary {
    /// None for what is no machine code, or cannot be read.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let mut head = [0; HEAD];
        File::open(path).and_then(|mut file| file.read_exact(&mut head)).ok()?;
        Self::read(&head)
    }

    fn read(head: &[u8; HEAD]) -> Option<Self> {
        match head {
            [0x7f, b'E', b'L', b'F', class, order, ..] => {
                let [low, high] = if *order == 2 { [head[19], head[18]] } else { [head[18], head[19]] };
                Some(Self::Linux(architecture(u16::from_le_bytes([low, high]), *class, *order)))
            }
            [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 1..=9, ..] => Some(Self::MacOs),
            [b'M', b'Z', ..] => Some(Self::Windows),
            _ => None,
        }
    }

    #[must_use]
    pub fn runs_on(&self, platform: &Platform) -> bool {
        matches!(self, Self::Linux(architecture) if *architecture == platform.architecture)
    }
}

impl std::fmt::Display for Binary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Linux(architecture) => write!(f, "linux/{architecture}"),
            Self::MacOs => f.write_str("macOS"),
            Self::Windows => f.write_str("Windows"),
        }
    }
}

/// `e_machine` of the ELF header (the System V ABI), with the class (2: 64 bits) and the byte order (2: big).
fn architecture(machine: u16, class: u8, order: u8) -> String {
    match (machine, class, order) {
        (62, 2, _) => "amd64",
        (183, _, _) => "arm64",
        (21, _, 1) => "ppc64le",
        (243, 2, _) => "riscv64",
        (22, 2, _) => "s390x",
        (3, _, _) => "386",
        (40, _, _) => "arm",
        _ => return format!("machine {machine}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn elf(class: u8, order: u8, machine: [u8; 2]) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        head[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, order]);
        head[18..].copy_from_slice(&machine);
        head
    }

    fn starting(bytes: &[u8]) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        head[..bytes.len()].copy_from_slice(bytes);
        head
    }

    #[rstest]
    #[case(elf(2, 1, [62, 0]), Some("linux/amd64"))]
    #[case(elf(2, 1, [183, 0]), Some("linux/arm64"))]
    #[case(elf(2, 2, [0, 22]), Some("linux/s390x"))]
    #[case(elf(1, 1, [3, 0]), Some("linux/386"))]
    #[case(starting(&[0xcf, 0xfa, 0xed, 0xfe]), Some("macOS"))]
    #[case(starting(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]), Some("macOS"))]
    #[case::a_class_of_java(starting(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]), None)]
    #[case(starting(b"MZ"), Some("Windows"))]
    #[case(starting(b"#!/bin/sh"), None)]
    fn machine_code_says_what_it_is_for(#[case] head: [u8; HEAD], #[case] expected: Option<&str>) {
        assert_eq!(Binary::read(&head).map(|binary| binary.to_string()).as_deref(), expected);
    }
}
