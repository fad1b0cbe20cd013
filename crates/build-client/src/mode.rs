//! Modes of files as Go's `os.FileMode` has them, which is how BuildKit's protocol carries them.

use rustix::fs::{FileType, RawMode};

pub(crate) const DIRECTORY: u32 = 1 << 31;
pub(crate) const LINK: u32 = 1 << 27;
pub(crate) const DEVICE: u32 = 1 << 26;
pub(crate) const PIPE: u32 = 1 << 25;
const SOCKET: u32 = 1 << 24;
const SET_UID: u32 = 1 << 23;
const SET_GID: u32 = 1 << 22;
pub(crate) const CHARACTER: u32 = 1 << 21;
const STICKY: u32 = 1 << 20;
const IRREGULAR: u32 = 1 << 19;

/// Any of these: no plain file with content (`os.ModeType`).
const KIND: u32 = DIRECTORY | LINK | DEVICE | PIPE | SOCKET | CHARACTER | IRREGULAR;

/// Whether content can be asked for.
pub(crate) fn has_content(mode: u32) -> bool {
    mode & KIND == 0
}

/// A mode of stat(2) in Go's form. A socket becomes a plain file, as fsutil has it: archives know none.
pub(crate) fn to_go(mode: RawMode) -> u32 {
    let kind = match FileType::from_raw_mode(mode) {
        FileType::Directory => DIRECTORY,
        FileType::Symlink => LINK,
        FileType::BlockDevice => DEVICE,
        FileType::CharacterDevice => DEVICE | CHARACTER,
        FileType::Fifo => PIPE,
        FileType::RegularFile | FileType::Socket => 0,
        FileType::Unknown => IRREGULAR,
    };
    let bit = |bit: RawMode, go: u32| if mode & bit != 0 { go } else { 0 };
    (mode & 0o777) | kind | bit(0o4000, SET_UID) | bit(0o2000, SET_GID) | bit(0o1000, STICKY)
}

/// The permissions of a mode in Go's form, as chmod(2) takes them.
pub(crate) fn permissions(mode: u32) -> RawMode {
    let bit = |go: u32, bit: RawMode| if mode & go != 0 { bit } else { 0 };
    (mode & 0o777) | bit(SET_UID, 0o4000) | bit(SET_GID, 0o2000) | bit(STICKY, 0o1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_those_of_go() {
        for (mode, go) in [
            (0o100_644, 0o644),
            (0o040_755, 0o755 | 1 << 31),
            (0o120_777, 0o777 | 1 << 27),
            (0o104_755, 0o755 | 1 << 23),
            (0o041_777, 0o777 | 1 << 31 | 1 << 20),
            (0o020_666, 0o666 | 1 << 26 | 1 << 21),
            (0o140_755, 0o755),
        ] {
            assert_eq!(to_go(mode), go, "{mode:o}");
            assert_eq!(permissions(go), mode & 0o7777, "{mode:o}");
        }
        assert!(has_content(to_go(0o104_755)));
        assert!(!has_content(to_go(0o010_644)));
    }
}
