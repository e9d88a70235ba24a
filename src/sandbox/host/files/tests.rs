#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn links_are_followed_and_deletions_hide_the_base() {
    let now = Timestamp::UNIX_EPOCH;
    let base = [
        ("/", Entry::dir(0o755, now)),
        ("/bin", Entry::link("usr/bin", now)),
        ("/usr", Entry::dir(0o755, now)),
        ("/usr/bin", Entry::dir(0o755, now)),
        ("/usr/bin/ls", Entry::file(0o755, "x", now)),
    ];
    let mut files = Files::on(Arc::new(base.map(|(path, entry)| (path.to_owned(), entry)).into()));
    assert_eq!(files.get("/bin/../bin/ls").unwrap().size, 1);
    files.write("/bin/new", "abc", now).unwrap();
    assert_eq!(files.list("/bin").len(), 2);
    files.remove("/usr/bin/ls");
    assert_eq!(files.get("/bin/ls"), None);
    assert_eq!(files.write("/none/x", "", now), Err(NOT_FOUND));
    assert_eq!(files.get("/bin/new").unwrap().permissions(), "-rw-r--r--");
}

#[test]
fn what_is_mounted_is_the_same_on_both_sides() {
    let now = Timestamp::UNIX_EPOCH;
    let tree = || Arc::new([("/".to_owned(), Entry::dir(0o755, now))].into());
    let (mut host, mut one, mut two) = (Files::on(tree()), Files::on(tree()), Files::on(tree()));
    super::super::runtime::make_dirs(&mut host, "/data/sub/", now);
    one.mount("/mnt/a", &host, "/data", false, now);
    two.mount("/b", &host, "/data", true, now);
    one.write("/mnt/a/sub/x", "1", now).unwrap();
    assert_eq!(&two.get("/b/sub/x").unwrap().content[..], b"1");
    assert_eq!(&host.get("/data/sub/x").unwrap().content[..], b"1");
    assert_eq!(two.write("/b/sub/x", "2", now), Err("Read-only file system"));
    assert_eq!(two.list("/")[0].0, "b");
    assert_eq!(one.held("/mnt/a"), Some("Device or resource busy"));
    one.remove("/mnt/a/sub");
    assert!(host.list("/data").is_empty());
    assert_eq!(one.get("/mnt/a/sub/x"), None);
}
