# tegakari/drill-script/1
# plan @PLAN@, made @MADE@
#
# Plants harmless traces on this machine and removes them again, so that you can find out whether your logs would show
# the real thing. It needs no rights beyond yours and no network but your own. What cannot be done here is skipped, and
# that is written down. It asks nothing. `powershell -File drill.ps1 -DryRun` only says what would be done.
#
# What is planted is found by tokens: the word `tgkdrill` and 20 letters and digits, which differ from machine to machine
# and from trace to trace. The two are put together only when this runs, and are shown with a + between them, so that
# neither a log of this text nor one of what it says shows a token.
#
# -DryRun        say what would be done, and do nothing
# -HostName NAME act as this machine of the plan [default: the one with this machine's name]
# -Record FILE   where to write down what was planted and when [default: tegakari-drill-PLAN-HOST.record in this folder]
#
# Exit status: 0 done (skipped traces are in the record), 2 the record cannot be written, 3 this machine is not in the plan.
param(
    [switch]$DryRun,
    [string]$HostName = '',
    [string]$Record = ''
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$Plan = '@PLAN@'
$Domain = '@DOMAIN@'
$Web = '@WEB@'
$MailTo = '@MAIL@'
$Prefix = 'tgkdrill'

# The machines of the plan, and the names by which each is known.
$Machines = @{
@HOSTS@}
$Names = @{
@NAMES@}

function Find-Machine {
    $candidates = @($HostName)
    if ($HostName -eq '') {
        $candidates = @([Net.Dns]::GetHostName(), [Environment]::MachineName)
        try { $candidates = @([Net.Dns]::GetHostEntry('').HostName) + $candidates } catch { }
        $candidates += @($candidates | ForEach-Object { $_.Split('.')[0] })
    }
    foreach ($candidate in $candidates) {
        $key = $candidate.ToLowerInvariant()
        if ($Names.ContainsKey($key)) { return $Names[$key] }
    }
    return ''
}

$Machine = Find-Machine
if ($Machine -eq '') {
    [Console]::Error.WriteLine('drill: this machine is not in the plan ' + $Plan + ', or its name stands for several; nothing was planted.')
    [Console]::Error.WriteLine('drill: say -HostName NAME with a name of the plan, or make a plan with this machine.')
    exit 3
}
$Tokens = $Machines[$Machine]
if ($Record -eq '') { $Record = 'tegakari-drill-' + $Plan + '-' + $Machine + '.record' }
$Record = [IO.Path]::Combine((Get-Location).ProviderPath, $Record)

$script:At = ''
$script:Listing = $true
$script:Work = ''

function Write-Record([string]$Text) {
    try {
        [IO.File]::AppendAllText($Record, $Text, (New-Object Text.UTF8Encoding($false)))
    } catch {
        [Console]::Error.WriteLine('drill: cannot write the record ' + $Record + '; choose another place with -Record')
        exit 2
    }
}

function Write-Note([string]$Kind, [string]$State, [string]$Why) {
    $fields = @('tegakari/drill-record/1', $Plan, $Machine, 'powershell', $Kind, $State, $script:At, $Why)
    Write-Record (($fields -join [string][char]9) + [string][char]10)
}

function Get-Work {
    if ($script:Work -eq '') {
        $script:Work = Join-Path ([IO.Path]::GetTempPath()) ('tegakari-drill-' + [IO.Path]::GetRandomFileName())
        [void](New-Item -ItemType Directory -Path $script:Work)
    }
    return $script:Work
}

function Test-Admin {
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    return (New-Object Security.Principal.WindowsPrincipal($identity)).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

# Says what is done, does it, and writes down what became of it. An action throws when it cannot be done.
function Step([string]$Kind, [string]$What, [scriptblock]$Action) {
    if (-not $Tokens.ContainsKey($Kind)) { return }
    if ($script:Listing) {
        Write-Output ('  ' + $Kind + ': ' + $What)
        return
    }
    $script:At = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    $why = ''
    try {
        [void](& $Action)
    } catch {
        $why = ($_.Exception.Message -replace '\s+', ' ')
        if ($why -eq '') { $why = 'it failed' }
    }
    if ($why -eq '') {
        Write-Output ('  ' + $Kind + ': done at ' + $script:At)
        Write-Note $Kind 'planted' ''
    } else {
        Write-Output ('  ' + $Kind + ': skipped, because ' + $why)
        Write-Note $Kind 'skipped' $why
    }
}

function Token([string]$Kind) {
    if ($Tokens.ContainsKey($Kind)) { return ($Prefix + $Tokens[$Kind]) }
    return ''
}

# The token as it may be shown.
function Shown([string]$Kind) {
    if ($Tokens.ContainsKey($Kind)) { return ($Prefix + '+' + $Tokens[$Kind]) }
    return ''
}

# Any answer will do, an error of the server too; no answer throws.
function Send-Request([string]$Url, [string]$Agent) {
    $request = [Net.WebRequest]::Create($Url)
    $request.UserAgent = $Agent
    $request.Timeout = 10000
    try {
        $request.GetResponse().Close()
    } catch {
        $trouble = $_.Exception
        while ($trouble -isnot [Net.WebException] -and $null -ne $trouble.InnerException) { $trouble = $trouble.InnerException }
        if ($trouble -isnot [Net.WebException] -or $null -eq $trouble.Response) { throw 'no server and no proxy answered' }
        $trouble.Response.Close()
    }
}

function Get-Base([string]$Name) {
    if ($Web -ne '') { return ('http://' + $Web) }
    return ('http://' + $Name + '.' + $Domain)
}

function Invoke-Traces {
    $name = (Token 'dns') + '.' + $Domain
    Step 'dns' ('looks up the name ' + (Shown 'dns') + '.' + $Domain) {
        # That there is no such name is an answer as well.
        try { [void][Net.Dns]::GetHostEntry($name) } catch { }
    }
    $hostUrl = 'http://' + (Token 'http_host') + '.' + $Domain + '/'
    Step 'http_host' ('asks for http://' + (Shown 'http_host') + '.' + $Domain + '/') { Send-Request $hostUrl 'tegakari-drill' }
    $url = (Get-Base (Token 'http_url')) + '/' + (Token 'http_url') + '.txt'
    Step 'http_url' ('asks for ' + (Get-Base (Shown 'http_url')) + '/' + (Shown 'http_url') + '.txt') { Send-Request $url 'tegakari-drill' }
    $agentUrl = (Get-Base (Token 'user_agent')) + '/'
    Step 'user_agent' ('asks for ' + (Get-Base (Shown 'user_agent')) + '/ as ' + (Shown 'user_agent')) { Send-Request $agentUrl (Token 'user_agent') }
    Step 'file_name' ('writes a file ' + (Shown 'file_name') + '.txt in a folder of its own, and removes it') {
        [IO.File]::WriteAllText((Join-Path (Get-Work) ((Token 'file_name') + '.txt')), "a harmless file of a tegakari drill`n")
    }
    Step 'file_hash' 'writes a file of which there is no second one, reads it, and removes it' {
        $sample = Join-Path (Get-Work) 'sample.sh'
        $lines = @('#!/bin/sh', ('# a harmless file of a tegakari drill: ' + (Token 'file_hash')), 'exit 0', '')
        $text = $lines -join [string][char]10
        [IO.File]::WriteAllBytes($sample, [Text.Encoding]::ASCII.GetBytes($text))
        [void][IO.File]::ReadAllBytes($sample)
    }
    Step 'process' ('copies the program where.exe to ' + (Shown 'process') + '.exe, runs it, and removes it') {
        $program = Join-Path (Get-Work) ((Token 'process') + '.exe')
        Copy-Item -LiteralPath (Join-Path ([Environment]::SystemDirectory) 'where.exe') -Destination $program
        [void](& $program '/?')
    }
    Step 'command_line' ('runs a command that does nothing, with ' + (Shown 'command_line') + ' among its arguments') {
        [void](& (Join-Path ([Environment]::SystemDirectory) 'cmd.exe') '/d' '/c' 'rem' (Token 'command_line'))
    }
    Step 'registry' ('writes a value ' + (Shown 'registry') + ' below HKCU\Software\tegakari-drill, and removes it') {
        $key = 'HKCU:\Software\tegakari-drill'
        try {
            [void](New-Item -Path $key -Force)
            [void](New-ItemProperty -Path $key -Name (Token 'registry') -Value 'harmless' -PropertyType String)
        } finally {
            Remove-Item -LiteralPath $key -Recurse -Force -ErrorAction SilentlyContinue
        }
    }
    Step 'scheduled_task' ('makes a task ' + (Shown 'scheduled_task') + ' that does nothing and is never due, and removes it') {
        $tasks = Join-Path ([Environment]::SystemDirectory) 'schtasks.exe'
        $task = Token 'scheduled_task'
        try {
            # What the program says on its error stream is no exception here.
            $ErrorActionPreference = 'Continue'
            [void](& $tasks '/create' '/f' '/tn' $task '/sc' 'ONEVENT' '/ec' 'Application' '/mo' '*[System[(EventID=65535)]]' '/tr' 'cmd.exe /d /c exit' 2>&1)
            if ($LASTEXITCODE -ne 0) { throw 'this user may not make scheduled tasks' }
        } finally {
            [void](& $tasks '/delete' '/f' '/tn' $task 2>&1)
        }
    }
    Step 'service' ('registers a service ' + (Shown 'service') + ' that is never started, and removes it') {
        if (-not (Test-Admin)) { throw 'only administrators may register services' }
        $control = Join-Path ([Environment]::SystemDirectory) 'sc.exe'
        $service = Token 'service'
        try {
            $ErrorActionPreference = 'Continue'
            [void](& $control 'create' $service 'binPath=' 'cmd.exe /d /c exit' 'start=' 'demand' 2>&1)
            if ($LASTEXITCODE -ne 0) { throw 'the service could not be registered' }
        } finally {
            [void](& $control 'delete' $service 2>&1)
        }
    }
    Step 'pipe' ('opens a named pipe ' + (Shown 'pipe') + ', and closes it') {
        $pipe = New-Object IO.Pipes.NamedPipeServerStream((Token 'pipe'))
        try {
            $client = New-Object IO.Pipes.NamedPipeClientStream('.', (Token 'pipe'))
            try { $client.Connect(1000) } finally { $client.Dispose() }
        } finally {
            $pipe.Dispose()
        }
    }
    $receiver = $MailTo
    if ($receiver -eq '') { $receiver = 'nobody, because the plan names no address' }
    Step 'mail' ('sends a mail with the subject ' + (Shown 'mail') + ' to ' + $receiver) {
        if ($MailTo -eq '') { throw 'the plan names no address (drill plant --mail-to)' }
        if (-not (Test-Path -Path 'variable:PSEmailServer') -or $PSEmailServer -eq '') { throw 'no mail server is set ($PSEmailServer)' }
        Send-MailMessage -To $MailTo -From $MailTo -Subject (Token 'mail') -Body 'This mail is part of a drill of tegakari and can be deleted.' -SmtpServer $PSEmailServer
    }
    Step 'log_line' ('writes an event with ' + (Shown 'log_line') + ' to the log Application') {
        $writer = Join-Path ([Environment]::SystemDirectory) 'eventcreate.exe'
        $ErrorActionPreference = 'Continue'
        [void](& $writer '/T' 'INFORMATION' '/ID' '1' '/L' 'APPLICATION' '/SO' 'tegakari-drill' '/D' (Token 'log_line') 2>&1)
        if ($LASTEXITCODE -ne 0) { throw 'this user may not write events' }
    }
}

Write-Output ('Drill ' + $Plan + ' on ' + $Machine + '. This will be done, and undone where it leaves anything:')
Invoke-Traces
if ($DryRun) {
    Write-Output 'Nothing was done (-DryRun).'
    exit 0
}
$script:Listing = $false
Write-Record ''
Write-Output ('Now, with a record in ' + $Record + ':')
try {
    Invoke-Traces
} finally {
    if ($script:Work -ne '') { Remove-Item -LiteralPath $script:Work -Recurse -Force -ErrorAction SilentlyContinue }
}
Write-Output 'Done. Nothing is left but the record, and a mail or an event where one was written.'
