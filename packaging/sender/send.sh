#!/bin/sh
# Hand files to syncd under its handshake.
#
#   send.sh FOLDER FILE...              a drop folder that is mounted here
#   send.sh USER@HOST:FOLDER FILE...    one behind SFTP, with OpenSSH's sftp and a key
#
# The steps: wait while lock.txt is there or a file of the same name has not been taken yet; make alock.txt,
# which fails if another sender has made it; look for lock.txt again; write every file under a hidden name;
# make it readable for the group, whatever its own mode and the umask are; give it its own name when it is whole;
# remove alock.txt, also when something failed.
#
# SYNCD_WAIT   seconds to wait for syncd, 600 if not set
# SYNCD_PAUSE  seconds between two looks, 5 if not set
# SYNCD_SFTP   how to connect, "sftp -q" if not set; for example "sftp -q -i /etc/sis/key"
#
# Exit: 0 handed over; 1 failed, what was handed over by then stays; 2 wrong usage; 75 busy, try again later.
set -eu

say() { printf 'send.sh: %s\n' "$*" >&2; }
usage() { say "$1"; say 'usage: send.sh FOLDER FILE... or send.sh USER@HOST:FOLDER FILE...'; exit 2; }

[ "$#" -ge 2 ] || usage 'name a folder and at least one file'
case $1 in
    *@*:?*) host=${1%%:*} folder=${1#*:} ;;
    *) host='' folder=${1%/} ;;
esac
shift
wait=${SYNCD_WAIT:-600}
pause=${SYNCD_PAUSE:-5}
sftp=${SYNCD_SFTP:-sftp -q}

names=''
for file in "$@"; do
    [ -f "$file" ] || usage "there is no file $file"
    name=${file##*/}
    case $name in
        .* | _*) usage "$name would never be taken: it begins with a dot or an underscore" ;;
        lock.txt | alock.txt) usage "$name is a lock, not a delivery" ;;
        *[!A-Za-z0-9._-]*) usage "$name: letters, digits, dot, underscore and hyphen only" ;;
    esac
    case $(printf '%s' "$name" | tr '[:upper:]' '[:lower:]') in
        *~ | *.bak | *.swp | *.tmp | *.temp | *.part | *.partial | *.filepart | *.writing | *.crdownload)
            usage "$name would never be taken: its name is that of an unfinished upload" ;;
    esac
    case " $names " in *" $name "*) usage "$name is named twice" ;; esac
    names="$names $name"
done

# Every word of a remote command stands in double quotes; these are all that need a backslash there.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"*?[]/\\&/g')"; }
remote() { { printf 'cd %s\n' "$(quoted "$folder")"; cat; } | $sftp -b - "$host"; }

there() {
    if [ -n "$host" ]; then echo 'ls -1a' | remote; else ls -1a -- "$folder"; fi
}

blocked_by() {
    found=$(there) || { say "cannot look into $folder"; exit 1; }
    for name in "$@"; do
        if printf '%s\n' "$found" | grep -qFx -- "$name"; then
            printf '%s' "$name"
            return
        fi
    done
}

wait_until_free() {
    waited=0
    while blocker=$(blocked_by "$@") || exit 1; [ -n "$blocker" ]; do
        if [ "$waited" -ge "$wait" ]; then
            say "$blocker is still there after $waited seconds; nothing was sent"
            exit 75
        fi
        sleep "$pause"
        waited=$((waited + pause))
    done
}

claim() {
    if [ -z "$host" ]; then
        (set -C && : > "$folder/alock.txt") 2> /dev/null
    else
        # An old-style rename never replaces a file, so that only one of two senders gets the name.
        printf 'put %s .alock.part\nrename -l .alock.part alock.txt\n' "$(quoted "$empty")" | remote > /dev/null 2>&1
    fi
}

# OpenSSH's sftp gives an upload the mode of the original, and the umask of either side takes more away; syncd reads it
# as a member of the group. A server or a share that knows no modes needs none.
mode_of() { if [ -n "$(find "$1" -prune -perm -004)" ]; then echo 644; else echo 640; fi; }

# A hard link is never made over another file. Where the disk knows none, a move must do.
show() {
    ln -- "$folder/.$1.part" "$folder/$1" 2> /dev/null && return
    if [ -e "$folder/$1" ]; then say "$1 is there already"; return 1; fi
    mv -- "$folder/.$1.part" "$folder/$1"
}

claimed=''
empty=$(mktemp)
give_back() {
    code=$?
    trap - EXIT
    rm -f -- "$empty"
    [ -n "$claimed" ] || exit "$code"
    if [ -z "$host" ]; then
        for name in $names; do rm -f -- "$folder/.$name.part"; done
        rm -f -- "$folder/alock.txt"
    else
        { for name in $names; do echo "-rm .$name.part"; done; echo '-rm alock.txt'; } | remote > /dev/null 2>&1
    fi
    exit "$code"
}
trap give_back EXIT
trap 'exit 1' HUP INT TERM

# shellcheck disable=SC2086 # names hold no spaces
wait_until_free alock.txt lock.txt $names
claim || { say 'alock.txt could not be made: another sender is at work, or the folder may not be written'; exit 75; }
claimed=yes
wait_until_free lock.txt

if [ -z "$host" ]; then
    for file in "$@"; do
        cp -- "$file" "$folder/.${file##*/}.part"
        chmod g+r -- "$folder/.${file##*/}.part" 2> /dev/null || :
    done
    for name in $names; do show "$name"; done
else
    {
        for file in "$@"; do
            printf 'put %s .%s.part\n' "$(quoted "$file")" "${file##*/}"
            printf -- '-chmod %s .%s.part\n' "$(mode_of "$file")" "${file##*/}"
        done
        for name in $names; do printf 'rename -l .%s.part %s\n' "$name" "$name"; done
    } | remote > /dev/null
fi
