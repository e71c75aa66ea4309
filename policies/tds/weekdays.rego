# Days of the week: the kind "weekday" of the operators. The fact is a moment, the contract names days at a fixed offset, Monday being 1.
package tds.operators

is_value("weekday", value) if {
	is_whole(value.day)
	value.day >= 1
	value.day <= 7
	is_number(value.offset)
	is_whole(abs(value.offset))
	abs(value.offset) <= 840
}

is_fact("weekday", value) if is_whole(value)

holds("weekday", "eq", now_ms, day) if weekday(now_ms, day.offset) == day.day

holds("weekday", "isAnyOf", now_ms, days) if {
	some day in days
	weekday(now_ms, day.offset) == day.day
}

# 1970-01-01 was a Thursday. A week is added first: the remainder of a negative number would be negative.
weekday(now_ms, offset) := (((floor((now_ms + (offset * ms_per_minute)) / ms_per_day) + 7) + 3) % 7) + 1
