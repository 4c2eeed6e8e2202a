package transport

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
)

// A dialPolicy says which addresses may be connected to. It is asked with the
// address that is dialled, after the name was resolved, so that no second answer
// of the DNS can slip in between.
type dialPolicy struct {
	loopback bool // the host was written as this machine: it must be, and nothing else
	private  bool
}

// A blockedError says that a name led to an address where no request may go.
type blockedError struct {
	addr netip.Addr
	what string
	hint string
}

// Error names the address.
func (e *blockedError) Error() string {
	return fmt.Sprintf("the host has the address %s, which is %s", e.addr, e.what)
}

// control is called by net.Dialer with each address, before it connects.
func (p dialPolicy) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read dialled address: %w", err)
	}
	return p.check(ap.Addr())
}

// check returns a *blockedError for an address that the policy forbids.
//
//	address                      loopback host   other host
//	link-local, metadata, none   blocked         blocked
//	loopback                     taken           blocked
//	private                      blocked         taken if declared
//	any other                    blocked         taken
func (p dialPolicy) check(addr netip.Addr) error {
	addr = embedded(addr.WithZone(""))
	switch {
	case isNever(addr):
		return &blockedError{addr, "link-local or of the machine's own surroundings", "Such addresses are never used: check the DNS entry of the host in url."}
	case addr.IsLoopback() && !p.loopback:
		return &blockedError{addr, "this machine", "Write localhost in url if that is meant; otherwise check the DNS entry."}
	case p.loopback && !addr.IsLoopback():
		return &blockedError{addr, "not this machine, although url says so", "Check the hosts file."}
	case isPrivate(addr) && !p.private:
		return &blockedError{addr, "private", "If the server is in your own network, allow private addresses for it; otherwise check the DNS entry."}
	}
	return nil
}

// isNever reports whether nothing that is spoken to over HTTP lives at addr, but
// things that trust whoever asks may: cloud metadata is at 169.254.169.254,
// fd00:ec2::254 and 100.100.100.200.
func isNever(addr netip.Addr) bool {
	return !addr.IsValid() || addr.IsUnspecified() || addr.IsMulticast() || addr.IsLinkLocalUnicast() ||
		addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) ||
		addr == netip.AddrFrom4([4]byte{100, 100, 100, 200}) ||
		addr == netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 14: 0x02, 15: 0x54})
}

// isPrivate reports whether addr is of a network of one's own: RFC 1918, RFC 4193
// and the shared space of RFC 6598.
func isPrivate(addr netip.Addr) bool {
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)
	return addr.IsPrivate() || shared.Contains(addr)
}

// embedded returns the IPv4 address that addr stands for: mapped (RFC 4291) or
// reached through a translator (64:ff9b::/96, RFC 6052).
func embedded(addr netip.Addr) netip.Addr {
	addr = addr.Unmap()
	b := addr.As16()
	nat64 := netip.PrefixFrom(netip.AddrFrom16([16]byte{0x00, 0x64, 0xff, 0x9b}), 96)
	if addr.Is6() && nat64.Contains(addr) {
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return addr
}

// isPrivateLiteral reports whether host is a private IP address: to write it down
// is to declare it.
func isPrivateLiteral(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && isPrivate(addr.Unmap())
}

// isLoopback reports whether host, in lower case, is written as this machine.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}
