//! The volumes of a Pod: directories of its node that its containers share, some of them files made of ConfigMaps, Secrets
//! and fields of the Pod. pkg/volume/{emptydir,hostpath,local,configmap,secret,downwardapi,projected}.

use base64::Engine as _;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::object;

use super::asks;
use super::environment::field;
use super::runtime::Mount;

/// A file of a volume: its path in it and what is in it.
type File = (String, Vec<u8>);

/// What a value of a ConfigMap or a Secret says.
pub(super) fn text_of(kind: &str, value: &Value) -> String {
    String::from_utf8_lossy(&bytes_of(kind, value)).into_owned()
}

fn bytes_of(kind: &str, value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default();
    match kind {
        "secrets" => base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default(),
        _ => text.as_bytes().to_vec(),
    }
}

/// Why a volume cannot be set up.
pub(super) enum Missing {
    /// Its setup fails: the volume's name and why.
    SetUp(String, String),
    /// Its claim cannot be used: likewise.
    Claim(String, String),
}

/// The volumes of a Pod that one of its containers has; nobody waits for others. pkg/volume/util, `GetPodVolumeNames`.
pub(super) fn used(pod: &Value) -> impl Iterator<Item = &Value> {
    let has = |volume: &Value| {
        let containers = ["initContainers", "containers"].iter().flat_map(|list| object::items(&pod["spec"][*list]));
        let mut mounts = containers.flat_map(|container| {
            object::items(&container["volumeMounts"]).iter().chain(object::items(&container["volumeDevices"]))
        });
        mounts.any(|mount| mount["name"] == volume["name"])
    };
    object::items(&pod["spec"]["volumes"]).iter().filter(move |volume| has(volume))
}

/// Sets up the volumes of a Pod on its node, up to the first that cannot be.
pub(super) fn set_up(world: &mut World, node: &str, pod: &Value) -> Result<(), Missing> {
    make_dirs(world, node, pod);
    for volume in used(pod) {
        let name = volume["name"].as_str().unwrap_or_default().to_owned();
        let source = match source(world, pod, volume) {
            Ok(source) => source,
            Err(why) => return Err(Missing::Claim(name, why)),
        };
        place(world, node, pod, &name, &source).map_err(|why| Missing::SetUp(name, why))?;
    }
    Ok(())
}

/// Makes the folders of a Pod on its node, and in them a note of each volume that is made for it: kubelet_pods.go,
/// `makePodDataDirs`, and volume/util, `SetReady`.
fn make_dirs(world: &mut World, node: &str, pod: &Value) {
    let Some(host) = asks(world) else { return };
    let dir = pod_dir(object::uid(pod));
    if (host.what_is)(world, node, &format!("{dir}/volumes")).is_some() {
        return;
    }
    for part in ["containers", "plugins", "volumes"] {
        (host.make_dir)(world, node, &format!("{dir}/{part}"));
    }
    for volume in used(pod) {
        let name = volume["name"].as_str().unwrap_or_default();
        let Some(made) = path(pod, name, volume).filter(|path| path.starts_with(&dir)) else { continue };
        let wrapped = if made.contains("~empty-dir/") { "" } else { "wrapped_" };
        (host.make_file)(world, node, &format!("{dir}/plugins/kubernetes.io~empty-dir/{wrapped}{name}/ready"));
    }
    (host.give)(world, node, &dir, None, [0, 0o750]);
}

/// Notes what a container is given of its Pod's folder: the file of hosts, and one for its last words.
pub(super) fn note_container(world: &mut World, node: &str, pod: &Value, name: &str, attempt: i64, hosts: &[u8]) {
    let Some(host) = asks(world) else { return };
    let dir = pod_dir(object::uid(pod));
    (host.write_file)(world, node, &format!("{dir}/etc-hosts"), hosts, 0o644);
    // Any eight digits: upstream's are by chance.
    let digits = Md5::digest(format!("{dir}{name}{attempt}"));
    let digits: String = digits.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    (host.write_file)(world, node, &format!("{dir}/containers/{name}/{digits}"), b"", 0o666);
    (host.give)(world, node, &format!("{dir}/containers"), None, [0, 0o750]);
}

/// What a volume is; of a claim, what its PersistentVolume is. pkg/kubelet/volumemanager/populator, `getPVCExtractPV`.
fn source(world: &mut World, pod: &Value, volume: &Value) -> Result<Value, String> {
    let Some(name) = volume["persistentVolumeClaim"]["claimName"].as_str() else { return Ok(volume.clone()) };
    let namespace = object::namespace(pod);
    let why = |why: &str| format!("error processing PVC {namespace}/{name}: {why}");
    let api = world.api("kubelet");
    let claim = api.get("persistentvolumeclaims", Some(namespace), name);
    let claim = claim.map_err(|status| why(&format!("failed to fetch PVC from API server: {}", status.message)))?;
    if object::deleting(&claim) {
        return Err(why("PVC is being deleted"));
    }
    let bound = claim["spec"]["volumeName"].as_str().filter(|_| claim["status"]["phase"] == "Bound");
    let bound = bound.ok_or_else(|| why("PVC is not bound"))?;
    let volume = api.get("persistentvolumes", None, bound);
    let volume =
        volume.map_err(|status| why(&format!("failed to fetch PV {bound:?} from API server: {}", status.message)))?;
    if volume["spec"]["claimRef"]["uid"] != claim["metadata"]["uid"] {
        return Err(why("the PV is bound to another claim"));
    }
    Ok(volume["spec"].clone())
}

/// Where a volume is on its node.
pub(super) fn path(pod: &Value, name: &str, source: &Value) -> Option<String> {
    if let Some(path) = source["hostPath"]["path"].as_str().or(source["local"]["path"].as_str()) {
        return Some(path.to_owned());
    }
    let plugins = [
        ("emptyDir", "empty-dir"),
        ("configMap", "configmap"),
        ("secret", "secret"),
        ("downwardAPI", "downward-api"),
        ("projected", "projected"),
    ];
    let (_, plugin) = plugins.into_iter().find(|(kind, _)| source[*kind].is_object())?;
    Some(format!("{}/volumes/kubernetes.io~{plugin}/{name}", pod_dir(object::uid(pod))))
}

/// What a kubelet keeps of a Pod on its node's disk.
fn pod_dir(uid: &str) -> String {
    format!("/var/lib/kubelet/pods/{uid}")
}

/// Makes what a volume needs on its node.
fn place(world: &mut World, node: &str, pod: &Value, name: &str, source: &Value) -> Result<(), String> {
    let Some(host) = asks(world) else { return Ok(()) };
    let Some(path) = path(pod, name, source) else {
        return Err("the sandbox does not model volumes of this kind".to_owned());
    };
    if let Some(kind) = source["hostPath"]["type"].as_str() {
        let found = (host.what_is)(world, node, &path);
        let unfit = match kind {
            "Directory" => (found != Some("directory")).then_some("a directory"),
            "File" => (found != Some("file")).then_some("a file"),
            "DirectoryOrCreate" => (found == Some("file")).then_some("a directory"),
            "FileOrCreate" => (found == Some("directory")).then_some("a file"),
            "Socket" => Some("a socket file"),
            "CharDevice" => Some("a character device"),
            "BlockDevice" => Some("a block device"),
            _ => None,
        };
        if let Some(what) = unfit {
            return Err(format!("hostPath type check failed: {path} is not {what}"));
        }
        match (found, kind) {
            (Some(_), _) => {}
            (None, "FileOrCreate") => (host.make_file)(world, node, &path),
            (None, _) => (host.make_dir)(world, node, &path),
        }
        return Ok(());
    }
    if source["local"].is_object() && (host.what_is)(world, node, &path).is_none() {
        return Err(format!("path {path:?} does not exist"));
    }
    if source["emptyDir"].is_object() {
        (host.make_dir)(world, node, &path);
        // Everybody may write: pkg/volume/emptydir, `perm`.
        let group = fs_group(pod);
        (host.give)(world, node, &path, group, [0, if group.is_some() { 0o2777 } else { 0o777 }]);
    } else if !source["local"].is_object() {
        write(world, node, pod, source, &path)?;
        remember(world, node, pod, name, source);
    }
    Ok(())
}

/// Writes the files of a volume: in memory, in the Pod's group, with the modes that are asked for.
fn write(world: &mut World, node: &str, pod: &Value, source: &Value, path: &str) -> Result<(), String> {
    let Some(host) = asks(world) else { return Ok(()) };
    let all = files(world, node, pod, source)?;
    (host.write_files)(world, node, path, &all);
    let kinds = ["configMap", "secret", "downwardAPI", "projected"];
    let mode =
        kinds.iter().find_map(|kind| source[*kind]["defaultMode"].as_u64()).and_then(|mode| u32::try_from(mode).ok());
    let (mode, group) = (mode.unwrap_or(0o644), fs_group(pod));
    // With a group, its members may read: pkg/volume, `SetVolumeOwnership`.
    let modes = if group.is_some() { [mode | 0o440, 0o3777] } else { [mode, 0o1777] };
    (host.give)(world, node, path, group, modes);
    Ok(())
}

/// The group that a Pod's volumes belong to.
fn fs_group(pod: &Value) -> Option<i64> {
    pod["spec"]["securityContext"]["fsGroup"].as_i64()
}

/// The groups that all processes of a Pod have beyond their own.
pub(super) fn groups(pod: &Value) -> Vec<i64> {
    let more = object::items(&pod["spec"]["securityContext"]["supplementalGroups"]).iter().filter_map(Value::as_i64);
    fs_group(pod).into_iter().chain(more).collect()
}

/// Notes of which versions of objects a volume's files are.
fn remember(world: &mut World, node: &str, pod: &Value, name: &str, source: &Value) {
    let versions = versions(world, pod, source);
    let disk = world.kubelets.disks.entry(node.to_owned()).or_default();
    disk.versions.insert((object::uid(pod).to_owned(), name.to_owned()), versions);
}

/// Which versions of which objects the files of a volume are made of.
fn versions(world: &World, pod: &Value, source: &Value) -> String {
    let version = |kind: &str, name: &Value| {
        let found = world.informers.get(kind, object::namespace(pod), name.as_str()?)?;
        Some(object::version(&found).to_owned())
    };
    let sources = object::items(&source["projected"]["sources"]).iter().chain([source]);
    let mut all = String::new();
    for source in sources {
        all.extend(version("configmaps", &source["configMap"]["name"]));
        all.extend(version("secrets", &source["secret"]["secretName"]));
        all.extend(version("secrets", &source["secret"]["name"]));
        if source["downwardAPI"].is_object() {
            all += &format!("{}{}", pod["metadata"]["labels"], pod["metadata"]["annotations"]);
        }
        // A token is renewed when most of its time is over.
        if let Some(seconds) = source["serviceAccountToken"]["expirationSeconds"].as_i64() {
            all += &(world.now().as_second() / (seconds * 4 / 5).max(1)).to_string();
        }
        all.push(' ');
    }
    all
}

/// Writes files anew whose objects have changed, as each sync of a Pod does. What cannot be made any more stays.
pub(super) fn refresh(world: &mut World, node: &str, pod: &Value) {
    for volume in object::items(&pod["spec"]["volumes"]) {
        let name = volume["name"].as_str().unwrap_or_default();
        let key = (object::uid(pod).to_owned(), name.to_owned());
        let known = world.kubelets.disks.get(node).and_then(|disk| disk.versions.get(&key));
        if known.is_none_or(|known| *known == versions(world, pod, volume)) {
            continue;
        }
        let Some(path) = path(pod, name, volume) else { continue };
        if write(world, node, pod, volume, &path).is_ok() {
            remember(world, node, pod, name, volume);
        }
    }
}

/// Removes what a Pod had on its node.
pub(super) fn tear_down(world: &mut World, node: &str, uid: &str) {
    let Some(host) = asks(world) else { return };
    (host.remove_path)(world, node, &pod_dir(uid));
    if let Some(disk) = world.kubelets.disks.get_mut(node) {
        disk.versions.retain(|(of, _), _| of != uid);
    }
}

/// What is mounted into a container, and the files that it gets once and for all: those of which it mounts only one, which
/// do not change with their volume.
pub(super) fn mounted(world: &mut World, node: &str, pod: &Value, spec: &Value) -> (Vec<Mount>, Vec<File>) {
    let (mut mounts, mut copies) = (Vec::new(), Vec::new());
    for mount in object::items(&spec["volumeMounts"]) {
        let volume = object::items(&pod["spec"]["volumes"]).iter().find(|volume| volume["name"] == mount["name"]);
        let Some((volume, at)) = volume.zip(mount["mountPath"].as_str()) else { continue };
        // What cannot be set up keeps its Pod from starting.
        let Ok(source) = source(world, pod, volume) else { continue };
        let Some(from) = path(pod, volume["name"].as_str().unwrap_or_default(), &source) else { continue };
        let sub = mount["subPath"].as_str().unwrap_or_default().trim_matches('/');
        let of_objects =
            ["configMap", "secret", "downwardAPI", "projected"].iter().any(|kind| source[*kind].is_object());
        let read_only = of_objects || mount["readOnly"] == true || volume["persistentVolumeClaim"]["readOnly"] == true;
        if sub.is_empty() {
            mounts.push(Mount { from, at: at.to_owned(), read_only });
        } else if of_objects {
            let all = files(world, node, pod, &source).unwrap_or_default();
            let of_it = all.into_iter().filter(|(path, _)| path == sub);
            copies.extend(of_it.map(|(_, content)| (at.trim_end_matches('/').to_owned(), content)));
        } else {
            let from = format!("{}/{sub}", from.trim_end_matches('/'));
            if let Some(host) = asks(world).filter(|host| (host.what_is)(world, node, &from).is_none()) {
                (host.make_dir)(world, node, &from);
            }
            mounts.push(Mount { from, at: at.to_owned(), read_only });
        }
    }
    (mounts, copies)
}

/// The files by which a Pod finds others: its own address, and the cluster's DNS. pkg/kubelet/kubelet_pods.go,
/// `managedHostsFileContent`, and pkg/kubelet/network/dns.
pub(super) fn network(world: &World, node: &str, pod: &Value) -> Vec<File> {
    let address = field(world, node, pod, "status.podIP");
    let (name, namespace) = (object::name(pod), object::namespace(pod));
    let name = pod["spec"]["hostname"].as_str().unwrap_or(name);
    let domain = pod["spec"]["subdomain"].as_str().filter(|domain| !domain.is_empty());
    let names = domain
        .map_or_else(|| name.to_owned(), |domain| format!("{name}.{domain}.{namespace}.svc.cluster.local\t{name}"));
    let mut hosts = format!(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n\
         {address}\t{names}\n"
    );
    let aliases = object::items(&pod["spec"]["hostAliases"]);
    if !aliases.is_empty() {
        hosts.push_str("\n# Entries added by HostAliases.\n");
    }
    for alias in aliases {
        let names = object::items(&alias["hostnames"]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\t");
        hosts.push_str(&format!("{}\t{names}\n", alias["ip"].as_str().unwrap_or_default()));
    }
    let resolv = format!(
        "search {namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    );
    vec![("/etc/hosts".to_owned(), hosts.into_bytes()), ("/etc/resolv.conf".to_owned(), resolv.into_bytes())]
}

fn files(world: &mut World, node: &str, pod: &Value, volume: &Value) -> Result<Vec<File>, String> {
    if let Some(name) = volume["configMap"]["name"].as_str() {
        return keys(world, "configmaps", pod, name, &volume["configMap"]);
    }
    if let Some(name) = volume["secret"]["secretName"].as_str() {
        return keys(world, "secrets", pod, name, &volume["secret"]);
    }
    if volume["downwardAPI"].is_object() {
        return Ok(fields(world, node, pod, &volume["downwardAPI"]));
    }
    let mut all = Vec::new();
    for source in object::items(&volume["projected"]["sources"]) {
        for (kind, plural) in [("configMap", "configmaps"), ("secret", "secrets")] {
            if let Some(name) = source[kind]["name"].as_str() {
                all.extend(keys(world, plural, pod, name, &source[kind])?);
            }
        }
        all.extend(fields(world, node, pod, &source["downwardAPI"]));
        if source["serviceAccountToken"].is_object() {
            all.push(token(world, pod, &source["serviceAccountToken"])?);
        }
    }
    Ok(all)
}

/// A token for the Pod alone: pkg/kubelet/token.
fn token(world: &mut World, pod: &Value, source: &Value) -> Result<File, String> {
    let audiences: Vec<&Value> = source.get("audience").into_iter().filter(|audience| *audience != "").collect();
    let bound = json!({"kind": "Pod", "apiVersion": "v1", "name": object::name(pod), "uid": object::uid(pod)});
    let request = json!({"spec": {
        "audiences": audiences, "expirationSeconds": source["expirationSeconds"], "boundObjectRef": bound}});
    let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or("default").to_owned();
    let made = world.api("kubelet").request_token(object::namespace(pod), &account, &request);
    let made = made.map_err(|status| format!("failed to fetch token: {}", status.message))?;
    let token = made["status"]["token"].as_str().unwrap_or_default().as_bytes().to_vec();
    Ok((source["path"].as_str().unwrap_or_default().to_owned(), token))
}

fn fields(world: &World, node: &str, pod: &Value, source: &Value) -> Vec<File> {
    let items = object::items(&source["items"]).iter();
    let of = items.filter_map(|item| item["path"].as_str().zip(item["fieldRef"]["fieldPath"].as_str()));
    of.map(|(path, of)| (path.to_owned(), field(world, node, pod, of).into_bytes())).collect()
}

fn keys(world: &mut World, kind: &str, pod: &Value, name: &str, source: &Value) -> Result<Vec<File>, String> {
    let optional = source["optional"] == true;
    let singular = kind.trim_end_matches('s');
    let object = match world.api("kubelet").get(kind, Some(object::namespace(pod)), name) {
        Ok(object) => object,
        Err(_) if optional => return Ok(Vec::new()),
        Err(_) => return Err(format!("{singular} {name:?} not found")),
    };
    let data = |key: &str| match &object["data"][key] {
        Value::Null if kind == "configmaps" => object["binaryData"].get(key).map(|value| bytes_of("secrets", value)),
        Value::Null => None,
        value => Some(bytes_of(kind, value)),
    };
    let items = object::items(&source["items"]);
    if items.is_empty() {
        let all = ["data", "binaryData"].iter().flat_map(|field| object[field].as_object().into_iter().flatten());
        return Ok(all.filter_map(|(key, _)| Some((key.clone(), data(key)?))).collect());
    }
    let mut all = Vec::new();
    for (key, path) in items.iter().filter_map(|item| item["key"].as_str().zip(item["path"].as_str())) {
        match data(key) {
            Some(content) => all.push((path.to_owned(), content)),
            None if optional => {}
            None => return Err(format!("references non-existent {singular} key: {key}").replace("configmap", "config")),
        }
    }
    Ok(all)
}
