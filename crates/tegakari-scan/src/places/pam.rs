//! Modules of PAM: each runs at every login (pam.conf(5)).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines};

pub(super) struct Pam;

/// Modules of Linux-PAM and of common distributions.
const USUAL: [&str; 44] = [
    "pam_access.so",
    "pam_cap.so",
    "pam_cracklib.so",
    "pam_debug.so",
    "pam_deny.so",
    "pam_env.so",
    "pam_faildelay.so",
    "pam_faillock.so",
    "pam_fprintd.so",
    "pam_gdm.so",
    "pam_gnome_keyring.so",
    "pam_group.so",
    "pam_issue.so",
    "pam_keyinit.so",
    "pam_krb5.so",
    "pam_kwallet5.so",
    "pam_lastlog.so",
    "pam_ldap.so",
    "pam_limits.so",
    "pam_listfile.so",
    "pam_localuser.so",
    "pam_loginuid.so",
    "pam_mail.so",
    "pam_mkhomedir.so",
    "pam_motd.so",
    "pam_namespace.so",
    "pam_nologin.so",
    "pam_permit.so",
    "pam_pwhistory.so",
    "pam_pwquality.so",
    "pam_rootok.so",
    "pam_securetty.so",
    "pam_selinux.so",
    "pam_sepermit.so",
    "pam_shells.so",
    "pam_sss.so",
    "pam_succeed_if.so",
    "pam_systemd.so",
    "pam_time.so",
    "pam_tty_audit.so",
    "pam_umask.so",
    "pam_unix.so",
    "pam_warn.so",
    "pam_wheel.so",
];

impl Place for Pam {
    fn id(&self) -> &'static str {
        "pam"
    }

    fn about(&self) -> &'static str {
        "modules of PAM, which run at every login"
    }

    fn technique(&self) -> &'static str {
        "T1556.003"
    }

    fn files(&self) -> &'static [&'static str] {
        &["etc/pam.conf", "etc/pam.d/*", "usr/lib/pam.d/*"]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| {
                line.contains("pam_exec") || line.contains('/') || {
                    // What comes with the system stands by its name alone and is told where it is not usual.
                    let module = line.split_whitespace().find(|word| word.ends_with(".so"));
                    module.is_some_and(|module| !USUAL.contains(&module))
                }
            })
            .map(|(number, line)| entry(self.id(), file, number, &line))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Pam, Place};

    #[test]
    fn modules_that_are_not_usual_and_commands_are_told() {
        let text = b"auth required pam_unix.so\nauth optional pam_exec.so /tmp/.x/run\nauth sufficient pam_evil.so\n";
        let got = Pam.entries("/etc/pam.d/sshd", text);
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].target.as_deref(), Some("/tmp/.x/run"));
    }
}
