//! The hello image's program: says that everything works, and how.

fn main() {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    println!("Hello from a container!");
    println!();
    println!("What just happened: the client asked the daemon for a container of the image `hello`;");
    println!(
        "the daemon made namespaces, a root file system and a cgroup for it, and a shim started this program as process"
    );
    println!("{} of the host named {}. It ends now, and its exit code goes the same way back.", std::process::id(), host.trim());
}
