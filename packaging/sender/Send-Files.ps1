#Requires -Version 5.1
<#
.SYNOPSIS
    Hand files to syncd under its handshake, through a folder such as a share.
.DESCRIPTION
    Waits while lock.txt is there or a file of the same name has not been taken yet; makes alock.txt, which
    fails if another sender has made it; looks for lock.txt again; writes every file under a hidden name and gives
    it its own name when it is whole; removes alock.txt, also when something failed.

    Exit code: 0 handed over; 1 failed; 2 wrong usage; 75 busy, try again later.
.EXAMPLE
    .\Send-Files.ps1 -Folder \\syncd\sync -File C:\sis\userimport.csv, C:\sis\enrols.csv
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [string] $Folder,
    [Parameter(Mandatory = $true)] [string[]] $File,
    [int] $WaitSeconds = 600,
    [int] $PauseSeconds = 5
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

function Stop-Sending([string] $Message, [int] $Code) {
    [Console]::Error.WriteLine("Send-Files: $Message")
    exit $Code
}

function Get-Blocker([string[]] $Names) {
    $Names | Where-Object { Test-Path -LiteralPath (Join-Path $Folder $_) } | Select-Object -First 1
}

function Wait-UntilFree([string[]] $Names) {
    $waited = 0
    while ($blocker = Get-Blocker $Names) {
        if ($waited -ge $WaitSeconds) {
            Stop-Sending "$blocker is still there after $waited seconds; nothing was sent" 75
        }
        Start-Sleep -Seconds $PauseSeconds
        $waited += $PauseSeconds
    }
}

if (-not (Test-Path -LiteralPath $Folder -PathType Container)) { Stop-Sending "there is no folder $Folder" 2 }
foreach ($path in $File) {
    if (-not (Test-Path -LiteralPath $path -PathType Leaf)) { Stop-Sending "there is no file $path" 2 }
}
$names = @($File | ForEach-Object { Split-Path -Leaf $_ })
foreach ($name in $names) {
    if ($name -match '^[._]') { Stop-Sending "$name would never be taken: it begins with a dot or an underscore" 2 }
    if ($name -match '(~|\.(bak|swp|tmp|temp|part|partial|filepart|writing|crdownload))$') {
        Stop-Sending "$name would never be taken: its name is that of an unfinished upload" 2
    }
    if ($name -in 'lock.txt', 'alock.txt') { Stop-Sending "$name is a lock, not a delivery" 2 }
}

$alock = Join-Path $Folder 'alock.txt'
Wait-UntilFree (@('alock.txt', 'lock.txt') + $names)
try {
    [IO.File]::Open($alock, [IO.FileMode]::CreateNew).Dispose()
} catch [IO.IOException] {
    Stop-Sending 'alock.txt could not be made: another sender is at work' 75
}

try {
    Wait-UntilFree @('lock.txt')
    foreach ($path in $File) {
        Copy-Item -LiteralPath $path -Destination (Join-Path $Folder (".{0}.part" -f (Split-Path -Leaf $path)))
    }
    foreach ($name in $names) {
        # This move never replaces a file.
        [IO.File]::Move((Join-Path $Folder ".$name.part"), (Join-Path $Folder $name))
    }
} catch {
    Stop-Sending $_.Exception.Message 1
} finally {
    foreach ($name in $names) {
        Remove-Item -LiteralPath (Join-Path $Folder ".$name.part") -Force -ErrorAction SilentlyContinue
    }
    Remove-Item -LiteralPath $alock -Force
}
exit 0
