//! A disk that is full: the notebook stays whole, and the error says so.

use std::path::Path;
use std::process::Command;

/// Runs a script in a mount namespace of its own, with a file system of 64 KiB at `$1`. None where the machine lets
/// nobody mount.
fn on_small_disk(at: &Path, script: &str) -> Option<(i32, String)> {
    let mount = "mount -t tmpfs -o size=64k tmpfs \"$1\" 2>/dev/null || exit 99\n";
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", &format!("{mount}{script}"), "sh"])
        .arg(at)
        .env("KPNB", env!("CARGO_BIN_EXE_kpnb"))
        .output()
        .ok()?;
    let told = [output.stderr, output.stdout].concat();
    let told = String::from_utf8(told).unwrap();
    let code = output.status.code().unwrap_or(-1);
    let no_mount = code == 99 || told.contains("unshare:");
    (!no_mount).then_some((code, told))
}

#[test]
fn a_full_disk_keeps_the_file_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        cd "$1" || exit 98
        printf '```rhai {name=a}\n1\n```\n\n<!-- kpnb:output cell=a src=00000000 status=ok on=x -->\n\n```text\n1\n```\n' > a.md
        head -c 100000 /dev/zero > fill 2>/dev/null
        before=$(cksum a.md)
        "$KPNB" clean a.md
        code=$?
        [ "$before" = "$(cksum a.md)" ] || { echo "the file has changed"; exit 97; }
        [ "$(ls -A | tr '\n' ' ')" = "a.md fill " ] || { ls -A; exit 96; }
        rm fill
        "$KPNB" clean a.md || exit 95
        grep -q kpnb:output a.md && exit 94
        exit $code
    "#;
    let Some((code, told)) = on_small_disk(folder.path(), script) else {
        return eprintln!("this machine lets nobody mount a small disk: not tested");
    };
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("cannot write a.md: No space left on device"), "{told}");
    assert!(told.contains("the file is as it was"), "{told}");
}
