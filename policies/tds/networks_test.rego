package tds.networks_test

import data.tds.operators

holds(case) if operators.holds("network", case[0], case[1], case[2])

test_address_is_in_a_range if {
	holds(["eq", "10.1.2.3", "10.1.0.0/16"])
	holds(["eq", "10.1.2.3", "10.1.2.3/32"])
	not holds(["eq", "10.2.2.3", "10.1.0.0/16"])
	holds(["eq", "2001:db8::7", "2001:db8::/32"])
	not holds(["eq", "2001:db9::7", "2001:db8::/32"])
}

test_one_of_several_ranges_is_enough if {
	holds(["isAnyOf", "10.1.2.3", ["192.168.0.0/16", "10.0.0.0/8"]])
	not holds(["isAnyOf", "10.1.2.3", ["192.168.0.0/16"]])
}

test_none_of_several_ranges if {
	holds(["isNoneOf", "10.1.2.3", ["192.168.0.0/16"]])
	not holds(["isNoneOf", "10.1.2.3", ["192.168.0.0/16", "10.0.0.0/8"]])
}

test_address_of_one_family_is_in_no_range_of_the_other if {
	not holds(["eq", "10.1.2.3", "::/0"])
	not holds(["eq", "2001:db8::7", "0.0.0.0/0"])
}

test_ranges_are_well_formed if {
	operators.is_right("network", "eq", "10.0.0.0/8")
	operators.is_right("network", "isAnyOf", ["10.0.0.0/8", "2001:db8::/32"])
	not operators.is_right("network", "eq", "10.0.0.1")
	not operators.is_right("network", "eq", 5)
	not operators.is_right("network", "isAnyOf", ["10.0.0.0/33"])
	not operators.is_right("network", "isAnyOf", [])
}

test_addresses_are_well_formed if {
	operators.is_fact("network", "10.1.2.3")
	operators.is_fact("network", "2001:db8::7")
	not operators.is_fact("network", "10.1.2.3/8")
	not operators.is_fact("network", "10.1.2")
	not operators.is_fact("network", "")
	not operators.is_fact("network", "localhost")
	not operators.is_fact("network", "::ffff:10.1.2.3")
	not operators.is_fact("network", 5)
}
