//! What `ps` is asked.

use super::columns::{Column, columns, formats};

/// What was asked for.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) columns: Vec<Column>,
    pub(super) which: Which,
    pub(super) lists: Lists,
    /// `-N`: all but those.
    pub(super) others: bool,
    /// Whether flags were BSD's, for which `Near` leaves out what has no terminal.
    pub(super) bsd: bool,
    pub(super) tree: Option<Tree>,
    pub(super) headers: Option<bool>,
    pub(super) sort: Vec<String>,
}

/// Which processes, where no list names them.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The user's, on the same terminal, or without one as ps itself.
    #[default]
    Near,
    /// The user's (`x`).
    Own,
    /// Those on terminals (`a`).
    OnTerminals,
    /// Those on terminals but the sessions' leaders (`-a`).
    Led,
    /// All but the sessions' leaders (`-d`).
    NotLeaders,
    All,
}

/// Processes that are named.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) pids: Vec<u32>,
    pub(super) parents: Vec<u32>,
    pub(super) sessions: Vec<u32>,
    pub(super) terminals: Vec<String>,
    pub(super) commands: Vec<String>,
    pub(super) users: Vec<String>,
}

impl Lists {
    pub(super) fn is_empty(&self) -> bool {
        self.pids.is_empty()
            && self.parents.is_empty()
            && self.sessions.is_empty()
            && self.terminals.is_empty()
            && self.commands.is_empty()
            && self.users.is_empty()
    }
}

/// How parents and children are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tree {
    /// Lines before what a child runs (`f`, `--forest`).
    Lines,
    /// Blanks (`-H`).
    Blanks,
}

/// The columns that flags ask for.
#[derive(Default)]
struct Shape {
    bsd: bool,
    user: bool,
    full: bool,
    more: bool,
    jobs: bool,
    long: bool,
}

impl Shape {
    fn columns(&self) -> Vec<Column> {
        let keys = match self {
            Self { bsd: true, user: true, .. } => "user pid pcpu pmem vsz rss TTY stat bsdstart bsdtime command",
            Self { bsd: true, jobs: true, .. } => "ppid pid pgid sid TTY tpgid stat uid bsdtime command",
            Self { bsd: true, long: true, .. } => "f uid pid ppid priority ni vsz rss wchan stat TTY bsdtime command",
            Self { bsd: true, .. } => "pid TTY stat bsdtime command",
            Self { more: true, .. } => "uid_name pid ppid c size rss psr stime TTY time cmd",
            Self { full: true, jobs: true, .. } => "uid_name pid ppid pgid sid c stime TTY time cmd",
            Self { full: true, long: true, .. } => {
                "f s uid_name pid ppid c priority ni addr size wchan stime TTY time cmd"
            }
            Self { full: true, .. } => "uid_name pid ppid c stime TTY time cmd",
            Self { jobs: true, .. } => "pid pgid sid TTY time CMD",
            Self { long: true, .. } => "f s uid pid ppid c priority ni addr size wchan TTY time CMD",
            _ => "pid TTY time CMD",
        };
        columns(&keys.split(' ').collect::<Vec<_>>())
    }
}

/// The flags of Unix' own syntax; where another stands behind a dash, all is read as BSD's (`-aux`).
const UNIX: &str = "AFHNLPTVZaCcdefgGjlmMnoOpqstuUwy";

/// Reads arguments.
///
/// # Errors
/// As ps words them.
pub(super) fn wanted(args: &[String]) -> Result<Wanted, String> {
    let as_bsd = |arg: &String| {
        let flags = arg.strip_prefix('-').filter(|flags| !flags.starts_with('-'))?;
        let valued = flags.find(['C', 'G', 'O', 'U', 'g', 'o', 'p', 'q', 's', 't', 'u']).unwrap_or(flags.len());
        // `-ux`: there is no user x.
        Some(&flags[valued..] == "ux" || flags[..valued].contains(|flag| !UNIX.contains(flag)))
    };
    let forced = args.iter().filter_map(as_bsd).any(|bsd| bsd);
    let mut wanted = Wanted::default();
    let mut shape = Shape { bsd: forced, ..Shape::default() };
    let (mut own, mut every, mut untied) = (Vec::new(), false, false);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if let Some(long) = arg.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            let mut value = || value.clone().or_else(|| rest.next().cloned()).unwrap_or_default();
            match name {
                "no-headers" | "no-heading" | "noheaders" => wanted.headers = Some(false),
                "sort" => wanted.sort = value().split(',').map(str::to_owned).collect(),
                "pid" => wanted.lists.pids = numbers(&value()),
                "ppid" => wanted.lists.parents = numbers(&value()),
                "sid" => wanted.lists.sessions = numbers(&value()),
                "user" | "User" => wanted.lists.users = words(&value()),
                "format" => formats(&value(), &mut own)?,
                "forest" => wanted.tree = Some(Tree::Lines),
                "deselect" => wanted.others = true,
                "headers" => {}
                "cols" | "columns" | "width" | "rows" | "lines" => drop(value()),
                _ => return Err("error: unknown gnu long option".to_owned()),
            }
            continue;
        }
        let dashed = arg.starts_with('-') && !forced;
        if !dashed && arg.chars().all(|c| c.is_ascii_digit() || c == ',') {
            wanted.lists.pids.extend(numbers(arg));
            shape.bsd = true;
            continue;
        }
        shape.bsd |= !dashed;
        let flags = arg.trim_start_matches('-');
        for (at, flag) in flags.char_indices() {
            let takes = matches!(flag, 'o' | 'O' | 'p' | 'q' | 'U' | 't' | 'k')
                || dashed && matches!(flag, 'u' | 'g' | 'C' | 's' | 'G');
            if takes {
                let value = match &flags[at + 1..] {
                    "" => rest.next().cloned().unwrap_or_default(),
                    joined => joined.to_owned(),
                };
                match (flag, value.is_empty()) {
                    ('p' | 'q', true) => return Err("error: list of process IDs must follow -p".to_owned()),
                    ('C', true) => return Err("error: list of command names must follow -C".to_owned()),
                    ('o' | 'O', true) => return Err("error: format specification must follow -o".to_owned()),
                    ('o' | 'O', _) => formats(&value, &mut own)?,
                    ('p' | 'q', _) => wanted.lists.pids.extend(numbers(&value)),
                    ('C', _) => wanted.lists.commands = words(&value),
                    ('u' | 'U', _) => wanted.lists.users = words(&value),
                    ('s' | 'g', _) => wanted.lists.sessions = numbers(&value),
                    ('k', _) => wanted.sort = words(&value),
                    ('t', _) => wanted.lists.terminals = words(&value),
                    ('G', _) => return Err("error: choosing by group is not modelled in kpnb's sandbox".to_owned()),
                    _ => {}
                }
                break;
            }
            match (flag, dashed) {
                ('e' | 'A', true) => wanted.which = Which::All,
                ('d', true) => wanted.which = Which::NotLeaders,
                ('a', true) => wanted.which = Which::Led,
                ('N', true) => wanted.others = true,
                ('H', true) => wanted.tree = Some(Tree::Blanks),
                ('f', false) => wanted.tree = Some(Tree::Lines),
                ('a', false) => every = true,
                ('x', false) => untied = true,
                ('f', true) => shape.full = true,
                ('F', true) => shape.more = true,
                ('u', false) => shape.user = true,
                ('j', _) => shape.jobs = true,
                ('l', _) => shape.long = true,
                ('h', false) => wanted.headers = Some(false),
                ('w' | 'T' | 'L' | 'e' | 'g' | 'S' | 'c' | 'n' | 'm' | 'y', _) => {}
                ('V', _) => return Err("ps from procps-ng 4.0.2".to_owned()),
                _ => return Err("error: unsupported option (BSD syntax)".to_owned()),
            }
        }
    }
    wanted.which = match (every, untied) {
        (true, true) => Which::All,
        (true, false) => Which::OnTerminals,
        (false, true) => Which::Own,
        (false, false) => wanted.which,
    };
    wanted.bsd = shape.bsd;
    wanted.columns = if own.is_empty() { shape.columns() } else { own };
    wanted.headers.get_or_insert_with(|| wanted.columns.iter().any(|column| !column.title.is_empty()));
    Ok(wanted)
}

fn numbers(list: &str) -> Vec<u32> {
    list.split([',', ' ']).filter_map(|number| number.parse().ok()).collect()
}

fn words(list: &str) -> Vec<String> {
    list.split([',', ' ']).map(str::to_owned).collect()
}
