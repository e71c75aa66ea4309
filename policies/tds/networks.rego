# Ranges of addresses: the kind "network" of the operators. The fact is one address, the contract names ranges in CIDR notation.
package tds.operators

is_value("network", value) if {
	is_string(value)
	net.cidr_is_valid(value)
}

# An address is what becomes a range by a length. Anything else would make the comparison fail instead of deny. An IPv4 address in the
# form of IPv6 has to be written as IPv4: engines differ on the ranges that it is in.
is_fact("network", value) if {
	is_string(value)
	not startswith(value, "::ffff:")
	net.cidr_is_valid(concat("", [value, "/32"]))
}

holds("network", "eq", address, range) if net.cidr_contains(range, address)

holds("network", "isAnyOf", address, ranges) if within(address, ranges)

holds("network", "isNoneOf", address, ranges) if not within(address, ranges)

within(address, ranges) if {
	some range in ranges
	net.cidr_contains(range, address)
}
