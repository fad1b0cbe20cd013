//! How long it takes with many files. Not run by itself, since a busy machine is slow:
//! `cargo test --release -p tree -- --ignored --nocapture`.

use std::path::Path;
use std::time::Instant;

use tree::{Cache, Selection};

use crate::World;

#[test]
#[ignore = "a measurement"]
fn twenty_thousand_files() {
    let world = World::new(&[]);
    for number in 0..20_000 {
        let folder = world.from(&format!("t/{}/{}", number / 1000, number / 20));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("file-{number}.rs")), format!("{number}\n").repeat(200)).unwrap();
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    let cache = Cache::new(100_000);
    let what = Selection { contents: true, ..Selection::new(world.source(), Path::new("t")) };
    for round in ["cold", "warm", "warm", "warm"] {
        let began = Instant::now();
        tree::digest(&what, Some(&cache)).unwrap();
        println!("digest {round}: {:?}", began.elapsed());
    }
    let began = Instant::now();
    let copied = world.copy("t", "/copy").unwrap();
    println!("copy of {} entries, {} bytes: {:?}", copied.entries, copied.bytes, began.elapsed());
    assert_eq!(copied.entries, 21_020);
}
