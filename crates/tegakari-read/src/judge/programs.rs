//! Files that every machine has.

use tegakari_model::{Observable, ObservableKind as K};

/// Programs that every machine has. Their names alone say nothing.
const SYSTEM_PROGRAMS: &[&str] = &[
    "cmd.exe",
    "powershell.exe",
    "pwsh.exe",
    "explorer.exe",
    "svchost.exe",
    "rundll32.exe",
    "regsvr32.exe",
    "mshta.exe",
    "wscript.exe",
    "cscript.exe",
    "wmic.exe",
    "net.exe",
    "net1.exe",
    "sc.exe",
    "reg.exe",
    "schtasks.exe",
    "tasklist.exe",
    "taskkill.exe",
    "certutil.exe",
    "bitsadmin.exe",
    "lsass.exe",
    "winlogon.exe",
    "services.exe",
    "csrss.exe",
    "smss.exe",
    "wininit.exe",
    "spoolsv.exe",
    "dllhost.exe",
    "conhost.exe",
    "msiexec.exe",
    "notepad.exe",
    "winword.exe",
    "excel.exe",
    "powerpnt.exe",
    "outlook.exe",
    "chrome.exe",
    "firefox.exe",
    "msedge.exe",
    "iexplore.exe",
    "w3wp.exe",
    "whoami.exe",
    "ipconfig.exe",
    "nltest.exe",
    "systeminfo.exe",
    "msvcp140.dll",
    "vcruntime140.dll",
    "msvcr100.dll",
    "ucrtbase.dll",
    "ntdll.dll",
    "kernel32.dll",
    "user32.dll",
    "advapi32.dll",
    "ntuser.dat",
    "desktop.ini",
    "boot.ini",
    "autorun.inf",
    "thumbs.db",
    "node.exe",
    "python.exe",
    "java.exe",
    "wordpad.exe",
    "msbuild.exe",
    "installutil.exe",
    "regasm.exe",
    "vssadmin.exe",
    "wbadmin.exe",
    "bcdedit.exe",
    "wevtutil.exe",
    "fsutil.exe",
    "attrib.exe",
    "icacls.exe",
    "ping.exe",
    "nslookup.exe",
    "curl.exe",
    "ssh.exe",
    "tar.exe",
    "ntds.dit",
    "web.config",
    "index.html",
    "index.php",
    "readme.md",
    "readme.txt",
    "robots.txt",
    "package.json",
    "package-lock.json",
    "tasks.json",
    "launch.json",
    "settings.json",
    "code.exe",
    "androidmanifest.xml",
    "classes.dex",
    "resources.arsc",
    "info.plist",
    "vbaproject.bin",
];

/// Folders that every machine has; a program below its own says no more than its name.
const SYSTEM_FOLDERS: &[&str] = &[
    "c:\\",
    "c:\\windows",
    "c:\\windows\\system32",
    "c:\\windows\\syswow64",
    "c:\\windows\\temp",
    "c:\\windows\\tasks",
    "c:\\windows\\system32\\tasks",
    "c:\\windows\\system32\\windowspowershell\\v1.0",
    "c:\\program files",
    "c:\\program files (x86)",
    "c:\\programdata",
    "c:\\perflogs",
    "c:\\temp",
    "c:\\tmp",
    "c:\\users",
    "c:\\users\\public",
    "c:\\recovery",
    "c:\\$recycle.bin",
    "%windir%",
    "%windir%\\system32",
    "%systemroot%",
    "%systemroot%\\system32",
    "%temp%",
    "%tmp%",
    "%appdata%",
    "%localappdata%",
    "%localappdata%\\temp",
    "%programdata%",
    "%allusersprofile%",
    "%userprofile%",
    "%public%",
    "%programfiles%",
    "%programfiles(x86)%",
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/etc",
    "/etc/init.d",
    "/etc/cron.d",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/bin",
    "/sbin",
    "/var/log",
    "/var/www/html",
    "/home",
    "/root",
    "/opt",
];

/// Files of Unix that every machine has.
const SYSTEM_PATHS: &[&str] = &[
    "/etc/passwd",
    "/etc/shadow",
    "/etc/hosts",
    "/etc/crontab",
    "/etc/resolv.conf",
    "/etc/ssh/sshd_config",
    "/etc/rc.local",
    "/etc/ld.so.preload",
    "/bin/sh",
    "/bin/bash",
    "/usr/bin/env",
    "/usr/bin/python",
    "/usr/bin/python3",
    "/usr/bin/curl",
    "/usr/bin/wget",
    "/usr/bin/ssh",
    "/dev/null",
    "/dev/tcp",
    "/proc/self/exe",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "~/.bashrc",
    "~/.profile",
    "~/.bash_profile",
    "~/.ssh/authorized_keys",
];

/// Whether it is a file, folder or program that every system has.
pub(super) fn is_of_the_system(observable: &Observable) -> bool {
    if observable.kind() != K::FilePath {
        return is_system_program(observable);
    }
    let path = observable.value().to_ascii_lowercase();
    let path = if path.len() > 3 {
        path.trim_end_matches(['\\', '/'])
    } else {
        path.as_str()
    };
    if SYSTEM_FOLDERS.contains(&path) || SYSTEM_PATHS.contains(&path) {
        return true;
    }
    path.rsplit_once('\\').is_some_and(|(folder, file)| {
        (folder.starts_with("c:\\windows")
            || folder.starts_with("%windir%")
            || folder.starts_with("%systemroot%"))
            && SYSTEM_FOLDERS.contains(&folder)
            && SYSTEM_PROGRAMS.contains(&file)
    })
}

/// Programs that administrators use as well as intruders: whoever has one of them was not therefore attacked.
const SHARED_TOOLS: &[&str] = &[
    "7z.exe",
    "7za.exe",
    "adexplorer.exe",
    "advanced_ip_scanner.exe",
    "anydesk.exe",
    "autoruns.exe",
    "browsinghistoryview.exe",
    "filezilla.exe",
    "megasync.exe",
    "nbtscan.exe",
    "ncat.exe",
    "netscan.exe",
    "ngrok.exe",
    "nmap.exe",
    "plink.exe",
    "procdump.exe",
    "procdump64.exe",
    "procexp.exe",
    "procexp64.exe",
    "pscp.exe",
    "psexec.exe",
    "psexec64.exe",
    "psftp.exe",
    "putty.exe",
    "pythonw.exe",
    "rar.exe",
    "rclone.exe",
    "robocopy.exe",
    "rustdesk.exe",
    "screenconnect.exe",
    "teamviewer.exe",
    "tvnserver.exe",
    "winpcap.exe",
    "winrar.exe",
    "winscp.exe",
    "wireshark.exe",
    "xcopy.exe",
];

/// Whether it is the name of a tool that many use.
pub(super) fn is_shared_tool(observable: &Observable) -> bool {
    observable.kind() == K::FileName
        && SHARED_TOOLS.contains(&observable.value().to_ascii_lowercase().as_str())
}

/// Whether it is the name of a program or file that every system has.
pub(crate) fn is_system_program(observable: &Observable) -> bool {
    observable.kind() == K::FileName
        && SYSTEM_PROGRAMS.contains(&observable.value().to_ascii_lowercase().as_str())
}
