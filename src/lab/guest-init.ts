/**
 * The guest's first program, run by busybox from the initramfs. It makes the host's file system the root,
 * read-only, under an overlay in memory, and hands over to the session. Without settings it is a probe:
 * the kernel got this far, which is all that is asked, and the guest powers off.
 */
export const guestInit = `#!/bin/busybox sh
say() { echo "lab: $*" >/dev/console; }
die() { say "$*"; poweroff -f; }

/bin/busybox mount -t proc proc /proc # through which the shell finds its other applets
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
[ -e /lab/settings ] || die "probe passed"
. /lab/settings

load() {
  while read -r module; do
    insmod "/lab/modules/$module" || die "module $module does not load"
  done
}
load </lab/root.order
load </lab/devices.order &

# 9p's own cache is safe: nobody who writes to these files expects the guest to notice
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 root /host || die "no root over 9p"
mount -t tmpfs -o mode=755 memory /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work root /root || die "no overlay"
mount -t tmpfs -o mode=755 run /root/run
mkdir /root/run/lock /root/run/lab
cp /lab/session /lab/settings /lab/writable /lab/command /root/run/lab/
cp /bin/busybox /root/run/lab/
wait

for directory in sys dev proc; do mount --move "/$directory" "/root/$directory"; done
exec /bin/busybox switch_root /root /run/lab/busybox sh /run/lab/session
`;

/**
 * The guest's second part, in the host's file system: brings up the PFs, makes and binds the VFs, joins the
 * command's streams to the host and runs it.
 */
export const guestSession = `
lab=/run/lab
. $lab/settings

say() { echo "lab: $*" >/dev/console; }

# Without udev a port's name is known to sysfs only, and the kernel learns of the ports one by one.
port() {
  for try in $(seq 1500); do
    for name in /sys/class/virtio-ports/*/name; do
      [ "$(cat "$name" 2>/dev/null)" = "$1" ] || continue
      echo "/dev/$(basename "\${name%/name}")"
      return
    done
    sleep 0.02
  done
}

fail() { say "$*"; echo "error $*" >&9; sleep 3600; }

# True as soon as the file exists, false when it does not within half a minute.
appears() {
  for try in $(seq 1500); do
    [ -e "$1" ] && return 0
    sleep 0.02
  done
  return 1
}

mount_file_systems() {
  mkdir -p /dev/pts /dev/shm /dev/hugepages
  mount -t devpts devpts /dev/pts
  mount -t tmpfs -o mode=1777 shm /dev/shm
  mount -t hugetlbfs hugetlbfs /dev/hugepages
  ln -sf /proc/self/fd /dev/fd
  for fd in 0:stdin 1:stdout 2:stderr; do ln -sf "/proc/self/fd/\${fd%:*}" "/dev/\${fd#*:}"; done
  index=0
  while IFS= read -r directory; do
    mkdir -p "$directory"
    mount -t 9p -o trans=virtio,version=9p2000.L,cache=mmap,msize=512000 "writable$index" "$directory" ||
      fail "cannot mount $directory"
    index=$((index + 1))
  done <$lab/writable
}

# What the host lacks, programs and the kernel's modules, comes from the lab's cache.
lend_programs() {
  mkdir -p /lib/modules
  [ -e "/lib/modules/$LAB_RELEASE" ] || ln -s "$LAB_MODULES" "/lib/modules/$LAB_RELEASE"
  for name in modprobe insmod rmmod lsmod; do
    [ -e "/sbin/$name" ] || ln -s $lab/busybox "/sbin/$name"
  done
  [ -n "$LAB_IP_LIBRARIES" ] || return 0
  printf '#!/bin/sh\\nLD_LIBRARY_PATH=%s exec %s "$@"\\n' "$LAB_IP_LIBRARIES" "$LAB_IP" >/sbin/ip
  chmod 755 /sbin/ip
}

ip() { LD_LIBRARY_PATH=$LAB_IP_LIBRARIES "$LAB_IP" "$@"; }

# start_pf INDEX ADDRESS: a PF that is down never answers its VFs.
start_pf() {
  local device=/sys/bus/pci/devices/$2 interface vf
  interface=$(ls "$device/net")
  [ -z "$LAB_MTU" ] || ip link set "$interface" mtu "$LAB_MTU" || fail "$interface refuses MTU $LAB_MTU"
  ip link set "$interface" up || fail "$interface does not come up"
  [ "$LAB_VFS" -gt 0 ] || return 0
  echo "$LAB_VFS" >"$device/sriov_numvfs" || fail "$2 makes no $LAB_VFS VFs"
  [ "$LAB_VF_MACS" = pf ] || return 0
  for vf in $(seq 0 $((LAB_VFS - 1))); do
    ip link set "$interface" vf "$vf" mac "52:54:00:00:0$1:1$vf" || fail "VF $vf refuses its MAC"
  done
}

# bind ADDRESS: to vfio-pci, and wait for the node that a program opens.
bind() {
  local device=/sys/bus/pci/devices/$1 group
  echo vfio-pci >"$device/driver_override"
  echo "$1" >/sys/bus/pci/drivers/vfio-pci/bind || fail "vfio-pci refuses $1"
  group=$(basename "$(readlink "$device/iommu_group")")
  appears "/dev/vfio/$group" || fail "/dev/vfio/$group does not appear"
}

start_vfs() {
  echo 0 >/sys/bus/pci/drivers_autoprobe # Linux's igbvf must not bind the new VFs
  index=0
  all=
  pf=0
  for device in /sys/bus/pci/drivers/igb/0000:*; do
    start_pf "$pf" "$(basename "$device")"
    vf=0
    while [ -e "$device/virtfn$vf" ]; do
      address=$(basename "$(readlink "$device/virtfn$vf")")
      export "VF$index=$address"
      all=$all\${all:+,}$address
      [ "$LAB_BIND" = no ] || bind "$address"
      vf=$((vf + 1))
      index=$((index + 1))
    done
    pf=$((pf + 1))
  done
  echo 1 >/sys/bus/pci/drivers_autoprobe # a device that is plugged in later finds its driver
  [ "$pf" = "$LAB_PFS" ] || fail "$pf of $LAB_PFS PFs found"
  [ -z "$all" ] || export PCIDEVICE_VFIO_PMD_VF="$all"
}

# The command gets pipes, as it would from a program on the host: a port can't be opened a second time,
# and /dev/stderr is. Relays live in sessions of their own, out of reach of a command's "kill 0".
join_streams() {
  mkfifo -m 666 $lab/stdin $lab/stdout $lab/stderr
  for stream in stdout stderr; do setsid cat $lab/$stream >"$(port $stream)" & done
  exec 7>$lab/stdout 8>$lab/stderr
  if [ "$LAB_STDIN" = none ]; then
    exec 6</dev/null
  else
    setsid cat "$(port stdin)" >$lab/stdin &
    exec 6<$lab/stdin
  fi
}

say "root ready"
exec 9>"$(port control)"
mount_file_systems
lend_programs
echo "$LAB_HOSTNAME" >/proc/sys/kernel/hostname
ip link set lo up
start_vfs
join_streams
say "devices ready"
echo started >&9

# In a subshell, so that this shell's own remark about a killed command goes to the console.
(exec <&6 >&7 2>&8 6<&- 7>&- 8>&- 9>&-; exec setsid sh $lab/command)
status=$?

# The end of each stream is marked in the stream itself: whatever the command wrote is before it.
printf '%s' "$LAB_END" >&7
printf '%s' "$LAB_END" >&8
sync
echo "exit $status" >&9
sleep 3600
`;
