//! What the programs of coreutils and xargs say of letters that they do not take.

/// A program, what getopt(3) gets from it, its exit code, and whether its options end at the first operand.
const KNOWN: [(&str, &str, i32, bool); 33] = [
    ("basename", "as:z", 1, true),
    ("cat", "AbeEnstTuv", 1, false),
    ("cp", "abdfHilLnprRst:uvxPS:TZ", 1, false),
    ("comm", "123z", 1, false),
    ("cut", "b:c:d:f:nsz", 1, false),
    ("date", "d:f:I::r:Rs:u", 1, false),
    ("dirname", "z", 1, false),
    ("env", "iS:u:0vC:", 125, true),
    ("head", "c:n:qvz0123456789", 1, false),
    ("id", "agGnruzZ", 1, false),
    ("ln", "bdfinrst:vFLPS:T", 1, false),
    ("ls", "abcdfghiklmnopqrstuvxABCDFGHI:LNQRSTU1w:XZ", 2, false),
    ("mkdir", "m:pvZ", 1, false),
    ("mv", "bfint:uvS:TZ", 1, false),
    ("nohup", "", 125, true),
    ("nproc", "", 1, false),
    ("readlink", "efmnqsvz", 1, false),
    ("realpath", "eLmPqsz", 1, false),
    ("rm", "dfirRvI", 1, false),
    ("rmdir", "pv", 1, false),
    ("setsid", "cfw", 1, true),
    ("sleep", "", 1, false),
    ("sort", "bdfgiMhnRrVcCk:mo:sS:t:T:uzy", 2, false),
    ("stat", "c:fLt", 1, false),
    ("tac", "brs:", 1, false),
    ("tail", "c:n:fFqs:vz0123456789", 1, false),
    ("tee", "aip", 1, false),
    ("timeout", "k:s:v", 125, true),
    ("touch", "acd:fhmr:t:", 1, false),
    ("tr", "cCdst", 1, true),
    ("uname", "asnrvpioma", 1, false),
    ("uniq", "cdDf:is:uw:z0123456789", 1, false),
    ("wc", "clmLw", 1, false),
];

/// The first letter that a program does not take, with its exit code.
pub(super) fn refused(args: &[String]) -> Option<(char, i32)> {
    let (_, known, code, first) = KNOWN.iter().find(|(name, ..)| *name == args[0])?;
    let mut rest = args.iter().skip(1);
    while let Some(arg) = rest.next() {
        if arg == "--" {
            return None;
        }
        if arg.len() < 2 || !arg.starts_with('-') {
            if *first {
                return None;
            }
            continue;
        }
        if arg.starts_with("--") {
            continue;
        }
        for (at, letter) in arg.char_indices().skip(1) {
            let Some(place) = known.find(letter).filter(|_| letter != ':') else { return Some((letter, *code)) };
            if known[place + 1..].starts_with("::") {
                break;
            }
            if known[place + 1..].starts_with(':') {
                if at + letter.len_utf8() == arg.len() {
                    rest.next();
                }
                break;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn letters_are_known_with_their_values() {
        let refused = |line: &str| refused(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(refused("ls -laQ -Y"), Some(('Y', 2)));
        assert_eq!(refused("cut -d Y -f 1"), None);
        assert_eq!(refused("timeout -s KILL 1 ls -Y"), None);
        assert_eq!(
            (refused("head -5 x"), refused("sort -k2,2n -Y"), refused("date -Iseconds")),
            (None, Some(('Y', 2)), None)
        );
    }
}
