//! Where the publishers' files are: the one table of addresses in the program.
//!
//! A publisher's files are fetched together. Where they lie is also where `--from DIR` and a mirror have them.

/// Files that are fetched together.
#[derive(Debug)]
pub(crate) struct Publisher {
    /// Its name on the command line (`--only attack`).
    pub(crate) id: &'static str,
    /// Its files.
    pub(crate) items: &'static [Item],
}

/// One file to fetch.
#[derive(Debug)]
pub(crate) struct Item {
    /// Its path below the folder of publishers' files, with `/`.
    pub(crate) path: &'static str,
    /// The publisher's address.
    pub(crate) url: &'static str,
    /// For an archive, which of its members are taken.
    pub(crate) members: Option<Members>,
}

/// Members of an archive that are taken: `<any folder>/<from><name>` becomes `<to><name>`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Members {
    /// Folder inside the archive, below its only top folder.
    pub(crate) from: &'static str,
    /// Folder of the publishers' files.
    pub(crate) to: &'static str,
}

const fn file(path: &'static str, url: &'static str) -> Item {
    Item {
        path,
        url,
        members: None,
    }
}

macro_rules! galaxy {
    ($name:literal) => {
        file(
            concat!("misp-galaxy/clusters/", $name, ".json"),
            concat!(
                "https://raw.githubusercontent.com/MISP/misp-galaxy/main/clusters/",
                $name,
                ".json"
            ),
        )
    };
}

macro_rules! attack {
    ($domain:literal) => {
        file(
            concat!("attack/", $domain, "-attack.json"),
            concat!(
                "https://raw.githubusercontent.com/mitre-attack/attack-stix-data/master/",
                $domain,
                "-attack/",
                $domain,
                "-attack.json"
            ),
        )
    };
}

/// Every publisher. Not among them: Malpedia and 360, whose terms are not clear; who has their files puts them into a
/// folder for `--from`.
pub(crate) const ALL: &[Publisher] = &[
    Publisher {
        id: "attack",
        items: &[attack!("enterprise"), attack!("ics"), attack!("mobile")],
    },
    Publisher {
        id: "misp-galaxy",
        items: &[
            galaxy!("threat-actor"),
            galaxy!("producer"),
            galaxy!("mitre-intrusion-set"),
            galaxy!("mitre-malware"),
            galaxy!("mitre-tool"),
            galaxy!("mitre-attack-pattern"),
            galaxy!("microsoft-activity-group"),
            galaxy!("tidal-groups"),
            galaxy!("tidal-software"),
            galaxy!("tidal-campaigns"),
            galaxy!("android"),
            galaxy!("backdoor"),
            galaxy!("banker"),
            galaxy!("botnet"),
            galaxy!("cryptominers"),
            galaxy!("exploit-kit"),
            galaxy!("ransomware"),
            galaxy!("rat"),
            galaxy!("rmm-tool"),
            galaxy!("stealer"),
            galaxy!("tool"),
            galaxy!("wiper"),
        ],
    },
    Publisher {
        id: "misp-warninglists",
        items: &[Item {
            path: "archives/misp-warninglists.tar.gz",
            url: "https://codeload.github.com/MISP/misp-warninglists/tar.gz/refs/heads/main",
            members: Some(Members {
                from: "lists/",
                to: "misp-warninglists/lists/",
            }),
        }],
    },
    Publisher {
        id: "microsoft-naming",
        items: &[file(
            "microsoft-naming/MicrosoftMapping.json",
            "https://raw.githubusercontent.com/microsoft/mstic/master/PublicFeeds/ThreatActorNaming/MicrosoftMapping.json",
        )],
    },
    Publisher {
        id: "maltrail",
        items: &[Item {
            path: "archives/maltrail.tar.gz",
            url: "https://codeload.github.com/stamparm/maltrail/tar.gz/refs/heads/master",
            members: Some(Members {
                from: "trails/static/malware/",
                to: "maltrail-apt/",
            }),
        }],
    },
    Publisher {
        id: "cisa-kev",
        items: &[file(
            "cisa-kev/known_exploited_vulnerabilities.json",
            "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        )],
    },
];

/// SHA-256 of the STIX 2.1 bundles that MITRE released, as its own Python library lists them: domain, version, digest.
const ATTACK: &[(&str, &str, &str)] = &[
    (
        "enterprise",
        "16.0",
        "b7c3d0bc3ba895a95bd79a8a441362a74388aebee16a223e4421d72bfb2922d0",
    ),
    (
        "enterprise",
        "16.1",
        "8423d8dac3fc2feb825bb07d26e5f5d905e08a88f6fe4652cc20834cbe982813",
    ),
    (
        "enterprise",
        "17.0",
        "c8966a9a55f1723c0082910f4522af448514343f84ffb9a3e757bdd59642d057",
    ),
    (
        "enterprise",
        "17.1",
        "0d1c347a4d584cf7e11ef46556c33b7689341443bf86299188d46c307274323b",
    ),
    (
        "enterprise",
        "18.0",
        "ff94838b09edfe7d59eec1cd7af0a1e229c4bc0ae0bdfa98ad170aeec9c3e272",
    ),
    (
        "enterprise",
        "18.1",
        "f857d8f78f2f0c0b7db321a711a39fba98546c1e3076a657684850c83d0962fb",
    ),
    (
        "enterprise",
        "19.0",
        "df520ea0775a57db7bff760145b02fed89290802913e056b7ed5970b02f3626a",
    ),
    (
        "enterprise",
        "19.1",
        "bdf1ce86a4e604214c5076d37ae4dcb322678afc528df8492e6fdc1b554f5da3",
    ),
    (
        "enterprise",
        "19.2",
        "dc1639caa5501d720e280cf1cbd8fbe009884a0c9b3e6e9ed9d0c25166c3d8f4",
    ),
    (
        "enterprise",
        "20.0",
        "81113ba98afa2928f3dcff62022539f7ce30c315c32e14422f11ff95ce534352",
    ),
    (
        "ics",
        "16.0",
        "65a41a855c4b84ae693d2ef96fbb1e4860f496224e68a1a2448f0e2463b4a6d4",
    ),
    (
        "ics",
        "16.1",
        "86204d062732edf593d3736fef0b302832b5a8c601f21ff446c76f23779ea2b3",
    ),
    (
        "ics",
        "17.0",
        "e16dbcb5de0d7a79d9550d690e850841f266e8cdabc0f3c8da8331232c50612b",
    ),
    (
        "ics",
        "17.1",
        "cb207f963ca270994d9dabefe52237d46cf25056f154057f4b961f1c0803a8f3",
    ),
    (
        "ics",
        "18.0",
        "e0c64def90415d548131009ba2ba4d8a4a725ca2293861a4cc2f9e8712625531",
    ),
    (
        "ics",
        "18.1",
        "a7c0106492843485340710be9e841c1584d8fc6da8950e7097db0e7b5bc9f164",
    ),
    (
        "ics",
        "19.0",
        "4a986f4a440aa0c36bd352e9b320de82160c456a680f7700fe4585d90b4a2522",
    ),
    (
        "ics",
        "19.1",
        "a91f659d6d03095e84089630b098edb2ed9d5cd5b1ea41369b27846cd32f2a43",
    ),
    (
        "ics",
        "19.2",
        "08b83d2cea6b6d6752468ef0e62e2ab2a53c9443ef72c439ecccb07ab9e89da9",
    ),
    (
        "ics",
        "20.0",
        "c9ca0ce523a1b5e512060a390415e8aefe8f6d32c5f82d7de81264960c1e1183",
    ),
    (
        "mobile",
        "16.0",
        "ddea27149eddebb4e77c6ebb4e2fd2f92c71ef8627bbf7610c37e055a2adb7fd",
    ),
    (
        "mobile",
        "16.1",
        "f84d5bb908c918aadf6cfbdfe0e801fce354e943d999c684b01eefa81da95941",
    ),
    (
        "mobile",
        "17.0",
        "932287bfd5e708f836fa1115d2b776934ad490d5fe94b3b4e25a140f0f636fd2",
    ),
    (
        "mobile",
        "17.1",
        "33968697b94a5ff5568016a28bbcc93f7869dc2f2b2653ead833758867ab5bc9",
    ),
    (
        "mobile",
        "18.0",
        "f5f7f21c8daa59cc83f94432f0d77743be14d717f61f0464465b663508ef6d4f",
    ),
    (
        "mobile",
        "18.1",
        "c6dd56996586b2d1484e6555f9f5307f379dff24e7632e6af23097ef25656ea9",
    ),
    (
        "mobile",
        "19.0",
        "e6c65d1c5b22ad9eb52811c9a0b66f31537d4a4ea71f40da9dfee96412a42315",
    ),
    (
        "mobile",
        "19.1",
        "423cbceb604770c8997845151fe7cc4813de01033b8cc50c84dd3bd0d96d8322",
    ),
    (
        "mobile",
        "19.2",
        "acfa5ca2d93484476f79bf38590e2b55bb675fc0ce85e76bffa0af2c82dada64",
    ),
    (
        "mobile",
        "20.0",
        "824f7d8a37e7893b29e4c6ca6d87b5fbbf3b228ec6384f1a69ee20d523ff59e5",
    ),
];

/// Whether a file of ATT&CK is the one that MITRE released under this version; `None` when that is not known here.
pub(crate) fn is_released(path: &str, version: &str, sha256: &str) -> Option<bool> {
    let domain = path.strip_prefix("attack/")?.split("-attack").next()?;
    let known = ATTACK
        .iter()
        .find(|(d, v, _)| *d == domain && *v == version)?;
    Some(known.2 == sha256)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ALL, ATTACK, is_released};
    use tegakari_knowledge::sources;

    #[test]
    fn every_file_belongs_to_a_source_and_every_address_is_https() {
        let mut paths = BTreeSet::new();
        for item in ALL.iter().flat_map(|p| p.items) {
            assert!(item.url.starts_with("https://"), "{}", item.url);
            assert!(paths.insert(item.path), "{} twice", item.path);
            let example = match item.members {
                None => item.path.to_owned(),
                Some(members) if members.to.contains("lists") => {
                    format!("{}x/list.json", members.to)
                }
                Some(members) => format!("{}apt_x.txt", members.to),
            };
            assert!(sources::ALL.iter().any(|s| s.takes(&example)), "{example}");
        }
    }

    #[test]
    fn released_bundles_are_known_by_their_digest() {
        let (_, version, digest) = ATTACK[0];
        assert_eq!(
            is_released("attack/enterprise-attack.json", version, digest),
            Some(true)
        );
        assert_eq!(
            is_released("attack/enterprise-attack.json", version, "00"),
            Some(false)
        );
        assert_eq!(
            is_released("attack/enterprise-attack.json", "99.0", digest),
            None
        );
        assert_eq!(is_released("misp-galaxy/x.json", version, digest), None);
        assert!(
            ATTACK
                .iter()
                .all(|(_, _, d)| d.len() == 64 && d.bytes().all(|b| b.is_ascii_hexdigit()))
        );
    }
}
