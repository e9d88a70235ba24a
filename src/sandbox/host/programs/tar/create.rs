//! `tar c`.

use super::{Asked, TRY, cannot_open, code, enter};
use crate::sandbox::host::archive::{self, Packing};
use crate::sandbox::host::files::{NOT_FOUND, absolute};
use crate::sandbox::host::sys::Sys;

/// What GNU's fills its last record up to (its default blocking factor of 20).
const RECORD: usize = 10_240;

/// What of a name does not go into an archive: its slashes in front, and all up to its last `..`.
fn prefix(name: &str) -> &str {
    let up = name.rfind("../").map_or(0, |at| at + 3);
    let up = if name == ".." || name.ends_with("/..") { name.len() } else { up };
    let slashes = name[up..].len() - name[up..].trim_start_matches('/').len();
    &name[..up + slashes]
}

pub(super) async fn create(sys: &Sys, asked: &Asked, file: Option<(String, String)>, dir: &str, ash: bool) -> i32 {
    if asked.names.is_empty() {
        sys.err(if ash {
            "tar: empty archive\n".to_owned()
        } else {
            format!("tar: Cowardly refusing to create an empty archive\n{TRY}")
        })
        .await;
        return code(true, ash);
    }
    if let Some((path, name)) = &file {
        let path = path.clone();
        if let Err(why) = sys.files(move |files, now| files.write(&path, "", now)).await {
            return cannot_open(sys, name, why, ash).await;
        }
    }
    if !enter(sys, asked, dir, ash).await {
        return code(true, ash);
    }
    let (names, exclude, follow) = (asked.names.clone(), asked.exclude.clone(), asked.has('h'));
    let dir = dir.to_owned();
    let (packed, told, complaints) = sys
        .files(move |files, _| {
            let mut builder = tar::Builder::new(Vec::new());
            let (mut told, mut complaints) = (Vec::new(), Vec::new());
            for name in &names {
                let path = absolute(&dir, name);
                let at = files.resolve(&path).unwrap_or_else(|| path.clone());
                // A link at the end is itself.
                let own = path.trim_end_matches('/').rsplit_once('/').and_then(|(dir, last)| {
                    let dir = files.resolve(if dir.is_empty() { "/" } else { dir })?;
                    Some(format!("{}/{last}", dir.trim_end_matches('/')))
                });
                let at = own.filter(|own| !follow && files.own(own).is_some()).unwrap_or(at);
                if files.own(&at).is_none() {
                    complaints.push(if ash {
                        format!("tar: {name}: {NOT_FOUND}\n")
                    } else {
                        format!("tar: {name}: Cannot stat: {NOT_FOUND}\n")
                    });
                    continue;
                }
                let prefix = prefix(name);
                if !prefix.is_empty() {
                    complaints.push(if ash {
                        format!("tar: removing leading '{prefix}' from member names\n")
                    } else {
                        format!("tar: Removing leading `{prefix}' from member names\n")
                    });
                }
                let inside = name[prefix.len()..].trim_end_matches('/');
                let inside = if inside.is_empty() { "." } else { inside };
                let how = Packing { follow, exclude: &exclude };
                match archive::pack(&mut builder, files, &at, inside, how) {
                    Ok(names) => told.extend(names),
                    Err(error) => complaints.push(format!("tar: {name}: {error}\n")),
                }
            }
            (builder.into_inner().unwrap_or_default(), told, complaints)
        })
        .await;
    let failed = complaints.iter().any(|why| !why.to_lowercase().starts_with("tar: removing"));
    sys.err(complaints.concat()).await;
    let mut packed = packed;
    if !ash {
        packed.resize(packed.len().next_multiple_of(RECORD), 0);
    }
    let compressed = asked.has('a') && file.as_ref().is_some_and(|(path, _)| path.ends_with("gz"));
    if asked.has('z') || compressed {
        packed = archive::gzip(&packed);
    }
    let verbose: String = told.iter().filter(|_| asked.has('v')).map(|name| format!("{name}\n")).collect();
    match file {
        Some((path, _)) => {
            // It was written to before.
            let _ = sys.files(move |files, now| files.write(&path, packed, now)).await;
            sys.out(verbose).await;
        }
        None => {
            sys.err(verbose).await;
            sys.out(packed).await;
        }
    }
    if failed {
        sys.err(if ash {
            "tar: error exit delayed from previous errors\n"
        } else {
            "tar: Exiting with failure status due to previous errors\n"
        })
        .await;
    }
    code(failed, ash)
}

#[cfg(test)]
mod tests {
    use super::prefix;

    #[test]
    fn what_leads_out_of_a_folder_is_not_packed() {
        assert_eq!(["/tmp/d", "/tmp/../d", "d/..", "a/b", "./a"].map(prefix), ["/", "/tmp/../", "d/..", "", ""]);
    }
}
