#![allow(clippy::unwrap_used)]
//! What mawk 1.3.4 printed for the same programs and input on a node of a lab.

use super::parse::parse;
use super::run::{Run, Stop};

const INPUT: &str = "root 1 0.5 /sbin/init\nkubelet 32 2.25 kubelet --config=x\netcd 43 10 etcd\n";

fn awk(program: &str) -> String {
    let mut run = Run::new(parse(program).unwrap(), &Default::default(), &[]);
    let mut done = run.begin();
    for line in INPUT.lines() {
        done = done.and_then(|()| run.record(line.to_owned()));
    }
    if matches!(done, Ok(()) | Err(Stop::Exit(_))) {
        let _ = run.end();
    }
    run.output.iter().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn programs_print_what_mawk_prints() {
    for (program, text) in [
        ("{print $1}", "root\nkubelet\netcd\n"),
        ("NR>1 && $2~/3/ {print $1,$NF}", "kubelet --config=x\netcd etcd\n"),
        ("/etcd/", "etcd 43 10 etcd\n"),
        ("$3>2", "kubelet 32 2.25 kubelet --config=x\netcd 43 10 etcd\n"),
        (
            "{s+=$3} END {print s, s/NR; printf \"%5.2f|%-6s|%03d|%x\\n\", s, \"ab\", 7, 255}",
            "12.75 4.25\n12.75|ab    |007|ff\n",
        ),
        ("{n[$1]++} END {for (k in n) print k, n[k]}", "root 1\netcd 1\nkubelet 1\n"),
        (
            "BEGIN {x = \"A\" 1+2 \"b\"; print x, length(x), substr(x, 2, 1), index(x, \"b\"), toupper(x)}",
            "A3b 3 3 3 A3B\n",
        ),
        (
            "BEGIN {n = split(\"a:b:c\", p, \":\"); print n, p[3]; while (i < 3) i++; print i; exit 3} END {print \"end\"}",
            "3 c\n3\nend\n",
        ),
        (
            "{gsub(/e/, \"<&>\"); sub(\"k\", \"K\"); print; next; print \"no\"}",
            "root 1 0.5 /sbin/init\nKub<e>l<e>t 32 2.25 kub<e>l<e>t --config=x\n<e>tcd 43 10 <e>tcd\n",
        ),
        ("NR==1,NR==2 {$2=\"\"; print NF\": \"$0}", "4: root  0.5 /sbin/init\n5: kubelet  2.25 kubelet --config=x\n"),
        ("END {print NR, $1; if (!(\"x\" in a)) print \"none\"; else print \"some\"}", "3 etcd\nnone\n"),
        (
            "BEGIN {for (i = 0; i < 3; i++) { if (i == 1) continue; printf \"%d \", i }; print 1e6, 0.1+0.2, 100000000000, 1/3}",
            "0 2 1000000 0.3 1e+11 0.333333\n",
        ),
        ("BEGIN {print 1==1.0, \"a\"<\"b\", 2<10, \"2\"<\"10\", !x, -3%2, 2^3^2}", "1 1 1 0 1 -1 512\n"),
        (
            "NR==2 {print (NR > 1 ? \"y\" : \"n\") ; print($1, $2) ; print ($1) $2; print match($0, /[0-9]+/), RSTART, RLENGTH}",
            "y\nkubelet 32\nkubelet32\n9 9 2\n",
        ),
    ] {
        assert_eq!(awk(program), text, "{program}");
    }
}

#[test]
fn what_is_wrong_is_refused() {
    assert_eq!(parse("{print $1").unwrap_err(), "syntax error at or near end of line");
    assert_eq!(parse("BEGIN {print )}").unwrap_err(), "syntax error at or near )");
    assert_eq!(parse("BEGIN {system(\"ls\")}").unwrap_err(), "function system never defined");
}
