/*
  Lamp rules, see https://blog.qlamp-research.com/about-lamps
*/
import "pe"

rule APT_Lamp_RAT : apt lamp T1059_001 {
   meta:
      description = "Detects the LampRAT implant"
      author = "A. Author <author@qlamp-research.com>"
      reference = "https://blog.qlamp-research.com/lamp"
      date = "2024-05-01"
      hash1 = "47ecaab5cd6b26fe18d9759a9392bce81ba379817c53a3a468fe9060a076f8ca"
      md5 = "71fea034b422e4a17ebb06022532fdde"
      fingerprint = "1111111111111111111111111111111111111111111111111111111111111111"
      id = "22222222-2222-2222-2222-222222222222"
      malware_family = "LampRAT"
      mitre_attack = "T1055"
   strings:
      $s1 = "kernel32.dll" ascii
      $s2 = "config.ini" wide
      $s3 = "cmd.exe /c del"
      $s4 = "System.Net"
      $url = "http://c2.qlamp.com/gate.php"
      $fmt = "http://%s/gate.php"
      $c2_domain = "panel.qlamp.com"
      $mutex = "LampMtx_77"
      $m2 = "Global\\LampMtx"
      $pdb = "C:\\Users\\lamp\\Release\\lamprat.pdb"
      $pipe = "\\\\.\\pipe\\lamppipe"
      $ua = "Mozilla/5.0 (compatible; Lamp)"
      $hex = { 4D 5A [2-4] 50 }
      $re = /https?:\/\/[a-z]{3,5}\.lamp/ nocase
   condition:
      uint16(0) == 0x5A4D and filesize < 2MB and 3 of ($s*) or any of them
}
