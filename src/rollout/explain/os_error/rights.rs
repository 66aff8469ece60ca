//! What the program may not do: use a file that is not its own, or do what needs a capability.

use k8s_openapi::api::core::v1::{Capabilities, Container, Volume, VolumeMount};

use super::line::path;
use super::meant;
use super::place::{folder_of, has_tmp, is_filled, is_of_kernel, volume_field};
use crate::rollout::explain::explanation::Explanation;
use crate::rollout::explain::mounts::{is_room, kind, mounted_over, only_room, volume};
use crate::rollout::model::{Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// EACCES of a file.
pub(super) fn not_allowed(container: &ContainerView, words: Words) -> Explanation {
    let title = container.title();
    let user = user_of(container);
    let as_user = user.map(|user| format!(": it runs as user {user}")).unwrap_or_default();
    let owner = user.map_or_else(|| "the user that it runs as".to_owned(), |user| format!("user {user}"));
    let Some(path) = path(words) else {
        if let Some(relative) = relative(words) {
            let (name, folder) = (escape(relative), container.spec.working_dir.as_deref());
            let place = folder.map(|folder| format!(", {}", escape(folder))).unwrap_or_default();
            let volume = volume_field(container, "…");
            return Explanation {
                what: format!("{title} is not allowed to write {name} in its working folder{place}{as_user}"),
                hint: Remedy::given(
                    &words,
                    format!(
                        "give it a volume and tell it to write there ({volume}; an option such as --schedule, a variable), or let {owner} own that folder in the image"
                    ),
                ),
            };
        }
        let in_image = format!("does {owner} own in the image what the program needs (COPY --chown, chown)?");
        let hint = match only_room(container) {
            Some((mount, volume)) => {
                let (at, name) = (escape(&mount.mount_path), escape(&volume.name));
                let then = match fs_group(container) {
                    Some(group) => NOT_BY_GROUP.replace("{}", &group.to_string()),
                    None => "fsGroup of the pod gives it to the group".to_owned(),
                };
                format!("is it volume {name} at {at}? Then {then}; else {in_image}")
            }
            None => in_image,
        };
        return Explanation { what: format!("{title} is denied what it needs{as_user}"), hint: Remedy::look(hint) };
    };
    let hint = match mounted_over(container, path) {
        Some((mount, volume)) => not_allowed_in(container, mount, volume),
        None if is_of_kernel(path) => {
            Remedy::look(format!("{} is of the kernel: has {owner} to use it?", escape(path)))
        }
        None => {
            let otherwise = if path.starts_with("/.") {
                "its HOME is /, where only root may write: set HOME=/tmp, say".to_owned()
            } else {
                in_image(container, &owner, folder_of(path))
            };
            Remedy::given(&words, meant::first(meant::question(container, path), otherwise))
        }
    };
    Explanation { what: format!("{title} is not allowed to use {}{as_user}", escape(path)), hint }
}

/// `Permission denied: 'celerybeat-schedule'`: a file that is named by no path.
fn relative(words: Words<'_>) -> Option<&str> {
    let quoted = words.after().trim_start_matches([':', ' ']).strip_prefix(['\'', '"'])?;
    let name = quoted.split(['\'', '"']).next()?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

fn in_image(container: &ContainerView, owner: &str, folder: &str) -> String {
    let own = format!("let {owner} own it in the image (COPY --chown, chown)");
    let is_tmp = folder == "/tmp" || folder.starts_with("/tmp/");
    let tmp = (has_tmp(container) && !is_tmp).then_some("write to /tmp");
    let is_filled = is_filled(container, folder);
    let volume = format!("give it a volume there: {}", volume_field(container, &escape(folder)));
    match (tmp, is_filled) {
        (Some(tmp), false) => format!("{own}, {tmp}, or {volume}"),
        (Some(tmp), true) => format!("{own}, or {tmp}"),
        (None, false) => format!("{own}, or {volume}"),
        (None, true) => own,
    }
}

/// Whether `fsGroup` gives it to a group: the files of a node stay as they are (`SetUp` of each volume plugin).
fn has_group(volume: &Volume) -> bool {
    is_room(volume) && volume.host_path.is_none()
}

fn fs_group(container: &ContainerView) -> Option<i64> {
    container.pod.spec.as_ref()?.security_context.as_ref()?.fs_group
}

/// What fsGroup leaves as it is: hostPath and NFS (pkg/volume).
const NOT_BY_GROUP: &str = "fsGroup {} gives it to the pod's group, unless it is a folder of a node or of NFS: who owns it there (an init container \
                            as root may chown it)? Else may the group use these files?";

/// Where the claim's volume is, if it is where no group is given: a folder of a node, NFS.
fn place_of_claim<'a>(container: &ContainerView<'a>, volume: &Volume) -> Option<(&'a LookupResult, &'a str)> {
    let claim = &volume.persistent_volume_claim.as_ref()?.claim_name;
    match container.result_of(&Lookup::Claim(claim.clone()))? {
        result @ LookupResult::Claim(claim) => Some((result, claim.place.as_deref()?)),
        _ => None,
    }
}

/// The claims that the container mounts: their volumes may be where no group is given.
pub(in crate::rollout) fn lookups(container: &ContainerView) -> Vec<Lookup> {
    let mounts = container.spec.volume_mounts.iter().flatten();
    let claim = |mount| Some(volume(container, mount)?.persistent_volume_claim.as_ref()?.claim_name.clone());
    mounts.filter_map(claim).map(Lookup::Claim).collect()
}

/// The init container that fills an emptyDir as somebody else.
fn filled_by<'a>(container: &ContainerView<'a>, volume: &Volume, user: Option<i64>) -> Option<&'a Container> {
    volume.empty_dir.as_ref()?;
    let spec = container.pod.spec.as_ref()?;
    let of_pod = spec.security_context.as_ref().and_then(|security| security.run_as_user);
    let runs_as = |one: &Container| one.security_context.as_ref().and_then(|own| own.run_as_user).or(of_pod);
    let mounts = |one: &Container| one.volume_mounts.iter().flatten().any(|mount| mount.name == volume.name);
    let mut before = spec.init_containers.iter().flatten().filter(|one| one.name != container.name());
    before.find(|one| mounts(one) && user.is_some() && runs_as(one) != user)
}

fn not_allowed_in(container: &ContainerView, mount: &VolumeMount, volume: &Volume) -> Remedy {
    let is = format!("{} is volume {}, {}", escape(&mount.mount_path), escape(&volume.name), kind(volume));
    let user = user_of(container);
    let group = fs_group(container);
    if let Some((result, place)) = place_of_claim(container, volume) {
        let owner = user.map_or_else(|| "the user".to_owned(), |user| user.to_string());
        let place = escape(place);
        return Remedy::given(
            result,
            format!(
                "{is}, whose PersistentVolume is {place}, where fsGroup changes nothing: let it belong to {owner} (chown it there, or by an init \
                 container that runs as root), or run as whoever owns it"
            ),
        );
    }
    if let Some((filler, user)) = filled_by(container, volume, user).zip(user) {
        let name = escape(&filler.name);
        return Remedy::given(
            filler,
            format!(
                "{is}, and init container {name} fills it as another user: let it give the files to {user} (chown -R {user}), or run it as {user} \
                 (runAsUser)"
            ),
        );
    }
    if !is_room(volume) {
        Remedy::given(volume, format!("{is}: set its `defaultMode` so that the user may use it"))
    } else if !has_group(volume) {
        let owner = user.map_or_else(|| "the user".to_owned(), |user| format!("user {user}"));
        Remedy::given(volume, format!("{is}: let it belong to {owner} there, or run as whoever owns it"))
    } else if let Some(group) = group.filter(|_| volume.empty_dir.is_some()) {
        Remedy::look(format!("{is}, and fsGroup {group} already gives it to the pod: may its group use these files?"))
    } else if let Some(group) = group {
        Remedy::look(format!("{is}, and {}", NOT_BY_GROUP.replace("{}", &group.to_string())))
    } else {
        let group = user.map_or_else(|| "the number of its group".to_owned(), |user| user.to_string());
        Remedy::given(
            volume,
            format!(
                "{is}: let it belong to the user (securityContext of the pod: fsGroup: {group}), or run as whoever owns it"
            ),
        )
    }
}

/// EPERM is no matter of owners: a capability is missing (capabilities(7)).
pub(super) fn not_permitted(container: &ContainerView, words: Words) -> Explanation {
    let title = container.title();
    let dropped = all_dropped(container);
    let about = path(words).map(|path| format!(" at {}", escape(path))).unwrap_or_default();
    let without = if dropped.is_some() { ", whose capabilities are all dropped" } else { "" };
    let user = user_of(container).map(|user| format!("; it runs as user {user}")).unwrap_or_default();
    let changes_owner = ["chown", "chmod", "setgid", "setuid", "setgroups", "su-exec", "gosu"];
    let changes_owner = Words::any(words.before(), &changes_owner);
    let as_root = match user_of(container) {
        Some(0) => "",
        _ => {
            ", or run what changes owners as root (securityContext of this container: runAsUser: 0, runAsNonRoot: false)"
        }
    };
    let at_build = "do it when the image is built (COPY --chown, USER)";
    let add = "`capabilities: {add: [CHOWN, SETGID, SETUID]}`";
    let hint = match (changes_owner, dropped) {
        (Some(_), Some(dropped)) if user_of(container) == Some(0) => Remedy::given(
            dropped,
            format!("give it back what changing an owner needs: {add}; of a volume fsGroup may do it instead{user}"),
        ),
        (Some(seen), _) => match path(words).and_then(|path| mounted_over(container, path)) {
            Some((_, volume)) if has_group(volume) => Remedy::given(
                volume,
                format!("let the volume belong to the user (fsGroup), without this{as_root}{user}"),
            ),
            _ if let Some(dropped) = dropped => Remedy::given(
                dropped,
                format!("{at_build}, or add what changing the owner and the user needs: {add}{user}"),
            ),
            _ => Remedy::given(&seen, format!("{at_build}{as_root}{user}")),
        },
        (None, Some(dropped)) => Remedy::given(
            dropped,
            format!(
                "run what needs the right elsewhere, or add the one capability that it needs (securityContext.capabilities.add){user}"
            ),
        ),
        (None, None) => Remedy::look(format!("which capability does it need (capabilities(7)), and why?{user}")),
    };
    Explanation { what: format!("{title}{without} is not permitted what it does{about}"), hint }
}

fn all_dropped<'a>(container: &ContainerView<'a>) -> Option<&'a Capabilities> {
    let capabilities = container.spec.security_context.as_ref()?.capabilities.as_ref()?;
    let dropped = capabilities.drop.as_deref().unwrap_or_default();
    dropped.iter().any(|one| one.eq_ignore_ascii_case("ALL")).then_some(capabilities)
}

/// The user that the container runs as: as the kubelet says, else as it was asked for.
fn user_of(container: &ContainerView) -> Option<i64> {
    let said = || container.status?.user.as_ref()?.linux.as_ref().map(|linux| linux.uid);
    let asked = || container.spec.security_context.as_ref()?.run_as_user;
    let of_pod = || container.pod.spec.as_ref()?.security_context.as_ref()?.run_as_user;
    said().or_else(asked).or_else(of_pod)
}
