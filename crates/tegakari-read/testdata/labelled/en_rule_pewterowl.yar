import "pe"
import "hash"

/*
   PewterOwl loader, rules of 2026-05-19
   write-up: https://hollowtree.dev/posts/pewterowl/
*/

rule MAL_PewterOwl_Loader_May26 : loader windows
{
    meta:
        description = "PewterOwl loader, resembles parts of BumbleBee"
        author = "J. Okonkwo (hollowtree.dev)"
        reference = "https://hollowtree.dev/posts/pewterowl/"
        date = "2026-05-19"
        version = "1.0.2.1"
        hash1 = "95f359593e357c8bd49e8749413ac7b4c908b5862be16f98999a6a9c7ab73f0e"
        hash2 = "1E6E5DC58318104A134238062C09F6FA6CEFA0F2B6CAC71D6080D5F0BCC1A4CA"
        md5 = "6f2461ddb53c4de64e23058ddb80d892"
        id = "4b96390a-0225-46d5-a6e2-868d6a05d27a"
        mitre_attack = "T1620, T1027.013"
        score = 85
    strings:
        $u1 = "https://owlpost.rest/api/hoot" ascii wide
        $u2 = "nest.owlpost.rest" ascii
        $ip = "62.60.226.19" fullword
        $s1 = "System.Net.Http.HttpClient" wide
        $s2 = "C:\\build\\owl\\x64\\Release\\owl.pdb" ascii
        $s3 = "22:24:13" ascii
        $h1 = { 4D 5A 90 00 [4-8] 6F 77 6C 21 }
        $re = /owl-[a-f0-9]{8}\.tmp/ ascii
    condition:
        uint16(0) == 0x5A4D and filesize < 2MB and
        ( pe.imphash() == "f376adc59049d3193b45b689fc9c1db7" or
          hash.md5(0, filesize) == "d41d8cd98f00b204e9800998ecf8427e" or 3 of them )
}
