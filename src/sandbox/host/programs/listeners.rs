//! httpd and nc: programs that listen. Who asks them looks at their command lines ([`listen`](super::super::listen)).

use super::super::listen::flag;
use super::super::sys::Sys;
use super::{Env, spawn};

/// Listens until it is killed; `httpd` without `-f` does so in the background. `nc` that connects elsewhere is not modelled.
pub(super) async fn main(sys: &Sys, args: &[String], env: &Env) -> i32 {
    if args[0] == "httpd" && !flag(args, 'f') {
        let args = [args, &["-f".to_owned()]].concat();
        return spawn(sys, args, env.clone(), sys.io.clone()).await.map_or_else(|code| code, |_| 0);
    }
    if args[0] == "nc" && !flag(args, 'l') {
        sys.err("nc: not modelled in kpnb's sandbox\n").await;
        return 127;
    }
    // busybox's own way to go on listening is -ll.
    let unknown = args.iter().skip(1).filter(|arg| args[0] == "nc" && arg.starts_with('-')).find_map(|arg| {
        arg.chars().skip(1).find(|letter| !"lpwieufnvsto0".contains(*letter) && !letter.is_ascii_digit())
    });
    if let Some(letter) = unknown {
        sys.err(format!("nc: invalid option -- '{letter}'\n")).await;
        return 1;
    }
    sys.forever().await
}
