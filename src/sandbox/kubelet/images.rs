//! The images on a node, and what pulling another says: there is no registry.

use crate::sandbox::Profile;

/// An image: its full name, its id and its size in bytes.
pub type Image = (&'static str, &'static str, i64);

/// The images on every node of the lab, as on the nodes of the recordings.
const IMAGES: &[Image] = &[
    (
        "docker.io/library/busybox:1.31",
        "sha256:0a764132216019cb7f318e8b1911c302f00e0e1fffcd0bc9129cbc25ce9a5679",
        2_141_479,
    ),
    ("k8s.gcr.io/pause:3.2", "sha256:80d28bedfe5dec59da9ebf8e6260224ac9008ab5c11dbbe16ee3ba3e4439ac2c", 21_801),
];

/// Those on a node of profile `kind`: what `kindest/node:v1.20.2` brings, and the lab's busybox, as `kind load` brings it. The
/// sizes of the images that kind builds itself are about those of the published ones; kindnetd's id stands in for one that no
/// source tells, and so does most of debian-base's, which local-path's helpers run.
const KIND: &[Image] = &[
    (
        "k8s.gcr.io/kube-proxy:v1.20.2",
        "sha256:cfa653a70d9051035080020b1913942d199795cd341cb521cf752cc2e32626ed",
        132_714_699,
    ),
    (
        "k8s.gcr.io/kube-controller-manager:v1.20.2",
        "sha256:19ac5054559e94e01f3cbba102699804a5debd2f0293743fdda9c6219082aad2",
        109_173_632,
    ),
    (
        "k8s.gcr.io/kube-apiserver:v1.20.2",
        "sha256:a9ba57743d8e660a83350c4ad2c84870c7da758c5517085d962302d0e2dcda40",
        100_172_800,
    ),
    ("k8s.gcr.io/etcd:3.4.13-0", "sha256:0369cf4303ffdb467dc219990960a9baa8512a54b0ad9283eaf55bd6c0adb934", 86_742_272),
    (
        "docker.io/kindest/kindnetd:v20210119-d5ef916d",
        "sha256:b77790820d01598b2c56f823fa489e3f56be2cb5d6f7dd9eecd68a1995b89c13",
        53_960_776,
    ),
    (
        "k8s.gcr.io/build-image/debian-base:v2.1.0",
        "sha256:c7c6c86897b63a7e9e2d1b5f6f0c4d3a2b1908f7e6d5c4b3a291807f6e5d4c3b",
        53_876_619,
    ),
    (
        "k8s.gcr.io/kube-scheduler:v1.20.2",
        "sha256:73e1f7f70cccb27059da5234fcfe4d1acc5da2677929ebac4a4f83506bb08eeb",
        48_006_144,
    ),
    ("k8s.gcr.io/coredns:1.7.0", "sha256:bfe3a36ebd2528b454be6aebece806db5b40407b833e2af9617bf39afaff8c16", 45_355_520),
    (
        "docker.io/rancher/local-path-provisioner:v0.0.14",
        "sha256:e422121c9c5f97623245b7e600eeb5e223ee623f21fa04da985ae71057d8d70b",
        42_041_856,
    ),
    (
        "docker.io/library/busybox:1.31",
        "sha256:0a764132216019cb7f318e8b1911c302f00e0e1fffcd0bc9129cbc25ce9a5679",
        2_141_479,
    ),
    ("k8s.gcr.io/pause:3.3", "sha256:0184c1613d92931126feb4c548e5da11015513b9e4c104e7305ee8b53b50a9da", 685_568),
];

/// The images on the nodes of a profile, the largest first.
pub fn of(profile: Profile) -> &'static [Image] {
    match profile {
        Profile::Lab => IMAGES,
        Profile::Kind => KIND,
    }
}

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
pub fn present(profile: Profile, image: &str) -> Option<(&'static str, &'static str)> {
    let full = full_name(image);
    of(profile).iter().find(|(name, id, _)| *name == full || *id == image).map(|(name, id, _)| (*name, *id))
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
