//! What a set-up needs of a container's image and the image may not have: a process that does nothing, and the few
//! things that are done to files, groups and users. Standard library only; it reads and writes within its own root.
//!
//! `hand idle`, `hand run PROGRAM ARGUMENT…`, `hand find NAME…`, `hand exists PATH`, `hand executable PATH`, `hand file FROM TO MODE OWNER GROUP`,
//! `hand link TARGET PATH`, `hand copy FROM INTO`, `hand group NAME GID`, `hand user NAME UID HOME GROUPS`. A number or
//! a path that is not asked for is `-`.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Where programs are looked for besides PATH.
const FOLDERS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// Numbers that groups and users get which ask for none.
const NUMBERS: std::ops::Range<u32> = 1000..60000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[&str]) -> io::Result<bool> {
    match arguments {
        ["run", program, rest @ ..] => become_program(program, rest),
        ["idle"] => loop {
            std::thread::park();
        },
        ["find", names @ ..] => Ok(find(names)),
        ["exists", path] => Ok(Path::new(path).exists()),
        ["executable", path] => {
            let mode = fs::metadata(path)?.permissions().mode();
            fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o111)).map(|()| true)
        }
        ["file", from, to, mode, owner, group] => file(from, Path::new(to), mode, owner, group).map(|()| true),
        ["link", target, path] => {
            let path = Path::new(path);
            clear(path)?;
            symlink(target, path).map_err(at(path)).map(|()| true)
        }
        ["copy", from, into] => {
            let into = Path::new(into);
            fs::create_dir_all(into).map_err(at(into))?;
            copy(Path::new(from), into).map(|()| true)
        }
        ["group", name, gid] => add_group(name, number(gid)?).map(|_| true),
        ["user", name, uid, home, groups] => add_user(name, number(uid)?, home, groups).map(|()| true),
        _ => Err(wrong("what is to be done?".into())),
    }
}

fn wrong(why: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, why)
}

fn at(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn number(text: &str) -> io::Result<Option<u32>> {
    match text {
        "-" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| wrong(format!("{text} is no number"))),
    }
}

/// Becomes a program that writes to one stream only, so that what it writes stays in its order.
fn become_program(program: &str, arguments: &[&str]) -> io::Result<bool> {
    let output = Stdio::from(io::stdout().as_fd().try_clone_to_owned()?);
    let error = Command::new(program).args(arguments).stderr(output).exec();
    println!("{program} cannot be started: {error}");
    // As shells have it.
    std::process::exit(if error.kind() == ErrorKind::NotFound { 127 } else { 126 })
}

/// Prints the path of the first of these programs that is there.
fn find(names: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(FOLDERS.map(PathBuf::from)).collect();
    let is_program =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
    let found = names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(is_program));
    if let Some(path) = &found {
        println!("{}", path.display());
    }
    found.is_some()
}

/// Makes room for a file: its folder is there, and it is not.
fn clear(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn file(from: &str, to: &Path, mode: &str, owner: &str, group: &str) -> io::Result<()> {
    let mode = u32::from_str_radix(mode, 8).map_err(|_| wrong(format!("{mode} is no mode")))?;
    let uid = id_of("/etc/passwd", owner)?;
    let gid = id_of("/etc/group", group)?;
    clear(to)?;
    fs::copy(from, to).map_err(at(to))?;
    chown(to, Some(uid), Some(gid)).map_err(at(to))?;
    // After the owner, which takes the set-user-id bit away.
    fs::set_permissions(to, fs::Permissions::from_mode(mode)).map_err(at(to))
}

fn copy(from: &Path, into: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry?;
        let (source, target) = (entry.path(), into.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            fs::create_dir_all(&target).map_err(at(&target))?;
            copy(&source, &target)?;
        } else if kind.is_symlink() {
            clear(&target)?;
            symlink(fs::read_link(&source)?, &target).map_err(at(&target))?;
        } else if kind.is_file() {
            clear(&target)?;
            fs::copy(&source, &target).map_err(at(&target))?;
        }
    }
    Ok(())
}

/// The lines of `/etc/passwd` or `/etc/group`.
fn lines(path: &str) -> io::Result<Vec<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(at(Path::new(path))(error)),
    }
}

fn field(line: &str, which: usize) -> &str {
    line.split(':').nth(which).unwrap_or_default()
}

/// The number of a user or a group: the third field in both files.
fn id_of(path: &str, name: &str) -> io::Result<u32> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let lines = lines(path)?;
    let found = lines.iter().find(|line| field(line, 0) == name).and_then(|line| field(line, 2).parse().ok());
    match found {
        Some(number) => Ok(number),
        // An image may have no such files.
        None if name == "root" => Ok(0),
        None => Err(io::Error::new(ErrorKind::NotFound, format!("{path} has no {name}"))),
    }
}

/// A number that is asked for, or the first that nobody has.
fn free(lines: &[String], wanted: Option<u32>, name: &str) -> io::Result<u32> {
    let taken = |number: u32| lines.iter().find(|line| field(line, 2).parse() == Ok(number));
    match wanted {
        Some(number) => match taken(number) {
            Some(line) => Err(wrong(format!("the number {number} of {name} is that of {}", field(line, 0)))),
            None => Ok(number),
        },
        None => {
            NUMBERS.into_iter().find(|number| taken(*number).is_none()).ok_or_else(|| wrong("no number is free".into()))
        }
    }
}

fn plain(name: &str) -> io::Result<()> {
    let fine = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if fine { Ok(()) } else { Err(wrong(format!("{name:?} is no name of a user or group"))) }
}

fn append(path: &str, mode: u32, line: &str) -> io::Result<()> {
    let path = Path::new(path);
    let before = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            clear(path)?;
            fs::write(path, b"").map_err(at(path))?;
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(at(path))?;
            Vec::new()
        }
        Err(error) => return Err(at(path)(error)),
    };
    let break_line = if before.is_empty() || before.ends_with(b"\n") { "" } else { "\n" };
    let mut file = fs::File::options().append(true).open(path).map_err(at(path))?;
    file.write_all(format!("{break_line}{line}\n").as_bytes()).map_err(at(path))
}

/// A group's number; it is made when it is not there.
fn add_group(name: &str, gid: Option<u32>) -> io::Result<u32> {
    plain(name)?;
    let groups = lines("/etc/group")?;
    if groups.iter().any(|line| field(line, 0) == name) {
        println!("the group {name} is there");
        return id_of("/etc/group", name);
    }
    let gid = free(&groups, gid, name)?;
    append("/etc/group", 0o644, &format!("{name}:x:{gid}:"))?;
    Ok(gid)
}

/// A user who cannot log in, in a group of the same name and the others.
fn add_user(name: &str, uid: Option<u32>, home: &str, groups: &str) -> io::Result<()> {
    plain(name)?;
    let users = lines("/etc/passwd")?;
    if users.iter().any(|line| field(line, 0) == name) {
        println!("the user {name} is there");
    } else {
        let uid = free(&users, uid, name)?;
        let own = lines("/etc/group")?;
        let gid = add_group(name, Some(uid).filter(|uid| own.iter().all(|line| field(line, 2).parse() != Ok(*uid))))?;
        let home = if home == "-" { format!("/home/{name}") } else { home.to_owned() };
        if !home.starts_with('/') || home.contains([':', '\n']) {
            return Err(wrong(format!("{home:?} is no home directory")));
        }
        append("/etc/passwd", 0o644, &format!("{name}:x:{uid}:{gid}::{home}:/sbin/nologin"))?;
        let made = !Path::new(&home).exists();
        fs::create_dir_all(&home).map_err(at(Path::new(&home)))?;
        if made {
            chown(&home, Some(uid), Some(gid)).map_err(at(Path::new(&home)))?;
        }
        if Path::new("/etc/shadow").exists() {
            append("/etc/shadow", 0o600, &format!("{name}:!:::::::"))?;
        }
    }
    for group in groups.split(',').filter(|group| !group.is_empty()) {
        join(name, group)?;
    }
    Ok(())
}

/// Makes a user a member of a group, which is made when it is not there.
fn join(user: &str, group: &str) -> io::Result<()> {
    add_group(group, None)?;
    let joined = lines("/etc/group")?.into_iter().map(|line| {
        let is_member = field(&line, 3).split(',').any(|member| member == user);
        match field(&line, 0) == group && !is_member {
            true if line.ends_with(':') => line + user,
            true => format!("{line},{user}"),
            false => line,
        }
    });
    let text: String = joined.map(|line| line + "\n").collect();
    fs::write("/etc/group", text).map_err(at(Path::new("/etc/group")))
}
