//! The file of a journal: who may read it, what survives, what a cut-off line means.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;

fn header() -> Header {
    Header::new("kind-x".to_owned(), "uid".to_owned(), "a.md".to_owned(), Path::new("/notebooks"), &[])
}

fn command(n: usize) -> Inverse {
    Inverse::Command { command: format!("kubectl uncordon n{n}") }
}

fn planned(folder: &Path) -> (PathBuf, Journal) {
    let path = folder.join("journals/a.jsonl");
    (path.clone(), Journal::planned(path, header()))
}

#[test]
fn the_last_change_is_undone_first() {
    let journal = Journal::default();
    journal.register("first").unwrap();
    journal.register("second").unwrap();
    let order: Vec<u64> = journal.pending().iter().map(|entry| entry.n).collect();
    assert_eq!(order, [2, 1]);
    journal.done(2);
    assert_eq!(journal.len(), 1);
    journal.close();
    assert!(journal.register("third").is_err(), "what comes after would never be undone");
}

#[test]
fn a_run_without_changes_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journal) = planned(folder.path());
    journal.remove().unwrap();
    assert!(!path.exists() && journal.recover_command().is_none());
}

#[test]
fn only_this_user_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journal) = planned(folder.path());
    journal.add(command(1)).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(journal.recover_command().unwrap(), "kpnb recover --cluster kind-x");
    journal.remove().unwrap();
    assert!(!path.exists());
}

#[test]
fn it_is_read_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journal) = planned(folder.path());
    journal.set_inventory(Inventory::default());
    let delete = |name: &str| Inverse::Delete {
        path: format!("/api/v1/namespaces/{name}"),
        finalizers: vec!["a/b".to_owned()],
        template_finalizers: Vec::new(),
    };
    journal.add(delete("a")).unwrap();
    journal.add(delete("b")).unwrap();
    journal.add(command(3)).unwrap();
    journal.became(3, serde_json::json!({"spec": {}}));
    journal.done(1);
    let pending = journal.pending();
    assert!(Journal::open(&path).unwrap().is_none(), "its writer lives");
    drop(journal);
    let journal = Journal::open(&path).unwrap().unwrap();
    assert_eq!(journal.pending(), pending);
    assert_eq!(journal.header().unwrap().notebook, "a.md");
    assert!(journal.inventory().is_some() && journal.damaged().is_empty());
    assert!(journal.covers(&Place::of_namespace("b")) && !journal.covers(&Place::of_namespace("a")));
}

#[test]
fn a_line_that_was_cut_off_is_as_if_it_were_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journal) = planned(folder.path());
    journal.add(command(1)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    journal.add(command(2)).unwrap();
    drop(journal);
    let both = std::fs::read(&path).unwrap();
    for cut in whole.len()..both.len() {
        std::fs::write(&path, &both[..cut]).unwrap();
        let journal = Journal::open(&path).unwrap().unwrap();
        assert_eq!((journal.len(), journal.damaged().len()), (1, 0), "cut at {cut}");
        journal.add_while_undoing(command(9)).unwrap();
        drop(journal);
        assert_eq!(Journal::open(&path).unwrap().unwrap().pending()[0].inverse, command(9), "cut at {cut}");
    }
}

#[test]
fn damage_in_its_midst_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journal) = planned(folder.path());
    journal.add(command(1)).unwrap();
    journal.add(command(2)).unwrap();
    drop(journal);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    std::fs::write(&path, format!("{}\n{{\"what\n{}\n", lines[0], lines[2])).unwrap();
    let journal = Journal::open(&path).unwrap().unwrap();
    assert_eq!((journal.damaged(), journal.len()), (vec![2], 1));
}

#[test]
fn a_header_that_was_cut_off_means_that_nothing_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journal) = planned(folder.path());
    journal.add(command(1)).unwrap();
    drop(journal);
    let text = std::fs::read(&path).unwrap();
    std::fs::write(&path, &text[..20]).unwrap();
    let found = folder::list(folder.path());
    assert!(found.len() == 1 && found[0].header.is_none() && found[0].pending == 0, "{found:?}");
}

#[test]
fn the_list_tells_who_still_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (_, journal) = planned(folder.path());
    journal.add(command(1)).unwrap();
    assert!(folder::list(folder.path())[0].held);
    drop(journal);
    let found = folder::list(folder.path());
    assert_eq!(
        (found[0].held, found[0].pending, found[0].header.as_ref().unwrap().pid),
        (false, 1, std::process::id())
    );
}

#[test]
fn a_change_that_cannot_be_written_down_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("journals"), "no folder").unwrap();
    let (_, journal) = planned(folder.path());
    let failure = journal.add(command(1)).unwrap_err();
    assert!(failure.message.starts_with("the change is not made: "), "{}", failure.message);
}
