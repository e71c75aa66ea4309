# What the operators mean, for each kind of operand. Both sides are checked to be of the kind before they are compared:
# Rego orders all values, so that "5" > 10 would be true.
package tds.operators

operators_on_lists := {"isAnyOf", "isNoneOf"}

kinds_of_text := {"text", "texts"}

minutes_per_day := 1440

ms_per_minute := 60000

ms_per_day := 86400000

# is_right: the value in the contract is of the kind, and a list exactly where the operator takes one.
is_right(kind, op, right) if {
	kind in kinds_of_text
	op in operators_on_lists
	are_texts(right)
	count(right) > 0
}

is_right(kind, op, right) if {
	kind in kinds_of_text
	not op in operators_on_lists
	is_text(right)
}

is_right(kind, op, right) if {
	not kind in kinds_of_text
	op in operators_on_lists
	is_array(right)
	count(right) > 0
	every value in right { is_value(kind, value) }
}

is_right(kind, op, right) if {
	not kind in kinds_of_text
	not op in operators_on_lists
	is_value(kind, right)
}

# is_value: one value in the contract, for each kind that is no text. Files beside this one add kinds of their own.
is_value("number", value) if is_whole(value)

is_value("window", value) if {
	is_whole(value.from)
	is_whole(value.to)
	value.from < minutes_per_day
	value.to <= minutes_per_day
	value.from != value.to
	is_number(value.offset)
	value.offset >= -840
	value.offset <= 840
	floor(value.offset) == value.offset
}

# is_fact: what the input says is of the kind.
is_fact("text", value) if is_text(value)

is_fact("texts", value) if are_texts(value)

is_fact("number", value) if is_whole(value)

is_fact("window", value) if is_whole(value)

is_text(value) if {
	is_string(value)
	value != ""
}

# Without a call for each text: a decision reads every value of its contract.
are_texts(values) if {
	is_array(values)
	every value in values {
		is_string(value)
		value != ""
	}
}

is_whole(value) if {
	is_number(value)
	value >= 0
	floor(value) == value
}

# One text in the input.
holds("text", "eq", fact, right) if fact == right

holds("text", "neq", fact, right) if fact != right

holds("text", "isAnyOf", fact, right) if fact in right

holds("text", "isNoneOf", fact, right) if not fact in right

# Several texts in the input: eq and isAnyOf ask for one that fits, isNoneOf for none.
holds("texts", "eq", facts, right) if right in facts

holds("texts", "isAnyOf", facts, right) if overlap(facts, right)

holds("texts", "isNoneOf", facts, right) if not overlap(facts, right)

holds("number", "lt", fact, right) if fact < right

holds("number", "lteq", fact, right) if fact <= right

holds("number", "eq", fact, right) if fact == right

holds("number", "gteq", fact, right) if fact >= right

holds("number", "gt", fact, right) if fact > right

# A moment, in milliseconds, against daily hours at a fixed offset.
holds("window", "eq", now_ms, window) if inside(now_ms, window)

holds("window", "isAnyOf", now_ms, windows) if {
	some window in windows
	inside(now_ms, window)
}

overlap(facts, right) if {
	some fact in facts
	fact in right
}

# The end is not included; a window whose end is before its start crosses midnight.
inside(now_ms, window) if {
	window.from < window.to
	time_of_day := ms_of_day(now_ms, window.offset)
	time_of_day >= window.from * ms_per_minute
	time_of_day < window.to * ms_per_minute
}

inside(now_ms, window) if {
	window.from > window.to
	ms_of_day(now_ms, window.offset) >= window.from * ms_per_minute
}

inside(now_ms, window) if {
	window.from > window.to
	ms_of_day(now_ms, window.offset) < window.to * ms_per_minute
}

# A day is added first: the remainder of a negative number would be negative.
ms_of_day(now_ms, offset) := ((now_ms + (offset * ms_per_minute)) + ms_per_day) % ms_per_day
