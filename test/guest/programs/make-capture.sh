#!/bin/sh
# Captures what real programs say to each other over a cable between two network namespaces: ARP, DNS, TCP, ICMP, fragments,
# IPv6, a VLAN. The client is $1, the server $2 (MAC addresses); the file is $3, for good when $3.done is there.
set -eu
client=$1 server=$2 file=$3
box=/run/lab/busybox
modprobe veth
modprobe 8021q
unshare -n sleep 600 &
there=$!
# httpd goes on by itself. The pattern does not match grep's own command line.
servers() {
  for process in /proc/[0-9]*; do
    if tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q 'httpd -[p] 10.99.0.2:80'; then echo "${process#/proc/}"; fi
  done
}
trap 'kill $there $(servers); ip link delete client0 2>/dev/null || true' EXIT
inside() { nsenter -t $there -n "$@"; }
until [ "$(readlink /proc/$there/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done

ip link add client0 address "$client" type veth peer name server0 address "$server" netns $there
# Segments as the wire has them, and not as the stack hands them to a device that would cut them.
ip link set client0 gso_max_segs 1
inside ip link set server0 gso_max_segs 1
ip link add link client0 name client0.5 type vlan id 5
inside ip link add link server0 name server0.5 type vlan id 5
ip address add 10.99.0.1/24 dev client0
ip address add fd99::1/64 dev client0 nodad
ip address add 10.99.5.1/24 dev client0.5
inside ip address add 10.99.0.2/24 dev server0
inside ip address add fd99::2/64 dev server0 nodad
inside ip address add 10.99.5.2/24 dev server0.5
for device in client0 client0.5; do ip link set $device up; done
for device in lo server0 server0.5; do inside ip link set $device up; done

work=$(mktemp -d)
head -c 5000 /dev/urandom | od > "$work/page"
tcpdump -i client0 --immediate-mode -U -w "$file" 2> "$work/tcpdump" &
tcpdump=$!
until grep -q listening "$work/tcpdump"; do :; done
inside $box httpd -p 10.99.0.2:80 -h "$work"

$box ping -q -c 2 10.99.0.2
$box ping -q -c 2 -s 4000 10.99.0.2
$box ping -q -c 2 fd99::2
$box ping -q -c 2 10.99.5.2
$box nslookup host.example 10.99.0.2 || true # nobody answers: the questions are what is wanted
until $box wget -q -O "$work/got" http://10.99.0.2/page; do :; done
cmp "$work/page" "$work/got"
# The end of the connection comes last.
until tcpdump -n -r "$file" 'tcp[tcpflags] & tcp-fin != 0 and dst host 10.99.0.2' 2> /dev/null | grep -q .; do :; done
kill -INT $tcpdump
wait $tcpdump || true
touch "$file.done"
