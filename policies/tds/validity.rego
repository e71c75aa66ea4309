# How long an answer that allows holds, for the same question at a later time and with higher counters.
#
# Asked only when the answer is to be used again: data.tds.decision does not pay for it. It bounds whatever a time or a counter of the
# contract can change, whether or not the answer rests on it: a permission that begins later may be the one that is named.
# A denial is never used again: what it lacked may come at any time.
package tds.validity

import data.tds
import data.tds.constraints
import data.tds.named
import data.tds.operators

answer := {"decision": tds.decision, "validity": validity}

# until_ms   the first millisecond at which the answer may be another one
# at_most    for each counter that the contract limits, the highest value with which the answer is the same
# layers     what the layers say of themselves; the connector knows which of them have to
default validity := null

validity := {"until_ms": until_ms, "at_most": at_most, "layers": layers} if {
	tds.decision.allow == true
	is_number(input.now_ms)
	count(unsettled) == 0
}

# The last millisecond of the year 9999.
no_end := 253402300799999

until_ms := min(array.concat(
	[no_end],
	array.concat([instant | some constraint in terms; instant := change(constraint.left, constraint)], [instant | some instant in layers]),
))

layers[name] := instant if {
	some name
	instant := data.tds.layers[name].valid_until_ms
	is_number(instant)
}

terms := [constraint |
	some rules in [input.agreement.permissions, input.agreement.prohibitions]
	some rule in rules
	some constraint in rule.constraints
]

# The next moment at which the constraint is judged otherwise; undefined when there is none.
change("dateTime", constraint) := constraint.right if {
	constraint.op in {"lt", "gteq"}
	input.now_ms < constraint.right
}

change("dateTime", constraint) := constraint.right + 1 if {
	constraint.op in {"lteq", "gt"}
	input.now_ms <= constraint.right
}

change("timeWindow", constraint) := edge(constraint.right) if constraint.op == "eq"

change("timeWindow", constraint) := min([edge(window) | some window in constraint.right]) if constraint.op == "isAnyOf"

change("weekday", constraint) := midnight(constraint.right) if constraint.op == "eq"

change("weekday", constraint) := min([midnight(day) | some day in constraint.right]) if constraint.op == "isAnyOf"

change("elapsedTime", constraint) := end_of(constraint, input.agreement.agreed_at_ms)

change("usePeriod", constraint) := end_of(constraint, input.agreement.first_used_at_ms)

change("standingAge", constraint) := end_of(constraint, input.subject.standing_ms)

end_of(constraint, start) := start if {
	is_number(start)
	input.now_ms < start
}

end_of(constraint, start) := start + constraint.right if {
	constraint.op in {"lt", "gteq"}
	input.now_ms >= start
	input.now_ms < start + constraint.right
}

end_of(constraint, start) := (start + constraint.right) + 1 if {
	constraint.op in {"lteq", "gt"}
	input.now_ms >= start
	input.now_ms <= start + constraint.right
}

edge(window) := input.now_ms + min([gap(now, window.from), gap(now, window.to)]) if {
	now := operators.ms_of_day(input.now_ms, window.offset)
}

midnight(day) := (input.now_ms + operators.ms_per_day) - operators.ms_of_day(input.now_ms, day.offset)

# From a time of the day to the next moment at which it is that many minutes after midnight.
gap(now, minutes) := ((minutes * operators.ms_per_minute) - now) if minutes * operators.ms_per_minute > now

gap(now, minutes) := ((minutes * operators.ms_per_minute) + operators.ms_per_day) - now if minutes * operators.ms_per_minute <= now

limits := [{"counter": counter(constraint), "most": most(constraint.op, input.usage[counter(constraint)], constraint.right)} | some constraint in terms]

at_most := {limit.counter: min([other.most | some other in limits; other.counter == limit.counter]) | some limit in limits}

counter(constraint) := "count" if constraint.left == "count"

counter(constraint) := constraint.of if constraint.left == "quota"

# A counter that grows from a value at which the constraint holds, or does not hold yet.
most("lteq", value, right) := right if value <= right

most("lt", value, right) := right - 1 if value < right

most("eq", value, right) := right if value == right

most("eq", value, right) := right - 1 if value < right

# A counter of a period begins anew and one of what runs at once falls: a quota that is used up, in a permission that was passed over, may be
# met again at any moment. The total of uses only grows.
unsettled contains constraint.id if {
	some constraint in terms
	constraint.left == "quota"
	not settled(constraint)
}

# Nor is an age that may be young again at any moment.
unsettled contains constraint.id if {
	some constraint in terms
	constraint.left == "standingAge"
	not young(constraint)
}

settled(constraint) if named.state(constraint) in {"met", "deferred"}

young(constraint) if constraints.state(constraint) in {"met", "deferred"}
