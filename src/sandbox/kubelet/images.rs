//! The images on a node, and what pulling another says: there is no registry.

/// An image that is on every node: its full name, its id and its size in bytes, as on the nodes of the recordings.
pub const IMAGES: &[(&str, &str, i64)] = &[
    (
        "docker.io/library/busybox:1.31",
        "sha256:0a764132216019cb7f318e8b1911c302f00e0e1fffcd0bc9129cbc25ce9a5679",
        2_141_479,
    ),
    ("k8s.gcr.io/pause:3.2", "sha256:80d28bedfe5dec59da9ebf8e6260224ac9008ab5c11dbbe16ee3ba3e4439ac2c", 21_801),
];

/// The full name of an image: with registry, repository and tag.
pub fn full_name(image: &str) -> String {
    let (first, rest) = image.split_once('/').unwrap_or(("", image));
    let named = first.contains('.') || first.contains(':') || first == "localhost";
    let repository = match (named, first.is_empty()) {
        (true, _) => image.to_owned(),
        (false, true) => format!("docker.io/library/{rest}"),
        (false, false) => format!("docker.io/{image}"),
    };
    let last = repository.rsplit('/').next().unwrap_or_default();
    if last.contains(':') || last.contains('@') { repository } else { format!("{repository}:latest") }
}

/// The full name and the id of an image, if it is on the nodes.
pub fn present(image: &str) -> Option<(&'static str, &'static str)> {
    let full = full_name(image);
    IMAGES.iter().find(|(name, id, _)| *name == full || *id == image).map(|(name, id, _)| (*name, *id))
}

/// Why a name is no image's, in the words of docker/distribution's `reference`.
pub fn misnamed(image: &str) -> Option<&'static str> {
    let named = |text: &str| {
        !text.is_empty()
            && text.split('/').all(|part| {
                let ends = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
                let inner =
                    |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter);
                ends(part.chars().next()) && ends(part.chars().last()) && part.chars().all(inner)
            })
    };
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let (first, rest) = name.split_once('/').unwrap_or(("", name));
    let registry = first.contains(['.', ':']) || first == "localhost";
    let path = if registry { rest } else { name };
    let (path, tag) = path.rsplit_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
    let tagged = |tag: &str| {
        let letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        !tag.is_empty() && tag.len() <= 128 && tag.chars().all(letter) && !tag.starts_with(['.', '-'])
    };
    let digested = |digest: &str| digest.split_once(':').is_some_and(|(_, hash)| hash.len() >= 32);
    if named(path) && tag.is_none_or(tagged) && digest.is_none_or(digested) {
        return None;
    }
    if named(&path.to_lowercase()) && !named(path) {
        return Some("invalid reference format: repository name must be lowercase");
    }
    Some("invalid reference format")
}

/// Why an image cannot be pulled, in containerd's words.
pub fn pull_error(image: &str) -> String {
    let full = full_name(image);
    let (registry, path) = full.split_once('/').unwrap_or(("docker.io", &full));
    let (repository, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
    let host = if registry == "docker.io" { "registry-1.docker.io" } else { registry };
    format!(
        "rpc error: code = Unknown desc = failed to pull and unpack image \"{full}\": failed to resolve reference \
         \"{full}\": failed to do request: Head \"https://{host}/v2/{repository}/manifests/{tag}\": dial tcp: lookup \
         {host} on 127.0.0.11:53: no such host"
    )
}
